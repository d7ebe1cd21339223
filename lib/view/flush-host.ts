/**
 * This file declares what members tell each other of their locks at a view change, and what the view layer needs of the locks
 * above it.
 */
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import type { Mode } from '../base/mode.ts'
import type { Quarantined, View, ViewId } from './view.ts'

/** A hold that is carried through a view change: its owner claims it, and every fresh instance begins with it. */
export interface Carried {
  readonly lock: string
  readonly holder: NodeId
  readonly mode: Mode
  /** The fence of the hold, which a view change does not change. */
  readonly fence: bigint
}

/**
 * The testimony of an informed member about an evicted node. (A member is informed if it activated the last view with that node.)
 * It says which locks the node may be inside. Most names need no entry, since each algorithm has a rule for the locks of which a
 * member has no instance. The exceptions are locks of which this member knows more.
 */
export interface Testimony {
  readonly about: NodeId
  /** Members of that last view that are not in this one: together with the survivors they determine where its tokens began. */
  readonly gone: readonly NodeId[]
  readonly exceptions: readonly string[]
}

/** The testimonies of all survivors about one evicted node, made into one: a lock is free of it if *one* of them proves so. */
export interface JointTestimony extends Testimony {
  /** Survivors that were members with it but cannot testify, since they did not activate the last view with it. */
  readonly uninformed: readonly NodeId[]
}

/** A member's claim at a view change: its locks in the last view that it activated. It is frozen when first sent. */
export interface Claim {
  readonly holds: readonly Carried[]
  readonly testimonies: readonly Testimony[]
}

/**
 * What the view layer needs of the locks above it. The order is the protocol's: `stop` at installation, `claim`
 * afterwards (never before), `activate` once per view; `end` at the latest when the session ends.
 */
export interface FlushHost {
  /** How many locks this node holds or waits for. */
  readonly inUse: number
  /** A newer view was installed: no instance may act any more. Users keep their holds. */
  stop(): void
  /** Gives the holds and the knowledge of this member, from the stopped instances of the last view that it activated. */
  claim(view: View): Claim
  /** At the collector: what all these claims together say of the evicted nodes of this view. */
  findings(view: View, claims: ReadonlyMap<NodeId, Claim>): readonly JointTestimony[]
  /**
   * The view begins: fresh instances, which start from the carried holds of all members. Waiters hand their requests
   * over, with the original stamps, before any message of this view is delivered. `waits`: for whom an entrant waits, and
   * how long from the installation of the view.
   */
  activate(
    view: View,
    id: ViewId,
    carried: readonly Carried[],
    findings: readonly JointTestimony[],
    waits: readonly Quarantined[],
  ): void
  /** The session ended: every hold is lost, and no lock is granted until another activation. */
  end(loss: Loss): void
  /** The session is near its end, or renewed after that: holds become suspect, or held again. */
  suspect(suspected: boolean): void
}
