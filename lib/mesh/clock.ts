/**
 * This file reads the system's clocks and timers for `World`. The boot clock is what the operating system calls uptime. On Linux
 * it is CLOCK_BOOTTIME (in steps of 10 ms), which goes on while the machine is suspended; Windows counts suspended time as well.
 * Where no uptime can be read, the monotonic clock stands in, and then only the wall clock notices a suspend.
 */
import { openSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Time, TimerHandle } from '../world/world.ts'
import { type Deadline, Deadlines } from './deadlines.ts'
import { monotonicNowMs, wallNowMs } from './real-time.ts'

/** The three clocks of this machine. */
export const systemTime: Time = {
  monotonicMs: () => monotonicNowMs(),
  wallMs: () => wallNowMs(),
  bootMs,
}

/** Whether every process of this machine reads the same boot clock: the kernel's own, from a file. */
export function sharesBootClock(): boolean {
  return process.platform === 'linux' && Number.isFinite(linuxUptime())
}

function bootMs(): number {
  const seconds = process.platform === 'linux' ? linuxUptime() : otherUptime()
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : monotonicNowMs()
}

/** Opened once and kept, so that no shortage of descriptors makes one reading come from another clock than the next. */
let uptimeFile: number | null | undefined
const uptimeText = Buffer.alloc(64)

function linuxUptime(): number {
  if (uptimeFile === undefined) uptimeFile = openUptime()
  if (uptimeFile === null) return Number.NaN
  return Number.parseFloat(uptimeText.toString('latin1', 0, readSync(uptimeFile, uptimeText, 0, uptimeText.length, 0)))
}

function openUptime(): number | null {
  try {
    return openSync('/proc/uptime', 'r')
  } catch {
    return null
  }
}

function otherUptime(): number {
  try {
    return uptime()
  } catch {
    return Number.NaN
  }
}

const deadlines = new Deadlines(false)
const unrefDeadlines = new Deadlines(true)

/**
 * Sets a timer that never fires early. Node counts timers in whole milliseconds and may fire up to one too soon, by the clock
 * that actors read. Then an actor would find its deadline not yet reached and would have to wait again.
 */
export function setSystemTimer(delayMs: number, fire: () => void, unref: boolean): TimerHandle {
  return (unref ? unrefDeadlines : deadlines).set(delayMs, fire)
}

/** Clears a timer of `setSystemTimer`; no effect if it has fired or was not set. */
export function clearSystemTimer(handle: TimerHandle): void {
  if (handle === undefined || handle === null) return
  const deadline = handle as Deadline
  deadline.among.clear(deadline)
}
