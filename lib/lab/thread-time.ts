/** This file reads the processor time of this thread. */
import { readFileSync } from 'node:fs'

/**
 * Processor time of this thread in milliseconds, so that a busy machine does not make a simulation look slow. Where the system
 * does not tell it of one thread, the time that passed stands in for it.
 */
export function threadCpuMs(): number {
  try {
    // Linux: nanoseconds on a processor, then waiting for one, then turns.
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}
