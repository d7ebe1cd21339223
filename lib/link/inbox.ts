/**
 * This file handles the frames that arrive. It delivers their messages, those of an ordered frame in order and with an
 * acknowledgement. It relays frames of one peer to another, and it refuses invalid frames.
 */
import type { NodeId } from '../base/ids.ts'
import type { Event } from '../observe/events.ts'
import type { OrderedFrame, Part, RelayedFrame, WireFormat } from '../wire/frame.ts'
import type { Message } from '../wire/messages.ts'
import { WireError } from '../wire/schema.ts'
import { directOnly, observerMaySend } from '../wire/senders.ts'
import type { LinkWatcher, Receiver } from './links.ts'
import type { Outbox } from './outbox.ts'
import type { Peer } from './peer.ts'

export class Inbox {
  private readonly self: NodeId
  private readonly peers: ReadonlyMap<NodeId, Peer>
  private readonly outbox: Outbox
  private readonly emit: (event: Event) => void
  private readonly format: WireFormat
  /** Without a receiver, messages are acknowledged and dropped. Private, like the watcher, since it leads to the whole node. */
  #receiver: Receiver | null = null
  #watcher: LinkWatcher | null = null
  private isClosed = false
  /** The errors of the receiver, until the frame is handled. */
  private failure: { readonly error: unknown } | null = null

  constructor(self: NodeId, peers: ReadonlyMap<NodeId, Peer>, outbox: Outbox, emit: (event: Event) => void, format: WireFormat) {
    this.self = self
    this.peers = peers
    this.outbox = outbox
    this.emit = emit
    this.format = format
  }

  serve(receiver: Receiver, watcher: LinkWatcher): void {
    this.#receiver = receiver
    this.#watcher = watcher
  }

  /** No message is delivered any more, not even the rest of a frame. */
  close(): void {
    this.isClosed = true
  }

  /** Takes a frame of a connected peer. @throws WireError if it is invalid and that peer is to blame. */
  take(from: NodeId, bytes: Uint8Array): void {
    const frame = this.format.decodeFrame(bytes)
    switch (frame.kind) {
      case 'ordered':
        return this.takeOrdered(from, frame, null)
      case 'loose':
        if (this.isObserver(from)) for (const message of frame.messages) checkObservers(message)
        for (const message of frame.messages) this.deliver(from, message)
        return
      case 'relayed':
        return this.takeRelayed(from, frame)
    }
  }

  /** An error of a receiver must not be lost, and must not stop the delivery of the frame's other messages. */
  deliver(from: NodeId, message: Message): void {
    if (this.isClosed) return
    try {
      this.#receiver?.deliver(from, message)
    } catch (error) {
      this.failure ??= { error }
    }
  }

  /** Throws the receiver's first error since the last call. */
  rethrow(): void {
    if (this.failure === null) return
    const { error } = this.failure
    this.failure = null
    throw error
  }

  private takeOrdered(from: NodeId, frame: OrderedFrame, relay: NodeId | null): void {
    const peer = this.peers.get(from)
    if (peer === undefined) return
    if (relay !== null) this.outbox.heardThrough(peer, relay)
    const isObserver = peer.info?.role === 'observer'
    const { link } = peer
    for (let i = link.accept(frame); i < frame.messages.length; i++) {
      const message = link.take(frame.messages[i] as Message | Part)
      if (message === null) continue
      if (isObserver) checkObservers(message)
      if (relay === null || !directOnly.has(message.type)) this.deliver(from, message)
    }
    if (this.isClosed || this.peers.get(from) !== peer) return
    // An acknowledgement may have made room, and an acknowledgement can ride on the answers.
    if (peer.link.hasUnsent) this.outbox.flush(peer)
    this.outbox.acknowledge(peer, frame.wantsAnswer)
  }

  private takeRelayed(by: NodeId, frame: RelayedFrame): void {
    // Only members relay for each other, and only for peers that this node knows.
    if (this.isObserver(by)) throw new WireError('an observer relays nothing')
    if (frame.to === this.self) {
      // A node that no view lists yet, or that was evicted and does not know it, may send only its own messages.
      if (this.#watcher?.mayRelay?.(by) !== false) this.takeInner(by, frame)
      return
    }
    // One hop only: the asking node must be the origin, and the receiver must be connected to this node.
    if (frame.from === by && this.peers.get(frame.to)?.info != null) this.outbox.passOn(frame)
  }

  private isObserver(peer: NodeId): boolean {
    return this.peers.get(peer)?.info?.role === 'observer'
  }

  private takeInner(by: NodeId, { from, inner }: RelayedFrame): void {
    try {
      const frame = this.format.decodeFrame(inner)
      if (frame.kind !== 'ordered') throw new WireError('only ordered frames are relayed')
      if (from !== this.self) this.takeOrdered(from, frame, by)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      // The third does not read what it relays, so its connection is not to blame.
      this.emit({ type: 'messageRejected', peer: from, message: `through ${by}: ${error.message}` })
    }
  }
}

/** @throws WireError if an observer may not send the message: its connection ends. */
function checkObservers({ type }: Message): void {
  if (!observerMaySend(type)) throw new WireError('an observer may only ask', type)
}
