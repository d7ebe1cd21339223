/**
 * This file looks after calls that wait for permits. It finds out that a holder counts another number of permits: the lock would keep one of the two waiting for as long as the other is
 * in use. And it finds out that a collector is stuck: it has a part of its permits, and waits behind a request with another number, which waits for that part. Such a request may
 * have been withdrawn long ago, since an algorithm may keep its place in the line.
 */
import { BadOptionError } from '../base/errors.ts'
import type { Signal } from '../base/platform.ts'
import type { Locks } from '../port/locks.ts'
import type { Round } from './permit-number.ts'
import { timeOf } from './time.ts'

/** How long a call waits before the holders are asked for. */
const firstMs = 20
/** While calls wait, the holders are asked for again after twice the time, at most this. */
const laterMs = 1_000

/** Asks for the holders of a lock while calls wait for its permits, once for all calls. */
export class Rivals {
  /** The number that counts here. */
  permits: number
  /** Ends the requests of a collector that is stuck. */
  #jam: AbortController | null = null
  #wasFree = false
  readonly #locks: Locks
  readonly #name: string
  /** Ends the calls that wait. */
  #alarm: AbortController | null = null
  #waiting = 0
  #delayMs = 0
  #askedMs = Number.NEGATIVE_INFINITY
  #stop: (() => void) | undefined
  #asking: Promise<BadOptionError | undefined> | null = null

  constructor(locks: Locks, name: string, permits: number) {
    this.#locks = locks
    this.#name = name
    this.permits = permits
  }

  /** The signal is aborted with BAD_OPTION when a holder is found that counts another number. */
  round(): Round {
    this.#alarm ??= new AbortController()
    return { permits: this.permits, signal: this.#alarm.signal }
  }

  /** The signal is aborted when permits have been free for a while and a collector that waits has not been granted them. */
  get jam(): Signal {
    this.#jam ??= new AbortController()
    return this.#jam.signal
  }

  /** A call begins to wait. */
  began(): void {
    this.#waiting++
    if (this.#delayMs === 0) this.#askAfter(firstMs)
  }

  /** A call waits no longer. The first timer goes on: to set and clear it would cost each call that is granted at once. */
  ended(): void {
    if (--this.#waiting > 0 || this.#delayMs <= firstMs) return
    this.#stop?.()
    this.#delayMs = 0
    this.#wasFree = false
  }

  /** The error if a holder counts another number. A question that fails says nothing of the number. */
  ask(): Promise<BadOptionError | undefined> {
    this.#asking ??= this.#find()
      .catch(() => undefined)
      .finally(() => (this.#asking = null))
    return this.#asking
  }

  /** The same for a call that does not wait, at most once a second. */
  async askAtTimes(): Promise<BadOptionError | undefined> {
    const nowMs = timeOf(this.#locks).nowMs()
    if (nowMs - this.#askedMs < laterMs) return undefined
    this.#askedMs = nowMs
    return await this.ask()
  }

  #askAfter(delayMs: number): void {
    this.#delayMs = delayMs
    this.#stop = timeOf(this.#locks).after(delayMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    const error = this.#waiting === 0 ? undefined : await this.ask()
    if (error !== undefined) {
      this.#alarm?.abort(error)
      this.#alarm = null
    }
    if (this.#delayMs === 0) return
    if (this.#waiting > 0) this.#askAfter(Math.min(2 * this.#delayMs, laterMs))
    else this.#delayMs = 0
  }

  async #find(): Promise<BadOptionError | undefined> {
    const { permits } = this
    const { held } = await this.#locks.query(this.#name)
    const holders = held.filter(({ name, mode }) => name === this.#name && typeof mode === 'number')
    const isFree = permits === this.permits && holders.length > 0 && holders.length < permits
    if (isFree && this.#wasFree) {
      this.#jam?.abort()
      this.#jam = null
    }
    this.#wasFree = isFree
    const other = holders.find(({ mode }) => mode !== permits)
    if (other === undefined) return undefined
    const what = `${other.holder} holds a permit of '${this.#name}' as one of ${other.mode}, not of ${permits}`
    return new BadOptionError(`${what}: give the same number to all who use the name`, { option: 'permits' })
  }
}
