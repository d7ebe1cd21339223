/**
 * This file keeps a client present under a name: it has a shared hold of a lock, whose `meta` all others see, and takes it again after each loss. The members
 * of a group, announced services and caches are known to each other by it.
 */
import { watchAbort } from '../base/abort-watch.ts'
import { BadOptionError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import type { Signal } from '../base/platform.ts'
import { abortedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { retrying } from './retrying.ts'

/** What the first request of a presence may be given. */
export interface PresenceRequest {
  readonly wait?: number
  readonly signal?: Signal
}

/** @throws BAD_OPTION if it is not the name of one lock that can be watched: a `*` would stand for any characters. */
export function checkGroup(name: unknown, option: string): string {
  const checked = checkName(name, option)
  if (checked.includes('*')) throw new BadOptionError(`${option} must not contain '*', got '${checked}'`, { option })
  return checked
}

export class Presence {
  readonly #locks: Locks
  readonly #name: string
  readonly #stop = new AbortController()
  readonly #lost: () => void
  #meta: unknown
  /** The hold, or the request for it. */
  #granted: Promise<Hold> | undefined
  #hold: Hold | undefined

  /** @param lost is called when the others do not see it any more, before it is taken again */
  constructor(locks: Locks, name: string, meta: unknown, lost: () => void = () => {}) {
    this.#locks = retrying(locks)
    this.#name = name
    this.#meta = meta
    this.#lost = lost
  }

  /** Resolves when the others can see it. Rejects as `acquire` does, and then it has left no trace. */
  async begin(request: PresenceRequest = {}): Promise<void> {
    await this.#seek(request)
  }

  /** True as long as the others see it, by the session of this client at this moment. */
  get isSeen(): boolean {
    return this.#hold?.state === 'held'
  }

  /** Shows the others another meta. Resolves when the engine has noted it; while it is away, when it is back. */
  async tell(meta: unknown): Promise<void> {
    const before = this.#meta
    this.#meta = meta
    for (;;) {
      const hold = await this.#granted
      if (hold === undefined) return
      try {
        await hold.setMeta(this.#meta)
        return
      } catch (error) {
        if (hold.state === 'lost') {
          this.#onLost()
          continue
        }
        if (this.#meta === meta) this.#meta = before
        throw error
      }
    }
  }

  /** Is seen no more. Never rejects. */
  async end(): Promise<void> {
    this.#stop.abort()
    const hold = this.#hold
    if (hold === undefined) return
    this.#hold = undefined
    await hold.release()
  }

  #seek(request: PresenceRequest): Promise<Hold> {
    this.#granted = this.#take({ signal: this.#stop.signal, ...request })
    // Who waits for it is told. With nobody waiting, the engine was closed, and its user knows.
    this.#granted.catch(() => {})
    return this.#granted
  }

  async #take(request: PresenceRequest): Promise<Hold> {
    const hold = await this.#locks.acquire(this.#name, { ...request, mode: 'shared', meta: this.#meta })
    if (this.#stop.signal.aborted) {
      await hold.release()
      throw abortedError(this.#name, this.#stop.signal)
    }
    this.#hold = hold
    const { signal } = hold
    if (signal.aborted) this.#onLost()
    else watchAbort(signal, this.#onLost)
    return hold
  }

  readonly #onLost = (): void => {
    if (this.#hold?.state !== 'lost') return
    this.#hold = undefined
    this.#lost()
    void this.#seek({})
  }
}
