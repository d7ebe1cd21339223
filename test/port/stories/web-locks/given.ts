/** What the tests of the Web Locks API share. Each file here stands for the file of the same name in `web-locks` of the Web Platform Tests. */
import { expect } from 'chai'
import { webLocks } from '../../../../lib/port/web-locks/web-locks.ts'
import type { WebLock, WebLockOptions, WebLocks } from '../../../../lib/port/web-locks/types.ts'
import type { Locks } from '../../../../lib/port/locks.ts'
import { onEachEngine } from '../../../recipes/engines.ts'
import { type Clients, errorOf, type Watched, watch } from '../../engine.ts'

/** What a test is given: the Web Locks API of one client, or of two of one cluster. */
export interface Given {
  one(): Promise<WebLocks>
  two(): Promise<[WebLocks, WebLocks]>
  readonly clients: Clients
  readonly all: readonly Locks[]
}

/** Runs the tests of one file on each engine. */
export function webLocksTests(file: string, tests: (given: Given) => void): void {
  onEachEngine(`Web Locks, ${file}`, (clients) =>
    tests({
      one: async () => webLocks(await clients().open()),
      two: async () => {
        const [a, b] = await clients().two()
        return [webLocks(a), webLocks(b)]
      },
      get clients() {
        return clients()
      },
      get all() {
        return clients().all
      },
    }),
  )
}

/** A lock that a test holds until it calls `release`. */
export interface Holding {
  readonly lock: WebLock
  readonly request: Watched<unknown>
  release(): void
}

/** Resolves once the lock is granted. */
export function hold(web: WebLocks, name: string, options: WebLockOptions = {}): Promise<Holding> {
  return new Promise((resolve, reject) => {
    let release = (): void => {}
    const over = new Promise<void>((end) => (release = end))
    const request: Watched<unknown> = watch(
      web.request(name, options, (lock) => {
        setImmediate(() => resolve({ lock: lock as WebLock, request, release }))
        return over
      }),
    )
    request.promise.catch(reject)
  })
}

/** Expects a DOMException of that name. */
export async function expectDomError(name: string, call: () => Promise<unknown>): Promise<DOMException> {
  const error = await errorOf(call)
  expect(error).to.be.instanceOf(DOMException)
  expect(error.name).to.equal(name)
  return error as unknown as DOMException
}

/** A callback that must not be called. */
export function unreached(): never {
  throw new Error('the callback was called')
}
