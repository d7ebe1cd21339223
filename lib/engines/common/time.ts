/**
 * This file keeps the system's timers and clock as they were when this module was loaded, as in the mesh: the fake timers of a test runner replace the
 * globals later, and a `wait` would then never end.
 */
export const setSystemTimeout = globalThis.setTimeout
export const clearSystemTimeout = globalThis.clearTimeout
/** Milliseconds since this process began, by a clock that is never set. */
export const sinceStartMs = performance.now.bind(performance)
