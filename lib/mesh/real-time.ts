/**
 * This file keeps the system's clocks and timers as they were when this module was loaded. A test runner's fake timers replace
 * the globals later, and would let every session end at a tick, or keep messages for ever; all of `lib/mesh` takes time from
 * here. The timers inside socket.io are the globals still.
 */
import { setImmediate as systemImmediate } from 'node:timers'
import { setTimeout as promisedTimeout } from 'node:timers/promises'

export const setTimeout = globalThis.setTimeout
export const clearTimeout = globalThis.clearTimeout
/** An environment of a browser has none among its globals, and the import needs it. */
export const setImmediate = systemImmediate
export const queueMicrotask = globalThis.queueMicrotask
/** Resolves after so many milliseconds. */
export const sleep = promisedTimeout
/** The wall clock, in milliseconds. */
export const wallNowMs = Date.now
/** Milliseconds since this process began, by a clock that is never set. */
export const monotonicNowMs = performance.now.bind(performance)
/** The monotonic clock that all processes of one machine share: seconds and nanoseconds. */
export const hrtime = process.hrtime
/** The same, in nanoseconds. */
export const hrtimeNs = process.hrtime.bigint
