/**
 * Every place at which a node calls a function of the user's, or reads an object of the user's later than the call, and every
 * way in which that can go wrong. Nothing of it may end the process, the session, or what others do at the node.
 */
import { expect } from 'chai'
import type { UserActor } from '../../../lib/index.ts'
import { Pool, type Worker } from '../pool.ts'

const unprintable = Object.create(null) as object
const boom = (): never => {
  throw new Error('boom')
}

function thenable(then: (resolve: unknown, reject: (error: Error) => void) => void): object {
  return Object.defineProperty({}, 'then', { value: then })
}

/** What a function of the user's does instead of its work. */
const ways: readonly (readonly [what: string, act: () => unknown])[] = [
  ['throws', boom],
  [
    'throws what cannot be shown',
    () => {
      throw unprintable
    },
  ],
  ['rejects', () => Promise.reject(new Error('boom'))],
  ['rejects later with what cannot be shown', () => new Promise((_, reject) => setImmediate(reject, unprintable))],
  ['returns a thenable that throws', () => thenable(boom)],
  ['returns a thenable that rejects', () => thenable((_, reject) => reject(new Error('boom')))],
  ['returns an object whose then cannot be read', () => Object.defineProperty({}, 'then', { get: boom })],
  ['returns a promise whose then throws', () => Object.defineProperty(Promise.resolve(1), 'then', { value: boom })],
  ['returns a rejected promise whose catch throws', () => Object.assign(Promise.reject(new Error('boom')), { catch: boom })],
  [
    'returns a promise whose constructor cannot be read',
    () => Object.defineProperty(Promise.resolve(1), 'constructor', { get: boom }),
  ],
]

type Act = () => unknown

/** Where: sets a trap at the node, and springs it. */
const places: Readonly<Record<string, (pool: Pool, worker: Worker, act: Act) => Promise<unknown>>> = {
  'a listener of events': async (pool, { node }, act) => {
    node.on('lockGranted', act as () => void)
    node.on('*', act as () => void)
    await (await pool.outcome(node.acquire('x'))).release()
  },
  'a watcher of an actor': async (_pool, { node }, act) => {
    const ref = node.spawn('watched', { init: () => null, receive: () => {} })
    node.ref(node.id, 'watched').watch(act as () => void)
    node.ref('nobody', 'actor').watch(act as () => void)
    await new Promise((resolve) => setImmediate(resolve))
    ref.stop()
  },
  'init at the spawning': async (_pool, { node }, act) => {
    try {
      node.spawn('a', { init: act, receive: () => {} } as UserActor<unknown>)
    } catch {
      // The spawner hears of it.
    }
  },
  'init at a restart': async (pool, { node }, act) => {
    let begins = 0
    node.spawn('a', {
      init: () => (begins++ === 0 ? null : act()),
      receive: boom,
      restart: { strategy: 'restart', restartsMax: 2 },
    })
    await pool.outcome(
      node
        .ref(node.id, 'a')
        .ask(1, { wait: '1s' })
        .catch(() => null),
    )
  },
  receive: async (pool, { node }, act) => {
    node.spawn('a', { init: () => null, receive: act } as UserActor<unknown>)
    await pool.outcome(
      node
        .ref(node.id, 'a')
        .ask(1, { wait: '1s' })
        .catch(() => null),
    )
  },
  'timer of an actor': async (_pool, { node }, act) => {
    const init: UserActor<unknown>['init'] = (context) => context.setTimer('t', 1, 1)
    node.spawn('a', { init, receive: () => {}, timer: act } as UserActor<unknown>)
  },
  'stopped of an actor': async (_pool, { node }, act) => {
    node.spawn('a', { init: () => null, receive: () => {}, stopped: act } as UserActor<unknown>).stop()
  },
  withLock: async (pool, { node }, act) => {
    const over = node.withLock('x', act).catch(() => null)
    await pool.simulation.runFor('1s')
    // Some of the ways take a turn of the real loop, for which virtual time does not wait.
    await new Promise((resolve) => setImmediate(resolve))
    await pool.outcome(over)
  },
  'the reason of a signal': async (pool, { node }, act) => {
    const holder = await pool.outcome(node.acquire('x'))
    const client = new AbortController()
    Object.defineProperty(client.signal, 'reason', { get: act })
    const codes = ['x', 'x'].map((name) =>
      node.acquire(name, { signal: client.signal }).catch((error: { code: string }) => error.code),
    )
    const asked = node
      .ref('nobody', 'a')
      .ask(1, { signal: client.signal })
      .catch((error: { code: string }) => error.code)
    client.abort()
    expect(await pool.outcome(Promise.all([...codes, asked]))).to.deep.equal(['ABORTED', 'ABORTED', 'ABORTED'])
    await holder.release()
  },
}

