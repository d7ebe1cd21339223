/** This file is the queue of what happens next in an arena, the earliest first. */
import type { Body } from '../../mutex/contract.ts'
import type { Seat } from './seat.ts'

/**
 * What is going to happen at a seat: a message that arrives, the end of a critical section, or a call that a workload or an
 * algorithm asked for. One class for all of them, so that the queue's hot path sees one shape.
 */
export class Due<Message extends Body> {
  atT: number
  /** Ties happen in the order in which they were caused. */
  order: number
  readonly seat: Seat<Message>
  /** The sender of a message; null of anything else. */
  readonly from: Seat<Message> | null
  readonly body: Message | null
  readonly call: (() => void) | null
  /** The sender's view and fence counter when it sent. */
  readonly epoch: number
  readonly counter: number
  readonly sentAtT: number
  /** Which requests the sender knew of, by seat; null when that is not counted. */
  readonly known: Uint32Array | null
  /** Taken out of the world: it will not happen. */
  isVoid = false

  constructor(
    atT: number,
    order: number,
    seat: Seat<Message>,
    from: Seat<Message> | null,
    body: Message | null,
    call: (() => void) | null,
    epoch: number,
    counter: number,
    sentAtT: number,
    known: Uint32Array | null,
  ) {
    this.atT = atT
    this.order = order
    this.seat = seat
    this.from = from
    this.body = body
    this.call = call
    this.epoch = epoch
    this.counter = counter
    this.sentAtT = sentAtT
    this.known = known
  }
}

function isEarlier<Message extends Body>(a: Due<Message>, b: Due<Message>): boolean {
  return a.atT < b.atT || (a.atT === b.atT && a.order < b.order)
}

/** What is due, earliest first: a binary heap. */
export class DueQueue<Message extends Body> {
  private readonly heap: Due<Message>[] = []

  get size(): number {
    return this.heap.length
  }

  get first(): Due<Message> | undefined {
    return this.heap[0]
  }

  /** Everything that is due, in no order. */
  all(): readonly Due<Message>[] {
    return this.heap
  }

  add(due: Due<Message>): void {
    const { heap } = this
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as Due<Message>
      if (!isEarlier(due, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = due
  }

  take(): Due<Message> | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || last === first) return first
    const size = heap.length
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= size) break
      const right = below + 1
      if (right < size && isEarlier(heap[right] as Due<Message>, heap[below] as Due<Message>)) below = right
      const child = heap[below] as Due<Message>
      if (!isEarlier(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
    return first
  }
}
