/** This file names how a hold ends that another client wants to end. */

/** How the hold ended. `lost`: its session, its `maxHold` or its client ended it. */
export type HoldEnd = 'released' | 'revoked' | 'forced' | 'lost'

/**
 * How the hold ended: its owner released it; its grace was over (`revoked`); it was ended by force (`forced`); or otherwise (`lost`), by the end of its
 * session, of its `maxHold` or of its client. `absent`: there is no such hold, since it is over or has another fence. Then nothing was touched.
 */
export type RevokeOutcome = HoldEnd | 'absent'