describe('a function of a user', () => {
  const unheard: unknown[] = []
  const kinds = ['unhandledRejection', 'uncaughtException'] as const
  const hear = (error: unknown): void => void unheard.push(error)
  let others: (readonly [(typeof kinds)[number], readonly NodeJS.UnhandledRejectionListener[]])[]

  beforeEach(() => {
    unheard.length = 0
    others = kinds.map((kind) => [kind, process.listeners(kind as 'unhandledRejection')])
    for (const kind of kinds) process.removeAllListeners(kind).on(kind, hear)
  })
  afterEach(() => {
    for (const [kind, listeners] of others) {
      process.removeAllListeners(kind)
      for (const listener of listeners) process.on(kind as 'unhandledRejection', listener)
    }
  })

  /** Lets everything come out that can, and looks whether the nodes go on. */
  async function expectCalm(pool: Pool, workers: readonly Worker[]): Promise<void> {
    await pool.simulation.runFor('1s')
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(unheard).to.deep.equal([])
    for (const { node } of workers) {
      expect(node.state).to.equal('active')
      await (await pool.outcome(node.acquire('after'))).release()
    }
  }

  for (const [where, spring] of Object.entries(places)) {
    it(`has no other effect as ${where}, with any failure`, async () => {
      // A reason is a value: what becomes of a promise that is one is not for the node to say.
      const tried = where === 'the reason of a signal' ? ways.slice(0, 2) : ways
      for (const [what, act] of tried) {
        const pool = new Pool(3)
        const workers = (await pool.startAll(2)) as [Worker, Worker]
        await spring(pool, workers[0], act)
        await expectCalm(pool, workers)
        await pool.closeAll()
        expect(unheard, what).to.deep.equal([])
      }
    })
  }

  it('has no other effect as a logger or as discovery, with any failure', async () => {
    for (const [what, act] of ways) {
      const pool = new Pool(4)
      const log = act as () => void
      const logger = { debug: log, info: log, warn: log, error: log }
      const discovery = act as never
      const workers = await pool.startAll(2, { logger, discovery })
      await expectCalm(pool, workers)
      await pool.closeAll()
      expect(unheard, what).to.deep.equal([])
    }
  })

  it('as discovery that returns a promise costs the discovery only, and the log says how to write it', async () => {
    const said: string[] = []
    const log = (text: string): void => void said.push(text)
    const discovery = (async () => ['a:1']) as never
    const pool = new Pool(7)
    const worker = await pool.start({ logger: { debug: log, info: log, warn: log, error: log }, discovery })
    await expectCalm(pool, [worker])
    expect(said.join()).to.match(/discovery failed: it returned a promise, not an async iterable/)
    await pool.closeAll()
  })

  it('as init is refused by name where it is asynchronous, at the spawning and at a restart', async () => {
    const pool = new Pool(5)
    const { node } = await pool.start()
    const said: string[] = []
    node.on('actorFailed', ({ message, restarted }) => void said.push(`${restarted ? 'again' : 'over'}: ${message}`))
    expect(() => node.spawn('a', { init: async () => 1, receive: () => {} }))
      .to.throw(/init of actor 'a' returned a promise, and must return the first state itself/)
      .that.includes({ code: 'BAD_OPTION', option: 'init' })
    let begins = 0
    const gone = new Promise<string>((resolve) => {
      node.spawn('b', {
        init: () => (begins++ === 0 ? null : (Promise.resolve(1) as never)),
        receive: boom,
        restart: { strategy: 'restart', restartsMax: 3, withinMs: 1000 },
      })
      node.ref(node.id, 'b').watch(resolve)
    })
    node.ref(node.id, 'b').tell(1)
    expect(await pool.outcome(gone)).to.match(/init of actor 'b' returned a promise/)
    expect(said.map((text) => text.split(':')[0])).to.deep.equal(['again', 'again', 'again', 'over'])
    await pool.closeAll()
  })

  it('as init that fails at every restart ends the actor after the most restarts that there may be', async () => {
    const pool = new Pool(6)
    const { node } = await pool.start()
    let begins = 0
    const init = (): null => (begins++ === 0 ? null : boom())
    const restart = { strategy: 'restart', restartsMax: 1_000, withinMs: 1e6 } as const
    node.spawn('a', { init, receive: boom, restart })
    const gone = new Promise<string>((resolve) => node.ref(node.id, 'a').watch(resolve))
    node.ref(node.id, 'a').tell(1)
    expect(await pool.outcome(gone)).to.equal('failed: boom')
    expect(begins).to.equal(1_001)
    expect(() => node.spawn('b', { init, receive: boom, restart: { ...restart, restartsMax: 1_001 } }))
      .to.throw(/restartsMax must be a whole number from 0 to 1000/)
      .that.includes({ code: 'BAD_OPTION' })
    await pool.closeAll()
  })
})
