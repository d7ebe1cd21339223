/**
 * This file declares how an engine that does not live by the system's clock gives its time to recipes. A node does: in a simulation its time is
 * virtual. A `Locks` without it lives by the system's clock.
 */

/** What a recipe needs of time: a clock, a timer, and randomness for delays that must differ between processes. */
export interface EngineTime {
  /** Milliseconds from an origin of its own. Never falls. */
  nowMs(): number
  /** Runs `fire` once after at least `delayMs`, unless the returned function is called before. */
  after(delayMs: number, fire: () => void): () => void
  /** A float in [0, 1). */
  random(): number
}

/** The key under which a `Locks` has its `EngineTime`. A second copy of the package in a process knows it too. */
export const timeKey: unique symbol = Symbol.for('holdfast.time') as never
