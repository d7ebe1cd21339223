/** This file watches the node itself: whether its event loop is on time, and whether it reaches every member of its view. */
import type { Context } from '../world/context.ts'
import { untilBeatMs } from '../base/beat.ts'
import type { NodeId } from '../base/ids.ts'
import { Silence } from '../view/silence.ts'

const intervalMs = 500
/** Timers are always a little late; only more than this counts. */
const lateMsMin = 50

/** What is watched, and what is called. */
export interface SelfWatchHost {
  members(): readonly { readonly id: NodeId }[]
  reaches(peer: NodeId): boolean
  /** The event loop was late by this much: that counts against this node, not against others. */
  late(ms: number): void
  /** Not reached at this moment. */
  unreached(peer: NodeId): void
  /** Reached neither directly nor through a third for a session's length. */
  unreachable(peer: NodeId): void
}

/** Watches the node itself: is its loop on time, and does it reach every member of its view? */
export class SelfWatch {
  private readonly context: Context<'tick'>
  private readonly sessionMs: number
  private readonly host: SelfWatchHost
  private readonly unreached = new Map<NodeId, Silence>()
  private dueMs = 0

  constructor(context: Context<'tick'>, sessionMs: number, host: SelfWatchHost) {
    this.context = context
    this.sessionMs = sessionMs
    this.host = host
  }

  start(): void {
    this.arm()
  }

  /** A new view: the members that are not reached are checked again. */
  viewInstalled(): void {
    this.unreached.clear()
  }

  timer(): void {
    const nowMs = this.context.nowMs()
    const lateMs = nowMs - this.dueMs
    this.arm()
    if (lateMs > lateMsMin) this.host.late(lateMs)
    for (const { id } of this.host.members()) this.measureReach(id, nowMs)
  }

  private arm(): void {
    const nowMs = this.context.nowMs()
    const delayMs = untilBeatMs(nowMs, intervalMs)
    this.dueMs = nowMs + delayMs
    this.context.setTimer('tick', delayMs, 'tick')
  }

  private measureReach(peer: NodeId, nowMs: number): void {
    if (peer === this.context.self || this.host.reaches(peer)) {
      this.unreached.delete(peer)
      return
    }
    this.host.unreached(peer)
    let silence = this.unreached.get(peer)
    if (silence === undefined) this.unreached.set(peer, (silence = new Silence(intervalMs)))
    if (silence.look(nowMs) >= this.sessionMs) this.host.unreachable(peer)
  }
}
