/** This file is the Web Locks API on any engine: `request` and `query`, made of `acquire`, `tryAcquire` and `query`. */
import { NoQuorumError, TimeoutError } from '../../base/errors.ts'
import { withJson } from '../../base/shown.ts'
import type { Admin } from '../admin.ts'
import type { Hold } from '../hold.ts'
import type { Locks } from '../locks.ts'
import type { QueryReport } from '../reports.ts'
import { notSupported, takeWebRequest, type WebRequest, webErrorOf } from './arguments.ts'
import { HeldWebLock } from './held.ts'
import { apiNameOf } from './names.ts'
import type { WebLocks, WebLocksSnapshot } from './types.ts'

const known = new WeakMap<Locks, WebLocks>()

/**
 * The Web Locks API of a client: one object for each client. A node has it as `node.locks`.
 *
 * @example
 * const web = webLocks(memoryLocks())
 * const total = await web.request('ledger', { mode: 'shared' }, () => ledger.total())
 */
export function webLocks(locks: Locks): WebLocks {
  let made = known.get(locks)
  if (made === undefined) known.set(locks, (made = new ClientWebLocks(locks)))
  return made
}

class ClientWebLocks implements WebLocks {
  readonly #locks: Locks
  /** By the name of the lock: what requests of this client hold, with the number of each request. */
  readonly #held = new Map<string, Map<HeldWebLock, number>>()
  /** By the name of the lock: the numbers of the requests that wait to steal it. */
  readonly #thieves = new Map<string, Set<number>>()
  #requests = 0

  constructor(locks: Locks) {
    this.#locks = locks
    Object.freeze(this)
  }

  readonly request = (async <T>(...args: readonly unknown[]): Promise<T> => {
    const request = takeWebRequest<T>(args)
    const number = ++this.#requests
    const hold = request.steal ? await this.#stolen(request, number) : await this.#granted(request)
    return hold === null ? await request.callback(null) : await this.#under(request, number, hold)
  }) as WebLocks['request']

  readonly query = async (): Promise<WebLocksSnapshot> => {
    const { held, pending } = await this.#read()
    return {
      held: held
        .map(({ name, mode, fence, holder, owner, heldMs, meta }) =>
          withJson({ name: apiNameOf(name), mode, clientId: holder, fence, owner, heldMs, meta }),
        )
        .sort((a, b) => b.heldMs - a.heldMs || byOwner(a, b)),
      pending: pending
        .map(({ name, mode, node, owner, waitedMs, meta }) => ({
          name: apiNameOf(name),
          mode,
          clientId: node,
          owner,
          waitedMs,
          meta,
        }))
        .sort((a, b) => b.waitedMs - a.waitedMs || byOwner(a, b)),
    }
  }

  async #granted(
    { lockName, mode, ifAvailable, signal, more }: WebRequest<unknown>,
    priority = more.priority,
  ): Promise<Hold | null> {
    const options = {
      ...more,
      mode,
      ...(signal === undefined ? {} : { signal }),
      ...(priority === undefined ? {} : { priority }),
    }
    try {
      return await (ifAvailable ? this.#locks.tryAcquire(lockName, options) : this.#locks.acquire(lockName, options))
    } catch (error) {
      throw webErrorOf(error, signal)
    }
  }

  /** Ends the holds that are there. Those that earlier requests of this client are granted meanwhile end in `#under`. */
  async #stolen(request: WebRequest<unknown>, number: number): Promise<Hold | null> {
    const { lockName, name } = request
    const { held } = await this.#read(lockName)
    const own = [...(this.#held.get(lockName)?.keys() ?? [])]
    const others = held.filter((row) => row.name === lockName && !own.some(({ fence }) => fence === row.fence))
    const { admin } = this.#locks as { readonly admin?: Admin }
    if (others[0] !== undefined && admin === undefined)
      throw notSupported(
        `the lock '${name}' cannot be stolen from ${others[0].holder}: this engine ends no hold of another client or call`,
      )
    const thieves = setOf(this.#thieves, lockName, () => new Set<number>())
    thieves.add(number)
    try {
      // Among the waiters before the holders end, so that none of this client comes between.
      const granted = this.#granted(request, Number.MAX_VALUE)
      for (const lock of own) lock.steal()
      return await unlessFailed(
        granted,
        others.map(({ fence }) => admin?.force(lockName, fence, { reason: 'stolen' })),
      )
    } catch (error) {
      throw webErrorOf(error)
    } finally {
      thieves.delete(number)
      if (thieves.size === 0) this.#thieves.delete(lockName)
    }
  }

  async #under<T>({ name, lockName, mode, signal, callback }: WebRequest<T>, number: number, hold: Hold): Promise<T> {
    if (signal?.aborted === true) {
      await hold.release()
      throw signal.reason
    }
    const lock = new HeldWebLock(name, mode, hold)
    const held = setOf(this.#held, lockName, () => new Map<HeldWebLock, number>())
    held.set(lock, number)
    try {
      lock.check()
      const work = callback(lock)
      for (const thief of this.#thieves.get(lockName) ?? []) if (thief > number) lock.steal()
      const result = await Promise.race([work, lock.broken])
      lock.check()
      return result
    } finally {
      held.delete(lock)
      if (held.size === 0) this.#held.delete(lockName)
      await lock.end()
    }
  }

  async #read(pattern?: string): Promise<QueryReport> {
    try {
      return await this.#locks.query(pattern)
    } catch (error) {
      throw webErrorOf(error)
    }
  }
}

/** The grant. If an order to end a hold is refused before, its error; the lock is then given back. An order that waits in vain stands. */
function unlessFailed(granted: Promise<Hold | null>, orders: readonly (Promise<unknown> | undefined)[]): Promise<Hold | null> {
  return new Promise((resolve, reject) => {
    let outcome: 'waits' | 'granted' | 'failed' = 'waits'
    granted.then((hold) => {
      if (outcome === 'failed') void hold?.release()
      outcome = 'granted'
      resolve(hold)
    }, reject)
    for (const order of orders)
      order?.catch((error: unknown) => {
        if (outcome === 'granted' || error instanceof TimeoutError || error instanceof NoQuorumError) return
        outcome = 'failed'
        reject(error)
      })
  })
}

/** The value of a key; a new one if there is none. */
function setOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

function byOwner(a: { readonly clientId: string; readonly owner: number }, b: typeof a): number {
  return a.clientId === b.clientId ? a.owner - b.owner : 0
}
