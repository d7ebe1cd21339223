/** This file keeps the messages that are on their way between the explored sites, in order on each link. */
import { invariant } from '../../base/assert.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Body } from '../../mutex/contract.ts'

/** A message on its way, and the view it belongs to. */
export interface Parcel {
  readonly epoch: number
  readonly counter: number
  readonly body: Body
}

/** One way from one site to another, and what is on it, oldest first. */
export interface MessageQueue {
  readonly from: NodeId
  readonly to: NodeId
  readonly queue: readonly Parcel[]
}

/** Everything that is on its way between the sites. A copy shares what neither changes. */
export class Traffic {
  private readonly links: Map<string, MessageQueue>

  constructor(links: ReadonlyMap<string, MessageQueue> = new Map()) {
    this.links = new Map(links)
  }

  /** What is on its way from one site to another. */
  of(from: NodeId, to: NodeId): readonly Parcel[] {
    return this.links.get(from + to)?.queue ?? nothing
  }

  /** Every link that was ever used, in the order of first use. */
  each(): Iterable<MessageQueue> {
    return this.links.values()
  }

  put(from: NodeId, to: NodeId, parcel: Parcel): void {
    this.set(from, to, [...this.of(from, to), parcel])
  }

  /** Takes one from a link: the oldest, or another if it keeps no order. */
  takeNth(from: NodeId, to: NodeId, nth = 0): Parcel {
    const queue = this.of(from, to)
    const parcel = queue[nth]
    invariant(parcel !== undefined, 'there is a message on that link')
    this.set(
      from,
      to,
      queue.filter((_, i) => i !== nth),
    )
    return parcel
  }

  /** Drops the messages to that site that do not belong to that view. */
  keepOnly(to: NodeId, epoch: number): void {
    for (const link of this.links.values())
      if (link.to === to)
        this.set(
          link.from,
          to,
          link.queue.filter((parcel) => parcel.epoch === epoch),
        )
  }

  /** Nothing is on its way to that site any more. */
  clear(to: NodeId): void {
    for (const link of this.links.values()) if (link.to === to) this.set(link.from, to, [])
  }

  copy(): Traffic {
    return new Traffic(this.links)
  }

  private set(from: NodeId, to: NodeId, queue: readonly Parcel[]): void {
    this.links.set(from + to, { from, to, queue })
  }
}

const nothing: readonly Parcel[] = []
