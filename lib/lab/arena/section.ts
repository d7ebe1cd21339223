/** This file is the critical section of an arena: who is inside, and whether an entry breaks a promise. */
import type { Body } from '../../mutex/contract.ts'
import { fenceText } from './fence-text.ts'
import type { Request, Seat } from './seat.ts'

/** What every arena says of a broken promise. */
export type Violate = (property: 'exclusion' | 'fences rise' | 'liveness' | 'wrong move', text: string) => void

/** The critical section, and the promises that are kept or broken at it. */
export class CriticalSection {
  private readonly violate: Violate
  private inside = 0
  private highestFence = 0

  constructor(violate: Violate) {
    this.violate = violate
  }

  /** A site enters with that fence. */
  enter(seat: Seat<Body>, { mode }: Request, fence: number, seats: readonly Seat<Body>[]): void {
    this.inside++
    if (!mode.hasRoomBeside(this.inside - 1)) {
      const others = seats.filter((other) => other !== seat && other.state === 'inside').map(({ id }) => id)
      this.violate('exclusion', `${seat.id} enters while ${others.join(' and ')} ${others.length === 1 ? 'is' : 'are'} inside`)
    }
    if (!mode.isAlone) return
    if (fence <= this.highestFence)
      this.violate('fences rise', `${seat.id} enters with fence ${fenceText(fence)}, after ${fenceText(this.highestFence)}`)
    this.highestFence = Math.max(this.highestFence, fence)
  }

  /** A site that was inside is not any more. */
  leave(): void {
    this.inside--
  }
}
