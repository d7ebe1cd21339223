/** This file is the port of an algorithm in which sites ask each other for permission. The mistakes of these algorithms act at it. */
import type { NodeId } from '../../base/ids.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import type { Mode } from '../../base/mode.ts'
import type { Common } from '../../mutex/common-messages.ts'
import { AlgorithmPort } from './port.ts'

export type PermissionMessage = Common<'request' | 'reply' | 'freed' | 'withdraw' | 'done' | 'busy'>
export type PermissionRequest = Common<'request'>
export type PermissionReply = Common<'reply'>

/** The port of an algorithm in which sites ask each other for permission. */
export class PermissionPort extends AlgorithmPort<PermissionMessage> {
  /** Requests of others that have had no answer. */
  protected readonly deferred = new Map<NodeId, PermissionRequest>()
  /** Requests to which the port replied in the algorithm's place, and whose makers may be inside. */
  private readonly admitted = new Map<NodeId, Stamp>()

  override receive(from: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request') this.requested(from, message)
    else if (message.kind === 'reply') this.replied(from, message)
    else {
      if (message.kind === 'withdraw') this.deferred.delete(from)
      const admitted = this.admitted.get(from)
      if (message.kind === 'done' && admitted !== undefined && sameStamp(admitted, message.stamp)) this.admitted.delete(from)
      this.inner.receive(from, message)
    }
  }

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'reply' || message.kind === 'busy') this.deferred.delete(to)
    super.sends(to, message)
  }

  override mayHold(peer: NodeId): boolean {
    return this.admitted.has(peer) || super.mayHold(peer)
  }

  override idle(): boolean {
    return this.admitted.size === 0 && super.idle()
  }

  protected requested(from: NodeId, request: PermissionRequest): void {
    this.deferred.set(from, request)
    this.inner.receive(from, request)
  }

  protected replied(from: NodeId, reply: PermissionReply): void {
    if (reply.keep) this.admitted.delete(from)
    this.inner.receive(from, reply)
  }

  /** Replies at once, without asking the algorithm. */
  protected letIn(to: NodeId, { stamp }: PermissionRequest): void {
    this.admitted.set(to, stamp)
    this.site.send(to, { kind: 'reply', stamp, using: 0, keep: false })
  }

  /** Makes the algorithm forget a request that it deferred. */
  protected forget(from: NodeId, { stamp }: PermissionRequest): void {
    this.deferred.delete(from)
    this.inner.receive(from, { kind: 'withdraw', stamp })
  }
}

/** A site that takes the permission of some peers for granted: instead of asking them it replies to itself on their behalf. */
export class AssumingPort extends PermissionPort {
  private readonly assumed: NodeId[] = []

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    super.request(stamp, mode, ifFree)
    this.replyForAssumed()
  }

  override receive(from: NodeId, message: PermissionMessage): void {
    super.receive(from, message)
    this.replyForAssumed()
  }

  protected assume(peer: NodeId): void {
    this.assumed.push(peer)
  }

  private replyForAssumed(): void {
    for (const peer of this.assumed.splice(0)) {
      if (this.pending !== null) this.inner.receive(peer, { kind: 'reply', stamp: this.pending.stamp, using: 0, keep: true })
    }
  }
}
