/** What the conformance suite needs to know of an engine. */
import type { Locks } from '../../lib/port/locks.ts'

/** An engine that is under test. */
export interface Engine {
  readonly name: string
  /** A further client. Clients of one cluster exclude each other. */
  open(cluster: string): Promise<Locks>
  /** Whether the order of requests counts between clients and modes, and not only among the like requests of one client. */
  readonly isStrict: boolean
  /** It has the mode `exclusive` alone, and `query` tells the requests of its own client alone. */
  readonly isPlain?: boolean
  /** Resolves when a server behind the engine answered what was sent to it before. */
  reach?(): Promise<unknown>
}

/** How long a server may take to answer what it was asked. */
const serverMsMax = 10_000

/** The clients of one test, and how it sees what became of its calls. */
export class Clients {
  readonly all: Locks[] = []
  private readonly engine: Engine
  private readonly cluster: string

  /** A second mode beside `exclusive`, if the engine has one. */
  get shared(): 'shared' | 'exclusive' {
    return this.engine.isPlain === true ? 'exclusive' : 'shared'
  }

  /** Whether answers come from another process, when that has the time. */
  get hasServer(): boolean {
    return this.engine.reach !== undefined
  }

  constructor(engine: Engine, cluster: string) {
    this.engine = engine
    this.cluster = cluster
  }

  async open(): Promise<Locks> {
    const client = await this.engine.open(this.cluster)
    this.all.push(client)
    return client
  }

  /** Two of them, which may be clients of different processes as far as the engine can tell. */
  async two(): Promise<[Locks, Locks]> {
    return [await this.open(), await this.open()]
  }

  async three(): Promise<[Locks, Locks, Locks]> {
    return [await this.open(), await this.open(), await this.open()]
  }

  /**
   * Resolves when all that was asked for before has reached every client, and every answer has come back. A question and its answer
   * travel behind whatever was sent before, so each round takes all messages one hop further; a request that makes a peer ask in turn
   * is two hops and their answers.
   */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (const client of this.all) await client.query('*').catch(() => {})
      await this.engine.reach?.()
      // An engine may make a caller wait for the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Settles until it is true, and once more. A server may take its time, an engine without one has a number of rounds. */
  async until(isTrue: () => boolean): Promise<void> {
    const untilMs = performance.now() + serverMsMax
    for (let times = 0; !isTrue() && (this.hasServer ? performance.now() < untilMs : times < 50); times++) await this.settle()
    await this.settle()
  }

  async close(): Promise<void> {
    await Promise.all(this.all.splice(0).map((client) => client.close({ drain: 0 })))
  }
}

/** A call that is under way, as a test sees it: `outcome` is undefined as long as it waits. */
export interface Watched<T> {
  readonly promise: Promise<T>
  outcome: { readonly value: T } | { readonly error: unknown } | undefined
}

/** Watches a call, whose rejection is then no unhandled one. */
export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { promise, outcome: undefined }
  promise.then(
    (value) => (watched.outcome = { value }),
    (error: unknown) => (watched.outcome = { error }),
  )
  return watched
}

/** The error that a call rejects with, or throws. */
export async function errorOf(call: () => unknown): Promise<Error & { code?: string; option?: string; reason?: string }> {
  try {
    await call()
  } catch (error) {
    return error as Error
  }
  throw new Error('the call did not fail')
}
