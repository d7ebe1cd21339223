/**
 * This file probes one peer. It sends a ping. When no answer comes in time, helpers try too, in case only the path from here is
 * bad. When no helper got an answer by the deadline, the probe has failed (SWIM §3.1). A helper without an answer says so before
 * the deadline. A negative answer proves that the helper and the path to it work; a missing one suggests that this node itself
 * may be at fault (Lifeguard §IV-A).
 *
 * The negative answer is sent at 0.8 of the time that remains to the asker. Sent any later it comes after the verdict,
 * and every dead peer would count against the node that found it.
 */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import { shuffled } from '../base/random.ts'
import type { MessageOf } from '../wire/messages.ts'
import { adjustHealth, type Health, stretchedMs } from './health.ts'
import type { SwimProfile } from './profile.ts'
import type { Beliefs } from './beliefs.ts'
import type { Gossip } from './gossip.ts'

/** One probe that is open here; plain data. */
export interface Probe {
  readonly sequence: number
  readonly target: NodeId
  deadlineMs: number
  helpers: readonly NodeId[]
  /** Helpers that said that they got no answer either. */
  readonly refusals: NodeId[]
}

/** A probe that this node makes for another; plain data. */
export interface Errand {
  readonly target: NodeId
  readonly asker: NodeId
  /** The asker's own number for it. */
  readonly askerSequence: number
}

export interface ProbeState {
  readonly probes: Map<number, Probe>
  readonly errands: Map<number, Errand>
  sequence: number
}

export type ProbeTimer =
  | { readonly type: 'indirect'; readonly sequence: number }
  | { readonly type: 'deadline'; readonly sequence: number }
  | { readonly type: 'nack'; readonly sequence: number }

/** Probes for others at once; a helper with more is itself overloaded and does not answer. */
export const errandsMax = 1024
/** The longest time that an asker may give: a longer one is an error of arithmetic. */
const remainingMsMax = 300_000

export class Prober {
  readonly state: ProbeState = { probes: new Map(), errands: new Map(), sequence: 0 }

  constructor(
    private readonly context: Context<ProbeTimer>,
    private readonly profile: SwimProfile,
    private readonly health: Health,
    private readonly beliefs: Beliefs,
    private readonly gossip: Gossip,
    private readonly connected: ReadonlySet<NodeId>,
  ) {}

  isProbing(target: NodeId): boolean {
    for (const probe of this.state.probes.values()) if (probe.target === target) return true
    return false
  }

  /** Begins a probe; at most one for a target is open at a time. */
  probe(target: NodeId): void {
    if (this.isProbing(target)) return
    const connected = this.connected.has(target)
    // Without a connection the peer is certainly unreachable from here, so this node's doubt in itself does not delay the
    // verdict.
    const allowedMs = connected ? stretchedMs(this.health, this.profile.probeIntervalMs) : this.profile.probeIntervalMs
    const sequence = ++this.state.sequence
    const probe: Probe = { sequence, target, deadlineMs: this.context.nowMs() + allowedMs, helpers: [], refusals: [] }
    this.state.probes.set(sequence, probe)
    this.context.sendLoose(target, { type: 'swim.ping', sequence, updates: this.gossip.newsFor(target) })
    this.context.setTimer(`deadline/${sequence}`, allowedMs, { type: 'deadline', sequence })
    if (connected) this.context.setTimer(`indirect/${sequence}`, this.profile.probeTimeoutMs, { type: 'indirect', sequence })
    else this.askHelpers(probe)
  }

  /** The connection closed: ask the helpers now, and wait no longer than for a peer without a connection. */
  hurry(target: NodeId): void {
    for (const probe of this.state.probes.values()) {
      if (probe.target !== target) continue
      const allowedMs = this.profile.probeIntervalMs
      const deadlineMs = this.context.nowMs() + allowedMs
      if (probe.deadlineMs <= deadlineMs) return
      probe.deadlineMs = deadlineMs
      this.context.setTimer(`deadline/${probe.sequence}`, allowedMs, { type: 'deadline', sequence: probe.sequence })
      if (probe.helpers.length === 0) this.askHelpers(probe)
      return
    }
    this.probe(target)
  }

