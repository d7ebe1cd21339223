/**
 * This file keeps the system's timers and clock as they were when this module was loaded, as in the mesh: the fake timers of a test runner replace the
 * globals later, and a `wait` would then never end.
 */
import type { Timing } from '../../base/time-limit.ts'
import type { EngineTime } from '../../port/time.ts'

export const setSystemTimeout = globalThis.setTimeout
export const clearSystemTimeout = globalThis.clearTimeout
/** Milliseconds since this process began, by a clock that is never set. */
export const sinceStartMs = performance.now.bind(performance)
/** The same, for a limit of time. */
export const systemTiming: Timing = {
  time: { monotonicMs: sinceStartMs },
  setTimer: (delayMs, fire) => setSystemTimeout(fire, delayMs),
  clearTimer: (handle) => clearSystemTimeout(handle as ReturnType<typeof setSystemTimeout>),
}
/** The same, for what the port does with time. */
export const clientTime: EngineTime = {
  nowMs: sinceStartMs,
  after: (delayMs, fire) => {
    const timer = setSystemTimeout(fire, delayMs)
    return () => clearSystemTimeout(timer)
  },
  random: Math.random,
}
/** Runs `fire` later, without keeping the process alive. Returns what stops it. */
export function laterIfAlive(delayMs: number, fire: () => void): () => void {
  const timer = setSystemTimeout(fire, delayMs)
  timer.unref?.()
  return () => clearSystemTimeout(timer)
}
/** Milliseconds since 1970, as the machine believes. */
export const wallMs = Date.now
const setSystemImmediate = globalThis.setImmediate
/** Resolves when the event loop has taken its input. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setSystemImmediate(resolve))
}
