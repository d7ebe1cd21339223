/**
 * This file declares what members tell each other of their locks at a view change, and what the view layer needs of the locks
 * above it.
 */
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import type { Mode } from '../base/mode.ts'
import type { Quarantined, View, ViewId } from './view.ts'

/** A hold as it travels through a view change: what its owner claims, what every fresh instance begins with. */
export interface Carried {
  readonly lock: string
  readonly holder: NodeId
  readonly mode: Mode
  /** The hold's own fence, which a view change does not alter. */
  readonly fence: bigint
}

/**
 * What an informed member, one that activated the last view with an evicted node in it, says of that node: inside which
 * locks it may be. Most names need no word, for every algorithm has a rule for the locks of which a member has no
 * instance; the exceptions are those where this member knows better, for good or ill.
 */
export interface Testimony {
  readonly about: NodeId
  /** Members of that last view that are not in this one: with those who stayed, they tell where its tokens began. */
  readonly gone: readonly NodeId[]
  readonly exceptions: readonly string[]
}

/** The testimonies of all survivors about one evicted node, made into one: a lock is free of it if *one* of them proves so. */
export interface JointTestimony extends Testimony {
  /** Survivors that were members with it and can say nothing, since they did not activate the last view with it. */
  readonly uninformed: readonly NodeId[]
}

/**
 * What a member says at a view change of the locks it has: frozen when first sent, made from the last view that it
 * activated.
 */
export interface Claim {
  readonly holds: readonly Carried[]
  readonly testimonies: readonly Testimony[]
}

/**
 * What the view layer needs of the locks above it. The order is the protocol's: `stop` at installation, `claim`
 * afterwards (never before), `activate` once per view; `end` at the latest when the session ends.
 */
export interface FlushHost {
  /** A newer view was installed: no instance may act any more. Holds stay with their users. */
  stop(): void
  /** What this member holds and knows, from the stopped instances of the last view that it activated. */
  claim(view: View): Claim
  /** The collector: what all these claims say together of those who are waited out in this view. */
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
  /** The session ended: every hold is lost, and nothing is granted until another activation. */
  end(loss: Loss): void
  /** The session is near its end, or renewed after that: holds become suspect, or held again. */
  suspect(suspected: boolean): void
}