  timer(timer: ProbeTimer): void {
    const { sequence } = timer
    switch (timer.type) {
      case 'indirect': {
        const probe = this.state.probes.get(sequence)
        if (probe !== undefined) this.askHelpers(probe)
        return
      }
      case 'deadline': {
        const probe = this.state.probes.get(sequence)
        if (probe === undefined) return
        // The deadline may have moved after this timer was set, and real timers may fire a moment early.
        const remainingMs = probe.deadlineMs - this.context.nowMs()
        if (remainingMs >= 1) this.context.setTimer(`deadline/${sequence}`, remainingMs, timer)
        else this.fail(probe)
        return
      }
      case 'nack': {
        const errand = this.state.errands.get(sequence)
        if (errand === undefined) return
        this.state.errands.delete(sequence)
        this.context.sendLoose(errand.asker, { type: 'swim.nack', sequence: errand.askerSequence })
        return
      }
    }
  }

  pinged(from: NodeId, ping: MessageOf<'swim.ping'>): void {
    this.context.sendLoose(from, { type: 'swim.ack', sequence: ping.sequence, updates: this.gossip.newsFor(from) })
  }

  acknowledged(from: NodeId, ack: MessageOf<'swim.ack'>): void {
    const errand = this.state.errands.get(ack.sequence)
    if (errand !== undefined && errand.target === from) {
      this.state.errands.delete(ack.sequence)
      this.context.clearTimer(`nack/${ack.sequence}`)
      const updates = this.gossip.newsFor(errand.asker)
      this.context.sendLoose(errand.asker, { type: 'swim.ack', sequence: errand.askerSequence, updates })
      return
    }
    // An answer after the verdict is not a success of that probe; the target refutes the suspicion by its incarnation.
    const probe = this.state.probes.get(ack.sequence)
    if (probe === undefined || (probe.target !== from && !probe.helpers.includes(from))) return
    this.close(probe)
    adjustHealth(this.health, -1)
  }

  /** Probes for `from`. */
  requested(from: NodeId, request: MessageOf<'swim.pingRequest'>): void {
    const { sequence: askerSequence, target } = request
    if (target === this.context.self || target === from || this.state.errands.size >= errandsMax) return
    const sequence = ++this.state.sequence
    this.state.errands.set(sequence, { target, asker: from, askerSequence })
    this.context.sendLoose(target, { type: 'swim.ping', sequence, updates: this.gossip.newsFor(target) })
    const remainingMs = Math.min(remainingMsMax, Math.max(0, request.remainingMs))
    this.context.setTimer(`nack/${sequence}`, remainingMs * 0.8, { type: 'nack', sequence })
  }

  refused(from: NodeId, nack: MessageOf<'swim.nack'>): void {
    const probe = this.state.probes.get(nack.sequence)
    if (probe === undefined || !probe.helpers.includes(from) || probe.refusals.includes(from)) return
    probe.refusals.push(from)
  }

  /** This node stood still: answers may be unread, so every open probe gets at least one more timeout. */
  grantGrace(): void {
    const nowMs = this.context.nowMs()
    for (const probe of this.state.probes.values()) {
      probe.deadlineMs = Math.max(probe.deadlineMs, nowMs + this.profile.probeTimeoutMs)
      const { sequence } = probe
      this.context.setTimer(`deadline/${sequence}`, probe.deadlineMs - nowMs, { type: 'deadline', sequence })
    }
  }

  /** Ends the probe of a peer that is gone. */
  forget(target: NodeId): void {
    for (const probe of this.state.probes.values()) if (probe.target === target) this.close(probe)
  }

  /** Peers that may be asked to try, other than the target. */
  private helpersFor(target: NodeId): NodeId[] {
    const able = this.beliefs.present().filter((peer) => peer.state === 'alive' && this.connected.has(peer.id))
    return able.map((peer) => peer.id).filter((id) => id !== target)
  }

  private askHelpers(probe: Probe): void {
    probe.helpers = shuffled(this.helpersFor(probe.target), this.context.random).slice(0, this.profile.helpersMax)
    const { sequence, target } = probe
    const remainingMs = Math.max(0, probe.deadlineMs - this.context.nowMs())
    for (const helper of probe.helpers) {
      const updates = this.gossip.newsFor(helper)
      this.context.sendLoose(helper, { type: 'swim.pingRequest', sequence, target, remainingMs, updates })
    }
  }

  private fail(probe: Probe): void {
    this.close(probe)
    const missing = probe.helpers.length - probe.refusals.length
    // Without helpers a closed connection shows that this side works.
    const alone = probe.helpers.length === 0 && this.connected.has(probe.target) ? 1 : 0
    adjustHealth(this.health, missing + alone)
    this.beliefs.accuse(probe.target)
  }

  private close(probe: Probe): void {
    this.state.probes.delete(probe.sequence)
    this.context.clearTimer(`deadline/${probe.sequence}`)
    this.context.clearTimer(`indirect/${probe.sequence}`)
  }
}
