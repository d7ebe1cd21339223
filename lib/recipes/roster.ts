/**
 * This file keeps what a recipe knows beyond its locks with the clients that use it. A lock keeps no value. So each client has a shared hold of one lock, the meta of that hold is
 * its note, and a watch tells each the notes of all.
 */
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { TimeoutError } from '../base/errors.ts'
import { onClosingOf } from '../port/closing.ts'
import { abortedError, closedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import type { LockWatch } from '../port/watch.ts'
import { EitherSignal } from './either-signal.ts'
import type { JointRequest } from './request.ts'
import { timeOf } from './time.ts'

/** What the owner of a place in the roster is told. */
export interface RosterUser {
  /** The notes have changed. Comes before the calls that wait look at them. */
  changed?(): void
  /** The place is gone, with this error: LOST, CLOSED, or that of the engine. Not after `leave`. */
  ended?(error: unknown): void
}

/** A call that waits for notes. */
interface Looker {
  look(): void
  fail(error: unknown): void
}

/** A place in a roster, from the first request to `leave` or its loss. It does not come back by itself. */
export class Roster {
  /** The notes of all clients in the roster, this one's included, as they were told last. */
  notes: readonly unknown[] = []
  readonly #locks: Locks
  readonly #name: string
  readonly #user: RosterUser
  #note: unknown
  #hold: Hold | null = null
  #isKnown = false
  #watch: LockWatch | null = null
  #end: { readonly error: unknown } | null = null
  readonly #stop = new EitherSignal()
  readonly #lookers = new Set<Looker>()
  readonly #unlisten: (() => void) | undefined
  readonly #over: Promise<void>

  /** @param note plain data: what the others read of this client */
  constructor(locks: Locks, name: string, note: unknown, user: RosterUser = {}) {
    this.#locks = locks
    this.#name = name
    this.#note = note
    this.#user = user
    this.#unlisten = onClosingOf(locks)?.(() => this.#finish(closedError(), false))
    this.#over = this.#run()
  }

  /** Throws LOST if the place is lost at this very moment, or the error that ended it. */
  check(): void {
    if (this.#end !== null) throw this.#end.error
    this.#hold?.check()
  }

  /** Shows the others another note. Rejects with LOST if the place is lost, BAD_OPTION if the note is not plain data of at most 1,024 bytes. */
  async note(note: unknown): Promise<void> {
    this.check()
    this.#note = note
    await this.#hold?.setMeta(note)
  }

  /** Asks for all notes anew: those of clients that entered before this call are among them when a later `until` judges. */
  refresh(): void {
    this.#isKnown = false
    void this.#watch?.return()
  }

  /**
   * Resolves to what `judge` returns, as soon as that is not undefined. It looks at the notes when all of them are known, and at each change.
   *
   * @throws what `judge` throws; TIMEOUT, ABORTED; the error that ended the place.
   */
  until<T>(judge: () => T | undefined, { waitMs, deadline, signal }: JointRequest, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      let stopTimer: (() => void) | undefined
      const onAbort = (): void => looker.fail(abortedError(what, signal))
      const over = (): void => {
        stopTimer?.()
        if (signal !== undefined) unwatchAbort(signal, onAbort)
        this.#lookers.delete(looker)
      }
      const looker: Looker = {
        look: () => {
          try {
            const found = judge()
            if (found === undefined) return
            over()
            resolve(found)
          } catch (error) {
            looker.fail(error)
          }
        },
        fail: (error) => {
          over()
          reject(error)
        },
      }
      if (this.#end !== null) return looker.fail(this.#end.error)
      if (signal?.aborted === true) return onAbort()
      this.#lookers.add(looker)
      if (this.#isKnown) looker.look()
      if (!this.#lookers.has(looker)) return
      if (signal !== undefined) watchAbort(signal, onAbort)
      if (waitMs === undefined) return
      const late = (): void => looker.fail(new TimeoutError(`${what} did not come within ${waitMs} ms of the call`))
      stopTimer = timeOf(this.#locks).after(Math.max(0, deadline.remainingMs), late)
    })
  }

  /** Leaves. The note is gone, and calls that wait reject with CLOSED. Resolves when the lock is released. */
  async leave(): Promise<void> {
    this.#finish(closedError(`'${this.#name}' was left`), true)
    await this.#over
  }

  async #run(): Promise<void> {
    let hold: Hold | undefined
    try {
      const { signal } = this.#stop
      const asked = this.#note
      hold = await this.#locks.acquire(this.#name, { mode: 'shared', meta: asked, signal })
      if (this.#end !== null) return
      this.#hold = hold
      // The note may have changed while the request waited.
      if (this.#note !== asked) await hold.setMeta(this.#note)
      this.#stop.follow(hold.signal)
      while (this.#end === null) {
        this.#watch = this.#locks.watch(this.#name, { signal })
        for await (const { held } of this.#watch) {
          this.notes = held.map(({ meta }) => meta)
          this.#isKnown = true
          this.#user.changed?.()
          for (const looker of [...this.#lookers]) looker.look()
        }
      }
    } catch (error) {
      this.#finish(hold?.state === 'lost' ? reasonFor(hold, error) : error, false)
    } finally {
      await hold?.release()
    }
  }

  #finish(error: unknown, isWanted: boolean): void {
    if (this.#end !== null) return
    this.#end = { error }
    this.#unlisten?.()
    void this.#hold?.release()
    this.#stop.abort(error)
    for (const looker of [...this.#lookers]) looker.fail(error)
    if (!isWanted) this.#user.ended?.(error)
  }
}

/** The error of the loss, in place of the one that the watch ended with. */
function reasonFor(hold: Hold, error: unknown): unknown {
  try {
    hold.check()
    return error
  } catch (loss) {
    return loss
  }
}
