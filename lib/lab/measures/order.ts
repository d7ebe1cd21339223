/**
 * Who went before whom. At each entry the waiting requests are compared with the entrant's. An entrant overtakes every request
 * that arrived before its own. It inverts the order of stamps if a site waits with an earlier stamp. It inverts the order of
 * happens-before (Lamport 1978) if its site knew of a waiting request when it made its own.
 */
import { isBefore } from '../../clock/stamp.ts'
import type { Body } from '../../mutex/contract.ts'
import type { Arena } from '../arena/arena.ts'
import type { Request, Seat } from '../arena/seat.ts'

/** Entries that came before a request that was there first, in each of three orders. */
export interface Inversions {
  happensBefore: number
  arrival: number
  timestamp: number
}

export class OrderMeasure<Message extends Body> {
  readonly inversions: Inversions = { happensBefore: 0, arrival: 0, timestamp: 0 }
  /** How often the most patient waiter was overtaken. */
  bypassMax = 0
  private readonly arena: Arena<Message>
  private readonly overtaken: Int32Array

  constructor(arena: Arena<Message>) {
    this.arena = arena
    this.overtaken = new Int32Array(arena.seats.length)
  }

  asked(seat: Seat<Message>): void {
    this.overtaken[seat.index] = 0
  }

  entered(seat: Seat<Message>, request: Request, counts: boolean, waiting: number): void {
    const { overtaken } = this
    if (counts) this.bypassMax = Math.max(this.bypassMax, overtaken[seat.index] as number)
    if (waiting === 0) return
    let byStamp = false
    let byArrival = false
    let byCause = false
    for (const other of this.arena.seats) {
      const theirs = other.request
      if (theirs === null || other.state !== 'waiting') continue
      if (theirs.askedAtT < request.askedAtT) {
        byArrival = true
        overtaken[other.index] = (overtaken[other.index] as number) + 1
      }
      if (!byStamp) byStamp = isBefore(theirs.stamp, request.stamp)
      if (!byCause && request.known !== null) byCause = (request.known[other.index] as number) >= theirs.number
    }
    if (!counts) return
    if (byStamp) this.inversions.timestamp++
    if (byArrival) this.inversions.arrival++
    if (byCause) this.inversions.happensBefore++
  }
}
