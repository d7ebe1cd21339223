/**
 * This file has the waits of a view change that follow from the length of a session, in one place, so that `node.explain` reports
 * what really happens.
 */

/** Views come at most ten times a second on average, so that epochs stay behind the wall clock's tenths of a second. */
export const spacingMs = 100

/** How far a pool's epochs get ahead of the wall clock by themselves, and so how long the next view waits for it; a clock further behind was set back. */
export const clockWaitMs = 3 * spacingMs

/** When a member proposes. */
export interface ProposalTiming {
  /** How long no member may have been merely suspect; joins in that time share a view. */
  readonly windowMs: number
  /** The same for a join in quiet times: when the view has lasted `quietMs`, and no member is gone. */
  readonly joinWindowMs?: number
  /** The latest time of the proposal after its first reason, also if members are suspect: D/2. */
  readonly windowMaxMs: number
  /** How much later than the one before it each live member proposes. */
  readonly turnMs: number
  /** The same if a member is proven dead: then no member waits for another, and turns only save the others the work. */
  readonly turnAfterDeathMs?: number
}

/** A pause before a proposal in which no member is merely suspect: reasons that come together share a view. */
export function windowMs(sessionMs: number): number {
  return Math.min(50, sessionMs / 20)
}

/** After a view has lasted so long, a join is more likely to come alone. */
export const quietMs = 1000

/** A newcomer waits this long for others to share its view; those that come later share the next, after the whole pause. */
const joinWindowMs = 5

/** However many are suspect, a proposal comes so long after its first reason. */
export function windowMaxMs(sessionMs: number): number {
  return sessionMs / 2
}

/** How much later than the one before it each live member proposes. */
export function turnMs(sessionMs: number): number {
  return Math.min(250, sessionMs / 20)
}

/** The same when a member is proven dead. */
export function turnAfterDeathMs(sessionMs: number): number {
  return Math.min(10, sessionMs / 20)
}

/** All of them. */
export function proposalTiming(sessionMs: number): ProposalTiming {
  return {
    windowMs: windowMs(sessionMs),
    joinWindowMs,
    windowMaxMs: windowMaxMs(sessionMs),
    turnMs: turnMs(sessionMs),
    turnAfterDeathMs: turnAfterDeathMs(sessionMs),
  }
}
