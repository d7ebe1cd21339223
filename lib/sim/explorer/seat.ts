/** This file declares one explored site, and the `Site` by which its algorithm instance acts on the global state. */
import { inRingOrder, type NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, Body, Site } from '../../mutex/contract.ts'
import type { Carried } from '../../view/flush-host.ts'
import type { Wish } from './situation.ts'

/** What a member says as it installs the next view; frozen. */
export interface SeatClaim {
  readonly holds: readonly Carried[]
  /** It cannot prove that the evicted site is not inside. */
  readonly doubts: boolean
}

/** A request that its user has not got yet. */
export interface PendingWish extends Wish {
  readonly stamp: Stamp
  /** Entered by the algorithm, and not yet given to the user: another site may still be inside. */
  readonly isEntered: boolean
}

/** One site of the explored lock: the real algorithm's instance, and of the layer above it what matters here. */
export class ExploredSite {
  algorithm: Algorithm<Body>
  clock = 0
  counter = 0
  wishes: readonly Wish[]
  /** What it waits for, oldest first: one request, or several for permits where the algorithm carries that. */
  pending: readonly PendingWish[] = []
  /** The modes of its entries, in one order. */
  entries: readonly Mode[]
  fence = 0
  paused = false
  rested = false
  /** How often it may still rest before the end. */
  naps: number
  /** Stopped for good, as at the end of a view; the peers that it then said could not be inside. */
  denied: readonly NodeId[] | null = null
  epoch = 1
  /** Its view is over for it, and the next has not begun. */
  claim: SeatClaim | null = null
  /** Whom it suspects. */
  silent: readonly NodeId[] = []

  constructor(algorithm: Algorithm<Body>, wishes: readonly Wish[], entries: readonly Mode[], naps: number) {
    this.algorithm = algorithm
    this.wishes = wishes
    this.entries = entries
    this.naps = naps
  }

  /** How often it is inside. */
  get inside(): number {
    return this.entries.length
  }
}

/** What the sites of all states have in common: the state in which one of them acts at this moment. */
export interface ActingHost {
  acting: SiteHost | null
}

/** What a site's algorithm does to the state it is in. */
export interface SiteHost {
  sending(from: NodeId, to: NodeId, body: Body): void
  granted(at: NodeId, stamp?: Stamp): void
  refused(at: NodeId): void
  paused(at: NodeId): void
  isSilent(at: NodeId, peer: NodeId): boolean
}

/**
 * A site as the algorithm sees it. It holds nothing that changes, so all copies of a state share it; what it is asked to
 * do happens in the state that is acting.
 */
export class SharedSite implements Site<Body> {
  readonly self: NodeId
  readonly peers: readonly NodeId[]
  readonly carried: readonly Carried[]
  readonly firstPlace: NodeId
  private readonly stage: ActingHost

  constructor(stage: ActingHost, self: NodeId, members: readonly NodeId[], carried: readonly Carried[], firstPlace: NodeId) {
    this.stage = stage
    this.self = self
    this.peers = inRingOrder(members, self)
    this.carried = carried
    this.firstPlace = firstPlace
  }

  send(to: NodeId, body: Body): void {
    this.stage.acting?.sending(this.self, to, body)
  }

  broadcast(to: Iterable<NodeId>, body: Body): void {
    for (const id of to) this.send(id, body)
  }

  granted(stamp?: Stamp): void {
    this.stage.acting?.granted(this.self, stamp)
  }

  refused(): void {
    this.stage.acting?.refused(this.self)
  }

  pause(): void {
    this.stage.acting?.paused(this.self)
  }

  isSilent(peer: NodeId): boolean {
    return this.stage.acting?.isSilent(this.self, peer) === true
  }
}
