/**
 * This file is what becomes of the requests that hang on a withdrawn place of a `home-queue` lock. Its site enters no more, so they need not
 * wait for its turn: they may enter beside those that have the token now. The site has the home hang them on the place before
 * (`past`, `before`). If the token has left that place, it is on its way here, and they stay (`late`). A request of the site's own
 * that others may be beside goes the same way. A request that hangs on a place and is withdrawn is taken out of the line.
 */
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body } from '../wire/bodies.ts'
import { mode, stamp } from '../wire/fields.ts'
import { common } from './common-messages.ts'
import type { TokenSite, TokenStay } from './token-stay.ts'
import type { Wanted } from './tries.ts'

/** What is said of withdrawn requests. */
export const passingMessages = {
  withdraw: common.withdraw,
  /** To the home: the named request hangs on my `place`, where none waits to be alone. Let it hang on the place before. */
  past: body(39, { stamp, mode, place: stamp }),
  /** The named request hangs on your place, if that `place` comes next. */
  before: body(40, { stamp, mode, place: stamp }),
  /** By way of the home: the token has gone on to your `place`, and the named request waits there. */
  late: body(41, { stamp, mode, place: stamp }),
}

/** A request that is to hang on the place before that one. */
export interface Passing extends Omit<Wanted, 'ifFree'> {
  readonly place: Stamp
}

export class QueuePassing {
  private readonly at: TokenSite
  private readonly stay: TokenStay
  /** The answer that this site waits for at its place is on its way. */
  private isDue = false
  /** The place at which the token came here last. */
  private turn: Stamp | null = null

  constructor(at: TokenSite, stay: TokenStay) {
    this.at = at
    this.stay = stay
  }

  /** The name of the place at which this site waits for its turn, but not to be alone; null if it waits for none. */
  private get withdrawnPlace(): Stamp | null {
    const { own } = this.at
    const isAnswered = this.isDue || (this.stay.hasToken && this.stay.place.next === null)
    return isAnswered || own.first?.mode.isAlone === true ? null : own.place
  }

  /** The place's turn has come, or this site follows itself. */
  arrived(turn: Stamp | null): void {
    this.isDue = false
    this.turn = turn
  }

  /** That request of this site is withdrawn. */
  withdrawn(stamp: Stamp): void {
    const { own, home } = this.at
    if (own.hangs(stamp)) this.at.tell(home, { kind: 'withdraw', stamp })
    this.vacated()
  }

  /** A request of this site is over, which may have been the one that wanted to be alone at its place. */
  vacated(): void {
    if (this.withdrawnPlace === null) return
    for (const wanted of this.stay.waitingPlace.line.splice(0)) this.pass(wanted)
    this.seek()
  }

  /** A request comes to hang here. False if it waits for the turn of this place. */
  passes(wanted: Wanted): boolean {
    if (this.withdrawnPlace === null) return false
    // The home knows that a loan is to come back to this place.
    this.stay.waitingPlace.wasHungOn = true
    this.pass(wanted)
    return true
  }

  /** This site's own request need not wait for its place's turn. */
  seek(): void {
    const { own } = this.at
    if (own.size === 0 || own.beside !== null || this.withdrawnPlace === null) return
    const next = own.notIn(this.stay.place)
    if (next === null || next.ifFree) return
    own.beside = next
    this.pass(next)
  }

  /** The named request hangs on this place, before that one. */
  before({ stamp, mode, place: next }: Passing): void {
    const { own } = this.at
    const place = this.stay.placeBefore(next)
    if (place === null) return this.at.tell(this.at.home, { kind: 'late', stamp, mode, place: next })
    if (stamp.id === next.id) place.isNextBeside = true
    const wanted = { stamp, mode, ifFree: false }
    if (stamp.id === this.at.self) {
      own.answeredFor(stamp)
      const next = own.notIn(place)
      if (!this.stay.hasToken || next === null || next.ifFree) this.at.resume()
      else this.stay.standAt(place, next)
    } else if (place !== this.stay.waitingPlace || !this.passes(wanted)) this.stay.standAt(place, wanted)
  }

  /** The token comes to this place, or has come. */
  late({ stamp, mode, place }: Passing): void {
    const { own } = this.at
    const isWaitedFor = own.place !== null && sameStamp(own.place, place)
    this.isDue ||= isWaitedFor
    const wanted = { stamp, mode, ifFree: false }
    if (stamp.id === this.at.self) {
      own.answeredFor(stamp)
      this.at.resume()
    } else if (isWaitedFor) this.stay.standAt(this.stay.waitingPlace, wanted)
    else if (this.stay.hasToken && this.turn !== null && sameStamp(this.turn, place)) this.stay.standAt(this.stay.place, wanted)
    else this.at.sendBack(wanted)
  }

  /** The request so named is withdrawn: its site hears that it hangs here no more. */
  drop(stamp: Stamp): void {
    if (this.stay.dropFromLine(stamp)) this.at.tell(stamp.id, { kind: 'busy', stamp })
  }

  private pass({ stamp, mode }: Wanted): void {
    const place = this.withdrawnPlace
    if (place !== null) this.at.tell(this.at.home, { kind: 'past', stamp, mode, place })
  }
}
