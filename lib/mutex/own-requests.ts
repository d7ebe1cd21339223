/** This file keeps what a site of a `home-queue` lock wants, and what it waits to be told. */
import { Few } from '../base/few.ts'
import type { NodeId } from '../base/ids.ts'
import { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { QueuePlace } from './queue-place.ts'
import type { Wanted } from './tries.ts'

/** What this site waits to be told: its turn (or its loans), yes or no to a try, or that a token it sent home is there. */
type Asked =
  | { readonly what: 'place'; readonly mode: Mode; readonly stamp: Stamp; times: number }
  | { readonly what: 'try'; readonly mode: Mode; readonly stamp: Stamp }
  | { readonly what: 'arrival' }

/** The requests of one site that have not entered, oldest first. Several at once are all for permits of one number. */
export class OwnRequests extends Few<Wanted> {
  /** The answer may serve another request than the one that asked, if that is withdrawn. */
  asked: Asked | null = null
  /** What was asked to hang on the place before this site's own, which is withdrawn. It may be withdrawn too. */
  beside: Pick<Wanted, 'stamp' | 'mode'> | null = null

  /** Nothing is wanted, and no answer is due. */
  get isDone(): boolean {
    return this.size === 0 && this.asked === null && this.beside === null
  }

  /** Withdraws that request. */
  withdraw(stamp: Stamp): boolean {
    const request = this.find((each) => sameStamp(each.stamp, stamp))
    return request !== null && this.remove(request)
  }

  /** A request waits for its turn; it is no try. */
  get isWaiting(): boolean {
    return this.first?.ifFree === false
  }

  /** The try of this site that is out. */
  get tryOut(): Stamp | null {
    return this.asked?.what === 'try' ? this.asked.stamp : null
  }

  /** Waits for the token, to use it alone. The request may be withdrawn. */
  get isInQueue(): boolean {
    return this.asked?.what === 'place' && this.asked.mode.isAlone
  }

  /** The place in the queue at which this site waits for the token, or the answer that it follows itself. */
  get place(): Stamp | null {
    return this.asked?.what === 'place' && this.asked.mode.isAlone ? this.asked.stamp : null
  }

  /** That request hangs on a place, and an answer for it alone is due. */
  hangs(stamp: Stamp): boolean {
    const { asked, beside } = this
    if (beside !== null && sameStamp(beside.stamp, stamp)) return true
    // The answer to one of several permits may serve another.
    return asked?.what === 'place' && !asked.mode.isAlone && !asked.mode.isCounted && sameStamp(asked.stamp, stamp)
  }

  /** The home is asked for that request. */
  asks({ stamp, mode, ifFree }: Wanted): void {
    if (ifFree) this.asked = { what: 'try', mode, stamp }
    else if (this.asked?.what === 'place') this.asked.times++
    else this.asked = { what: 'place', mode, stamp, times: 1 }
  }

  /** The answer to the request so named has come. Returns the mode in which it was asked for; null if it was not. */
  answeredFor(stamp: Stamp): Mode | null {
    const { asked, beside } = this
    if (beside !== null && sameStamp(beside.stamp, stamp)) {
      this.beside = null
      return beside.mode
    }
    if (asked === null || asked.what === 'arrival') return null
    if (asked.what === 'place' && asked.mode.isAlone) return null
    this.answered()
    return asked.mode
  }

  /** What was asked for has been answered, or one of several. */
  answered(): void {
    if (this.asked?.what === 'place' && this.asked.times > 1) this.asked.times--
    else this.asked = null
  }

  /** The oldest request that waits for no answer and does not stand in the line at this place; null while none may be asked for. */
  next({ line }: QueuePlace): Wanted | null {
    const { asked, first } = this
    if (first === null || (asked === null && line.length === 0)) return first
    let before = 0
    if (asked !== null) {
      if (asked.what !== 'place' || !asked.mode.isCounted || !asked.mode.equals(first.mode)) return null
      before = asked.times
    }
    return this.find((each) => !line.includes(each) && before-- === 0)
  }

  /** The oldest request that does not stand in the line at that place. */
  notIn({ line }: QueuePlace): Wanted | null {
    return this.find((each) => !line.includes(each))
  }

  /** Is a request inside here, or waiting (`now`)? Could one be before the asking request (`later`)? */
  isTaken(entries: number, hasToken: boolean): 'now' | 'later' | 'no' {
    const isQueued = this.asked?.what === 'place'
    if (entries > 0 || (isQueued && this.isWaiting)) return 'now'
    return hasToken || isQueued ? 'later' : 'no'
  }
}

/** The token's first place tries for no request, only to have the token. */
export function unwanted(self: NodeId): Wanted {
  return { stamp: { time: 0, count: 0, id: self }, mode: Mode.exclusive, ifFree: true }
}
