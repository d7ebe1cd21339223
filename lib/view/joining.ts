/** This file is the way into a view, on both sides: a joiner asks the members to list it, and members take joiners in. */
import type { Context } from '../world/context.ts'
import { ClockSkewError, ConfigMismatchError, type HoldfastError, RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { shuffled } from '../base/random.ts'
import type { Seen } from '../base/seen.ts'
import type { MessageOf } from '../wire/messages.ts'
import { newsOf } from './news.ts'
import type { Proposing } from './proposing.ts'
import type { Reasons } from './reasons.ts'
import type { Register } from './register.ts'
import { Silence } from './silence.ts'
import { type Gone, successorOf } from './successor.ts'
import { type ClusterConfig, configDifference, configOptions, configText, isMember, type View } from './view.ts'
import type { Views } from './views.ts'

/** What a node brings to the views of its cluster. */
export interface ViewOptions {
  readonly cluster: string
  /** Where this node can be dialled; empty when it only dials. */
  readonly address: string
  readonly config: ClusterConfig
  /** A node whose wall clock is further off is not let in. */
  readonly maxClockOffsetMs: number
  /** This node was a member of the cluster before, under another id and with these options, so they are the cluster's. */
  readonly wasMember?: boolean
  /** Whether no process can act for a node any more; never true in doubt. Only the local register's directory can tell. */
  isProvenDead?(id: NodeId): boolean
  /** Whether a connection to that node itself is open. */
  isConnected?(id: NodeId): boolean
}

export interface JoinState {
  /** The newest view that is known to be decided. */
  known: View | null
  /** Peers of another cluster with this name that an event has reported; each is reported once. */
  readonly apart: Set<NodeId>
}

/** How many members a joiner asks at a time, by seniority: the first of them proposes first. */
export const askedMax = 5
/** How many peers of other clusters are reported in all. */
const apartMax = 1000
/** How many of the asked members are remembered. */
const rememberedMax = 4096
/** On the wire only: the id was in a view and is not any more, so it can never be listed again. */
const absentCode = 'ABSENT'

/**
 * Joining, on both sides. A node without a view asks the members of the newest view to list it, until a view does. If it can
 * reach none of them and the register allows it, it takes over with a view of itself, which waits for the sessions of all former
 * members. Members accept a node with the same configuration and a clock that is near enough, and tell other nodes why not.
 */
export class Joining {
  readonly state: Seen<JoinState>
  private readonly own: JoinState = { known: null, apart: new Set() }
  private readonly context: Context<{ readonly type: 'join' }>
  private readonly options: ViewOptions
  private readonly register: Register
  private readonly reasons: Reasons
  private readonly proposing: Proposing
  private readonly views: Pick<Views, 'ended' | 'refused'>
  private readonly askEveryMs: number
  /** Of all members of the newest view. */
  private readonly silence: Silence
  /** The members that this node has asked: only these may refuse it. */
  private readonly doorkeepers = new Set<NodeId>()

  constructor(
    context: Context<{ readonly type: 'join' }>,
    options: ViewOptions,
    register: Register,
    reasons: Reasons,
    proposing: Proposing,
    views: Pick<Views, 'ended' | 'refused'>,
  ) {
    this.context = context
    this.options = options
    this.register = register
    this.reasons = reasons
    this.proposing = proposing
    this.views = views
    this.state = this.own
    this.askEveryMs = Math.min(500, options.config.sessionMs / 5)
    this.silence = new Silence(this.askEveryMs)
  }

  /** Whether a node outside should use this view from now on: a newer one, or any if no member of the known one is reachable. */
  isNewer(view: View): boolean {
    const { known } = this.state
    if (known === null || view.epoch > known.epoch) return true
    return (
      !this.register.openToJoiners &&
      view.epoch !== known.epoch &&
      !known.members.some(({ id }) => this.reasons.isLive(id)) &&
      view.members.some(({ id }) => this.reasons.isLive(id))
    )
  }

  /** A view is decided, and is the newest that this node knows. */
  learned(view: View): void {
    this.own.known = view
  }

  /** Asks to be listed, again and again. */
  timer(): void {
    this.context.setTimer('join', this.askEveryMs, { type: 'join' })
    const before = this.state.known
    this.register.look()
    const { known } = this.state
    // A newer view asked by itself; and a node that finds itself listed in one is outside no more.
    if (known !== before || (known !== null && isMember(known, this.context.self))) return
    if (known === null) return this.askAnybody()
    const live = this.liveOf(known, askedMax)
    if (live.length === 0) return this.unanswered(known)
    this.silence.broken()
    if (configText(known.config) !== configText(this.options.config)) return this.mismatched(known.config)
    for (const id of live) this.ask(id)
  }

  /** A link to a peer has opened: a member that would be asked need not wait for the timer. */
  linked(peer: NodeId): void {
    const { known } = this.state
    if (known !== null && this.liveOf(known, askedMax).includes(peer)) this.timer()
  }

  /** A peer says that this view is decided; `own` is the newest that is installed here. */
  heard(from: NodeId, view: View, own: View | null): void {
    const { cluster, config } = this.options
    if (view.cluster !== cluster) return
    const isApart = !this.register.openToJoiners && configText(view.config) !== configText(config)
    // The two were founded separately: neither grants locks to the other, regardless of their epochs.
    if (isApart && own !== null) return this.foundApart(from, view.config)
    const newest = own ?? this.state.known
    if (newest !== null && view.epoch < newest.epoch && isMember(newest, this.context.self)) {
      return this.context.send(from, newsOf(newest, this.register))
    }
    if (isApart) {
      // Nodes that are members learn of it by this.
      this.ask(from)
      // A former member is not refused by a new node that founded another cluster with this name.
      return this.options.wasMember === true ? this.foundApart(from, view.config) : this.mismatched(view.config)
    }
    // It came late: a newer view without this node is known. The older view would not make this node a member.
    if (own === null && newest !== null && view.epoch < newest.epoch && isMember(view, this.context.self) && !this.isNewer(view))
      return this.absent()
    this.register.heard(view)
  }

  /** A peer says that the view of this epoch is decided; this node reads which it is, if that is news to it. */
  heardOf(from: NodeId, epoch: number, own: View | null): void {
    const newest = own ?? this.state.known
    if (newest !== null && epoch < newest.epoch && isMember(newest, this.context.self)) {
      this.context.send(from, newsOf(newest, this.register))
    } else if (epoch > this.register.epochMax) this.register.look()
  }

  /** A peer belongs to a cluster of this name that is another. Told once for each peer, and never of too many. */
  private foundApart(from: NodeId, other: ClusterConfig): void {
    const { apart } = this.own
    if (apart.has(from) || apart.size >= apartMax) return
    apart.add(from)
    const part = configDifference(this.options.config, other) ?? 'algorithm'
    const message =
      `a cluster of this name with another '${configOptions[part]}': ${shown(other[part])}, not ${shown(this.options.config[part])}; ` +
      'nothing is granted across'
    this.context.emit({ type: 'peerRefused', from, code: 'CONFIG_MISMATCH', reason: 'CONFIG_MISMATCH', message })
  }

  /** The cluster was founded with this configuration, which is not this node's. */
  mismatched(founded: ClusterConfig): void {
    const { cluster, config } = this.options
    const part = configDifference(founded, config) ?? 'algorithm'
    const option = configOptions[part]
    this.views.refused(
      new ConfigMismatchError(
        `cluster '${cluster}' was founded with another '${option}' than this node has: ${shown(founded[part])}, not ${shown(config[part])}; ` +
          'give all nodes the same options, or this one another cluster',
        { option },
      ),
    )
  }

  refused(from: NodeId, message: MessageOf<'view.refuse'>): void {
    if (!this.doorkeepers.has(from)) return
    switch (message.code) {
      case absentCode:
        return this.absent()
      case 'CONFIG_MISMATCH':
        // This node knows the cluster's options as well as the sender does: one of the two has another join list.
        if (this.options.wasMember === true) return
        return this.views.refused(mismatchOf(this.options.cluster, message.reason))
      case 'CLOCK_SKEW':
        return this.views.refused(new ClockSkewError(message.reason))
      default:
        return this.views.refused(new RefusedError(message.reason, { reason: message.code }))
    }
  }

  /**
   * A node asks to be listed that does not know yet that this node is in no view either. With different options the two cannot
   * found a cluster together. This node says so if it knows the cluster's options.
   */
  askedOutside(from: NodeId, message: MessageOf<'view.join'>): void {
    const { config, wasMember } = this.options
    if (this.register.openToJoiners || configText(message.config) === configText(config)) return
    this.foundApart(from, message.config)
    if (wasMember === true)
      this.context.send(from, {
        type: 'view.refuse',
        code: 'CONFIG_MISMATCH',
        reason: configDifference(config, message.config) ?? '',
      })
  }

  /** A member's side: a node asks to be listed. Returns whether that may be a reason to propose. */
  asked(from: NodeId, message: MessageOf<'view.join'>, view: View): boolean {
    if (isMember(view, from)) {
      this.context.send(from, newsOf(view, this.register))
      return false
    }
    this.reasons.met(from, message.address)
    if (this.reasons.state.absent.has(from)) {
      this.context.send(from, { type: 'view.refuse', code: absentCode, reason: 'this id was a member before' })
      return false
    }
    // Without a link between the two, a slow message looks like a clock that is behind: only a clock that is ahead is a proof.
    const offsetMs = this.reasons.state.peers.get(from)?.wallOffsetMs ?? Math.max(0, message.wallMs - this.context.wallMs())
    const skewed = Math.abs(offsetMs) > this.options.maxClockOffsetMs
    const isApart = configText(message.config) !== configText(view.config)
    if (isApart) this.foundApart(from, message.config)
    if (skewed || isApart) {
      // Only the member whose turn it is refuses: one member's own wrong clock must not refuse a node that the others would
      // accept.
      const first = view.members.find(({ id }) => id === this.context.self || this.reasons.isLive(id))
      if (first?.id !== this.context.self) return false
      this.context.send(
        from,
        skewed
          ? {
              type: 'view.refuse',
              code: 'CLOCK_SKEW',
              reason: `the clock is ${Math.round(offsetMs)} ms off, and at most ${this.options.maxClockOffsetMs} ms are allowed`,
            }
          : { type: 'view.refuse', code: 'CONFIG_MISMATCH', reason: configDifference(view.config, message.config) ?? '' },
      )
      return false
    }
    // It does not know the last two views: one of them may have listed it, and the next may have left it out. It asks again when
    // it has heard of them, if it is still outside.
    if (message.known < view.epoch - 1) {
      this.context.send(from, newsOf(view, this.register))
      return false
    }
    this.reasons.believed(from, 'alive')
    this.reasons.wantsIn({ id: from, address: message.address, epoch: view.epoch, floor: message.floor })
    return true
  }

  /** A view listed this node, and a later one does not. */
  private absent(): void {
    this.views.ended({ reason: 'evicted', message: 'this node was listed in a view and given up before it knew' })
  }

  /** The most senior live members, up to that number. */
  private liveOf(view: View, most: number): readonly NodeId[] {
    const live: NodeId[] = []
    for (const { id } of view.members) {
      if (live.length === most) break
      if (this.reasons.isLive(id)) live.push(id)
    }
    return live
  }

  private ask(member: NodeId): void {
    const { address, config } = this.options
    const known = this.state.known?.epoch ?? 0
    if (this.doorkeepers.size >= rememberedMax) this.doorkeepers.clear()
    this.doorkeepers.add(member)
    this.context.send(member, {
      type: 'view.join',
      address,
      config,
      wallMs: this.context.wallMs(),
      known,
      floor: this.register.floor,
    })
  }

  private howGone(id: NodeId): Gone {
    if (this.reasons.state.leaving.has(id)) return 'left'
    return this.reasons.isDead(id) ? 'dead' : 'evicted'
  }

  /** Any peer may be a member of a view that this node has not heard of; a peer that is none does not answer. */
  private askAnybody(): void {
    const live = [...this.reasons.state.peers.keys()].filter((id) => this.reasons.isLive(id))
    for (const id of shuffled(live, this.context.random).slice(0, askedMax)) this.ask(id)
  }

  /**
   * No member of the newest view is reachable. This node takes over when it may give up each of its members, by the rule by which
   * members give up each other. Gossip has no belief about a member that was never found here: then a silence of a session's
   * length is enough.
   */
  private unanswered(known: View): void {
    if (!this.register.openToJoiners) return this.askAnybody()
    const silentMs = this.silence.look(this.context.nowMs())
    const gone = new Map<NodeId, Gone>()
    const unheardMs = Math.max(0, this.options.config.sessionMs - silentMs)
    // An empty view has no member to wait for. Of others the first that lives is enough: to ask the kernel about each costs time.
    for (const { id } of known.members) {
      const how = this.howGone(id)
      gone.set(id, how)
      if (how !== 'evicted') continue
      const patienceMs = this.reasons.patienceMs(id)
      const waitMs = patienceMs === Number.POSITIVE_INFINITY ? unheardMs : patienceMs
      if (waitMs > 0) return this.lookIn(waitMs)
    }
    const { self } = this.context
    const joiners = [{ id: self, address: this.options.address }]
    const successor = successorOf(known, { gone, joiners, elapsedMs: 0, above: this.register.floor })
    const waitMs = this.register.waitMs?.(known, successor.epoch) ?? 0
    if (waitMs > 0) return this.lookIn(waitMs)
    // No member is left whom other options could contradict; the quarantine is by the sessions of those before.
    this.proposing.propose(known, { ...successor, config: this.options.config, voters: [] })
  }

  private lookIn(waitMs: number): void {
    this.context.setTimer('join', Math.max(1, Math.min(this.askEveryMs, waitMs)), { type: 'join' })
  }
}

/** A member named the part that differs; a string from a peer is not put into an error as it is. */
function mismatchOf(cluster: string, part: string): HoldfastError {
  const option = Object.hasOwn(configOptions, part) ? configOptions[part as keyof ClusterConfig] : 'algorithm'
  return new ConfigMismatchError(
    `cluster '${cluster}' was founded with another '${option}' than this node has: give all nodes the same options, or this one another cluster`,
    { option },
  )
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 200)
}
