import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import type { View, ViewId } from './view.ts'

/** A hold as it travels through a view change: what its owner claims, what every fresh instance begins with. */
export interface Carried {
  readonly lock: string
  readonly holder: NodeId
  readonly mode: Mode
  /** The hold's own fence, which a view change does not alter. */
  readonly fence: bigint
}

/**
 * What a member says at a view change of the locks it has: frozen when first sent, made from the last view that it
 * activated.
 */
export interface Claim {
  readonly holds: readonly Carried[]
}

/**
 * What the view layer needs of the locks above it. The order is the protocol's: `stop` at installation, `claim`
 * afterwards (never before), `activate` once per view; `end` at the latest when the session ends.
 */
export interface FlushHost {
  /** A newer view was installed: no instance may act any more. Holds stay with their users. */
  stop(): void
  /** What this member holds, from the stopped instances of the last view that it activated. */
  claim(): Claim
  /**
   * The view begins: fresh instances, which start from the carried holds of all members. Waiters hand their requests
   * over, with the original stamps, before any message of this view is delivered.
   */
  activate(view: View, id: ViewId, carried: readonly Carried[]): void
  /** The session ended: every hold is lost, and nothing is granted until another activation. */
  end(reason: string): void
  /** The session is near its end, or renewed after that: holds become suspect, or held again. */
  suspect(suspected: boolean): void
}
