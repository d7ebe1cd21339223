/**
 * This file is what the home of a `home-queue` lock does beside being a site: it puts requests into the queue, and passes on a
 * token that comes home. What it knows of the queue is in `queue-end.ts`.
 */
import type { NodeId } from '../base/ids.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { HomeQueueMessage } from './home-queue.ts'
import { QueueEnd } from './queue-end.ts'
import type { Passing } from './queue-passing.ts'
import type { TokenStay } from './token-stay.ts'
import type { Wanted } from './tries.ts'

/** The site at home. */
export interface Resident {
  /** Says it to another site, or takes it itself. */
  tell(to: NodeId, message: HomeQueueMessage): void
  /** A request that hangs on this site's place is withdrawn. */
  drop(stamp: Stamp): void
}

export class QueueHome {
  readonly end: QueueEnd
  /** The token has come home, and the `follow` that it crossed has not: it is for the request that the `follow` names. */
  isOwed = false
  private readonly self: NodeId
  private readonly resident: Resident
  /** Of the token, here. */
  private readonly stay: Pick<TokenStay, 'keepToken'>

  constructor(self: NodeId, start: NodeId, resident: Resident, stay: Pick<TokenStay, 'keepToken'>) {
    this.self = self
    this.end = new QueueEnd(self, start)
    this.resident = resident
    this.stay = stay
  }

  /** Puts a request into the queue, or tells the last place of it that one hangs there or tries. */
  arrange({ stamp, mode, ifFree }: Wanted): void {
    const { end } = this
    const place = !mode.isAlone ? end.hang(stamp.id) : ifFree ? end.tail : end.queue(stamp.id)
    this.resident.tell(place, { kind: 'follow', stamp, mode, ifFree })
  }

  /** That request hangs on a withdrawn place: now on the place before. */
  pass({ stamp, mode, place }: Passing): void {
    const before = this.end.placeBefore(place.id)
    this.hang(before ?? place.id, { kind: before === null ? 'late' : 'before', stamp, mode, place })
  }

  /** The place before has had its turn: the request waits for that of the named place. */
  returned({ stamp, mode, place }: Passing): void {
    this.hang(place.id, { kind: 'late', stamp, mode, place })
  }

  /** A request that hangs on a place is withdrawn: its site's place is told. */
  withdraw(stamp: Stamp): void {
    const at = this.end.withdraw(stamp)
    if (at === this.self) this.resident.drop(stamp)
    else if (at !== null) this.resident.tell(at, { kind: 'withdraw', stamp })
  }

  private tellOver(stamp: Stamp): void {
    this.resident.tell(stamp.id, { kind: 'busy', stamp })
  }

  private hang(at: NodeId, message: Passing & { readonly kind: 'before' | 'late' }): void {
    const { stamp } = message
    if (this.end.isWithdrawn(stamp)) return this.tellOver(stamp)
    this.end.hang(stamp.id, at)
    this.resident.tell(at, message)
  }

  /** The token goes from here to one that tries, whose place is the last then. */
  give(stamp: Stamp): void {
    this.end.given(stamp.id)
    this.resident.tell(stamp.id, { kind: 'turn', stamp, isContended: false })
  }

  /** The token comes home from a site where it rested, for another's try perhaps. `ownTry` is the one of this site that is out. */
  takeToken(from: NodeId, claimant: Stamp | null, ownTry: Stamp | null): void {
    const { end, resident } = this
    resident.tell(from, { kind: 'settled' })
    if (end.tail !== from) {
      // A request that is waited for follows; a try comes after it.
      this.isOwed = true
      end.passed(from)
      if (claimant !== null) resident.tell(claimant.id, { kind: 'busy', stamp: claimant })
      return
    }
    // A try of this site's own that is still out would find the token here.
    const first = claimant ?? ownTry
    if (first !== null) return this.give(first)
    end.cameHome()
    this.stay.keepToken()
  }

  /** What was told to a site that had sent the token home. */
  redirect(wanted: Wanted, ownTry: Stamp | null): void {
    const { stamp, mode, ifFree } = wanted
    const isOver = stamp.id === this.self && (ownTry === null || !sameStamp(ownTry, stamp))
    if (ifFree) return isOver ? undefined : this.arrange(wanted)
    // It hung on a place that is over: on the last one now. If it may be withdrawn, its site asks anew if it still wants to enter.
    if (!mode.isAlone) return this.end.mayBeWithdrawn(wanted) ? this.tellOver(stamp) : this.arrange(wanted)
    // The token came home before, on the same link; if that was lost, only a new view can help.
    if (!this.isOwed) return
    this.isOwed = false
    this.resident.tell(stamp.id, { kind: 'turn', stamp, isContended: false })
  }
}
