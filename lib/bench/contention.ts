/** This file computes what the logs of several processes that contended for one lock show together: rates, waits and handoffs. */
import { jainIndex, percentile, sorted } from '../observe/statistics.ts'
import type { ContentionLog } from './protocol.ts'

/** The result of the logs of all processes that contended for one lock. */
export interface Contention {
  readonly entries: number
  readonly perSec: number
  /** From the release at one process to the grant at another. */
  readonly handoffP50Ms: number
  readonly handoffP99Ms: number
  readonly jain: number
  readonly longestWaitMs: number
  readonly sameHolderAgain: number
}

interface Entry {
  readonly process: number
  readonly askedMs: number
  readonly grantedMs: number
  readonly releasedMs: number
}

/**
 * Combines the processes' logs by the clock that they share. Only grants in the window in which all of them contended count.
 * Handoffs are between different processes; a process that enters again is not counted.
 */
export function contention(logs: readonly ContentionLog[], fromMs: number, untilMs: number): Contention {
  const entries = logs.flatMap(entriesOf).filter((entry) => entry.grantedMs >= fromMs && entry.grantedMs < untilMs)
  entries.sort((a, b) => a.grantedMs - b.grantedMs)
  const shares = new Array<number>(logs.length).fill(0)
  const handoffs: number[] = []
  let again = 0
  let longestWaitMs = 0
  for (const [i, entry] of entries.entries()) {
    shares[entry.process] = (shares[entry.process] as number) + 1
    longestWaitMs = Math.max(longestWaitMs, entry.grantedMs - entry.askedMs)
    const before = entries[i - 1]
    if (before === undefined) continue
    if (before.process === entry.process) again += 1
    else handoffs.push(entry.grantedMs - before.releasedMs)
  }
  const ascending = sorted(handoffs)
  return {
    entries: entries.length,
    perSec: entries.length / ((untilMs - fromMs) / 1000),
    handoffP50Ms: percentile(ascending, 50),
    handoffP99Ms: percentile(ascending, 99),
    jain: jainIndex(shares),
    longestWaitMs,
    sameHolderAgain: entries.length < 2 ? 0 : again / (entries.length - 1),
  }
}

function entriesOf(log: ContentionLog, process: number): Entry[] {
  return Array.from(log.grantedMs, (grantedMs, i) => ({
    process,
    grantedMs,
    askedMs: log.askedMs[i] as number,
    releasedMs: log.releasedMs[i] as number,
  }))
}
