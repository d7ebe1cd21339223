/**
 * This file has the number of permits of an adjustable semaphore. Each client that uses the semaphore keeps the number in its note, with the fence under which it was set: the
 * highest fence is in force. So the number lives as long as one of the clients does, and a newcomer learns it before it asks for a permit.
 */
import { BadOptionError } from '../base/errors.ts'
import { Mode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import { closedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { acquireInOrder } from './in-order.ts'
import type { JointRequest } from './request.ts'
import { Roster } from './roster.ts'

/** The number in force for a time. */
export interface Round {
  readonly permits: number
  /** Aborted when another number is in force, or this client does not know the number any more. */
  readonly signal: Signal
}

/** What a client notes: the number, and the fence under which it was set, as decimal digits; '0' for the number that the semaphore was made with. */
interface NumberNote {
  readonly permits: number
  readonly setBy: string
}

export class PermitNumber {
  readonly #locks: Locks
  readonly #name: string
  #permits: number
  #setBy = 0n
  #roster: Roster | null = null
  #round: AbortController | null = null
  #isClosed = false

  /** @param permits the number that holds until another one is set */
  constructor(locks: Locks, name: string, permits: number) {
    this.#locks = locks
    this.#name = name
    this.#permits = permits
  }

  /** The number in force, as far as this client knows. */
  get permits(): number {
    return this.#permits
  }

  /**
   * Tells the number in force. The first call enters the roster.
   *
   * @throws BAD_OPTION if the clients there were made with another number, and no number was set; CLOSED after `close`; else the errors of `acquire`.
   */
  async round(request: JointRequest): Promise<Round> {
    if (this.#roster === null) await this.#enter(request)
    this.#round ??= new AbortController()
    return { permits: this.#permits, signal: this.#round.signal }
  }

  /** Sets the number. Resolves when each client in the roster goes by it: none is granted a permit under a former number from then on. */
  async set(permits: number, request: JointRequest): Promise<void> {
    await this.round(request)
    const setting = await this.#gate(request)
    try {
      const roster = this.#roster
      if (roster === null) throw closedError(`the semaphore '${this.#name}' was left while its number was being set`)
      const setBy = setting.fence
      setting.check()
      this.#take(permits, setBy)
      await roster.note(this.#note())
      // The news of a client that entered a moment ago may still be on its way.
      roster.refresh()
      const haveAll = (): true | undefined => numbersIn(roster).every((note) => note.setBy >= setBy) || undefined
      await roster.until(haveAll, request, `the consent of all that use '${this.#name}'`)
    } finally {
      await setting.release()
    }
  }

  /** Leaves the roster. Calls that wait, and later ones, reject with CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true
    const roster = this.#roster
    this.#roster = null
    this.#over()
    await roster?.leave()
  }

  /** Newcomers enter one after the other, so that of two numbers the later one is refused. */
  async #enter(request: JointRequest): Promise<void> {
    this.#refuseIfClosed()
    const setting = await this.#gate(request)
    let roster: Roster | undefined
    try {
      this.#refuseIfClosed()
      if (this.#roster !== null) return
      const entered = new Roster(this.#locks, `${this.#name}#number`, this.#note(), {
        changed: () => {
          if (this.#roster === entered) this.#adopt(entered)
        },
        ended: () => {
          if (this.#roster !== entered) return
          this.#roster = null
          this.#over()
        },
      })
      roster = entered
      await entered.until(() => true, request, `the number of permits of '${this.#name}'`)
      this.#refuseIfClosed()
      this.#adopt(entered)
      this.#compare(entered)
      this.#roster = entered
    } finally {
      if (this.#roster !== roster) await roster?.leave()
      await setting.release()
    }
  }

  /** What a caller asks of its permits, such as `maxHold`, is not for the gate. */
  async #gate(request: JointRequest): Promise<Hold> {
    const [gate] = await acquireInOrder(this.#locks, [{ name: `${this.#name}#setting`, mode: 'exclusive' }], {
      ...request,
      each: {},
    })
    return gate as Hold
  }

  #adopt(roster: Roster): void {
    let newest: { permits: number; setBy: bigint } | undefined
    for (const note of numbersIn(roster)) if (note.setBy > (newest?.setBy ?? this.#setBy)) newest = note
    if (newest === undefined) return
    this.#take(newest.permits, newest.setBy)
    // It fails if the place is lost, and then the next one shows the number.
    roster.note(this.#note()).catch(() => {})
  }

  #compare(roster: Roster): void {
    if (this.#setBy > 0n) return
    const other = numbersIn(roster).find(({ permits }) => permits !== this.#permits)
    if (other === undefined) return
    const what = `the semaphore '${this.#name}' is in use with ${other.permits} permits, not with ${this.#permits}`
    throw new BadOptionError(`${what}: give the same number to all who use the name`, { option: 'permits' })
  }

  #take(permits: number, setBy: bigint): void {
    this.#permits = permits
    this.#setBy = setBy
    this.#over()
  }

  #over(): void {
    const round = this.#round
    this.#round = null
    round?.abort()
  }

  #note(): NumberNote {
    return { permits: this.#permits, setBy: String(this.#setBy) }
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw closedError(`the semaphore '${this.#name}' is closed`)
  }
}

/** The numbers in the notes. Another program may hold a lock of that name, with a meta of its own. */
function numbersIn({ notes }: Roster): { permits: number; setBy: bigint }[] {
  return notes.flatMap((note) => {
    const { permits, setBy } = (typeof note === 'object' && note !== null ? note : {}) as Partial<Record<string, unknown>>
    const mode = typeof permits === 'number' ? Mode.from(permits) : null
    if (mode === null || typeof setBy !== 'string' || !/^\d{1,20}$/.test(setBy)) return []
    return [{ permits: mode.limit, setBy: BigInt(setBy) }]
  })
}
