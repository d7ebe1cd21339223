import { expect } from 'chai'
import { BadOptionError, type Event, type NodeOptions } from '../../../lib/index.ts'
import { hostileProxy, thrown, unprintable } from '../hostile-values.ts'
import { Pool } from '../pool.ts'

const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const throwing = {
  get secret(): never {
    throw new Error('a getter that throws')
  },
}

describe('what a user hands in', () => {
  const wrong: readonly (readonly [what: string, value: unknown, path: RegExp])[] = [
    ['a cycle', cyclic, /contains itself/],
    ['a getter that throws', { a: [throwing] }, /\.a\[0\]\.secret cannot be read: a getter that throws/],
    ['a proxy whose traps throw', { a: hostileProxy({}) }, /\.a cannot be read: trapped/],
    ['a bigint of more than 64 bits', { n: 2n ** 64n }, /\.n is a bigint of more than 64 bits/],
    ['a Date', { at: new Date(0) }, /\.at is an instance of Date/],
    ['an instance of a class', { job: new (class Job {})() }, /\.job is an instance of Job/],
    ['a Map', { map: new Map() }, /\.map is an instance of Map/],
    ['a function', { run: () => 1 }, /\.run is a function/],
    ['a symbol', { s: Symbol('s') }, /\.s is a symbol/],
    ['NaN', { n: [0, Number.NaN] }, /\.n\[1\] is NaN/],
    ['a lone surrogate', { text: 'a\ud800' }, /\.text is no well-formed Unicode/],
    ['a key with a lone surrogate', { ['\udc00']: 1 }, /no well-formed Unicode/],
    ['a huge string', { text: 'x'.repeat(65_537) }, /\.text is a string longer than 65536/],
    ['a key that names a prototype', JSON.parse('{"a":{"__proto__":{"x":1}}}'), /\.a\.__proto__ would name a prototype/],
    ['more values than travel', Array.from({ length: 10_001 }, () => 0), /at most 10000/],
  ]

  it('as meta is refused with its path, and nothing is acquired', async () => {
    const { node } = await new Pool(1).start()
    for (const [what, meta, path] of wrong) {
      const error = await thrown(() => node.acquire('a', { meta }))
      expect(error, what).to.be.instanceOf(BadOptionError).and.include({ option: 'meta' })
      expect((error as Error).message, what)
        .to.match(path)
        .and.to.match(/meta/)
    }
    expect((await node.query()).held).to.deep.equal([])
  })

  it('as a body or an answer of an actor is refused with its path', async () => {
    const pool = new Pool(2)
    const [a, b] = await pool.startAll(2)
    if (a === undefined || b === undefined) throw new Error('two nodes')
    let answer: unknown
    const refusals: unknown[] = []
    a.node.spawn('actor', {
      init: () => null,
      receive: (_state, _body, context) => {
        try {
          context.reply(answer)
        } catch (error) {
          refusals.push(error)
        }
      },
    })
    for (const [what, value, path] of wrong) {
      for (const node of [a.node, b.node]) {
        const ref = node.ref(a.node.id, 'actor')
        const errors = [await thrown(() => ref.tell(value)), await thrown(() => pool.simulation.outcome(ref.ask(value)))]
        for (const error of errors) expect(error, what).to.be.instanceOf(BadOptionError).and.have.property('message').match(path)
      }
      answer = value
      await pool.simulation.outcome(a.node.ref(a.node.id, 'actor').ask(1))
      expect(refusals.pop(), what).to.be.instanceOf(BadOptionError).and.have.property('message').match(path)
    }
  })

  it('as meta is the value at the call, also if the object changes later, and a query of it ends no process', async () => {
    const pool = new Pool(3)
    const [a, b] = await pool.startAll(2)
    if (a === undefined || b === undefined) throw new Error('two nodes')
    const bytes = new Uint8Array([1, 2])
    const meta: Record<string, unknown> = { id: 7, steps: [], bytes }
    await pool.simulation.outcome(a.node.acquire('job/7', { meta }))
    meta['self'] = meta
    ;(meta['steps'] as unknown[]).push(hostileProxy({}))
    bytes.fill(9)
    for (const node of [a.node, b.node]) {
      const [row] = (await pool.simulation.outcome(node.query())).held
      expect(row?.meta).to.deep.equal({ id: 7, steps: [], bytes: new Uint8Array([1, 2]) })
    }
    expect(a.node.state).to.equal('active')
  })

  it('as the name of an unknown event is BAD_OPTION, which names the event that was meant', async () => {
    const { node } = await new Pool(11).start()
    const said = async (type: string): Promise<string> => ((await thrown(() => node.on(type as '*', () => {}))) as Error).message
    expect(await said('lockLose')).to.match(
      /no event 'lockLose'\. Did you mean 'lockLost'\? The events are linkOpened, .*and \* for all/,
    )
    expect(await said('viewactivate')).to.match(/mean 'viewActivated'/)
    expect(await said('error')).to.not.match(/mean/)
    expect(() => node.on('lockLost', () => {})()).not.to.throw()
    expect(() => node.on('*', () => {})()).not.to.throw()
  })
})

describe('what a user does', () => {
  it('ends no node: loggers, listeners, watchers and discovery that throw or reject', async () => {
    const pool = new Pool(7)
    const boom = (): never => {
      throw unprintable
    }
    const rejecting = async (): Promise<void> => {
      await null
      boom()
    }
    const options: NodeOptions = {
      logger: { debug: boom, info: rejecting as () => void, warn: boom, error: boom },
      // biome-ignore lint/correctness/useYield: it throws before it yields
      discovery: async function* () {
        boom()
      },
    }
    const rejections: unknown[] = []
    const heard = (reason: unknown): void => void rejections.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', heard)
    try {
      const [a, b] = await pool.startAll(2, options)
      if (a === undefined || b === undefined) throw new Error('two nodes')
      a.node.on('*', boom)
      a.node.on('*', rejecting as () => void)
      a.node.spawn('worse', { init: () => null, receive: boom, stopped: rejecting as () => void, restart: { strategy: 'stop' } })
      for (const gone of [boom, rejecting as () => void]) {
        a.node.ref(a.node.id, 'worse').watch(gone)
        a.node.ref('nobody', 'actor').watch(gone)
      }
      const asked = b.node.ref(a.node.id, 'worse').ask(1)
      expect(await thrown(() => pool.simulation.outcome(asked))).to.include({ code: 'FAILED' })
      const hold = await pool.simulation.outcome(a.node.acquire('x'))
      await hold.release()
      await pool.simulation.runFor('2s')
      expect([a.node.state, b.node.state]).to.deep.equal(['active', 'active'])
      await new Promise((resolve) => setImmediate(resolve))
      expect(rejections).to.deep.equal([])
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const other of others) process.on('unhandledRejection', other)
    }
  })

  it('to a discovery that yields no list costs the discovery only', async () => {
    const said: string[] = []
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (text: string) => void said.push(text) }
    const { node } = await new Pool(8).start({
      logger,
      discovery: async function* () {
        yield [unprintable, 5, 'not an address'] as never
        yield 5 as never
      },
    })
    expect(node.state).to.equal('active')
    expect(said.join()).to.match(/discovery failed: it yielded number/)
  })

  it('to an actor after it was spawned changes nothing', async () => {
    const pool = new Pool(9)
    const { node } = await pool.start()
    const actor = {
      init: () => 1,
      receive: (state: number, _body: unknown, context: { reply(x: unknown): boolean }) => void context.reply(state),
    }
    const ref = node.spawn('actor', actor)
    actor.receive = () => {
      throw new Error('another function')
    }
    expect(await pool.simulation.outcome(ref.ask('x'))).to.equal(1)
  })

  it('with a text that is cut in the middle of a character arrives alike near and far', async () => {
    const pool = new Pool(10)
    const [a, b] = await pool.startAll(2)
    if (a === undefined || b === undefined) throw new Error('two nodes')
    const message = `${'x'.repeat(1999)}\u{1f512}`
    a.node.spawn('actor', { init: () => null, receive: (_state, _body, context) => void context.fail(message) })
    for (const { node } of [a, b]) {
      const error = await thrown(() => pool.simulation.outcome(node.ref(a.node.id, 'actor').ask(1)))
      expect((error as Error).message).to.equal(`${'x'.repeat(1999)}\ufffd`)
    }
  })
})

describe('what a user is handed', () => {
  it('is a copy or frozen: writing to it changes nothing inside', async () => {
    const pool = new Pool(11)
    const [a, b] = await pool.startAll(2)
    if (a === undefined || b === undefined) throw new Error('two nodes')
    const events: Event[] = []
    a.node.on('*', spoil)
    a.node.on('*', (event) => events.push(event))
    await pool.simulation.outcome(a.node.acquire('x', { meta: { list: [1], bytes: new Uint8Array([1]) } }))
    const read = async (): Promise<string> =>
      JSON.stringify([a.node.view, a.node.members, a.node.counters.messagesSent['lock.request'], await outcomeOf()])
    const outcomeOf = async (): Promise<unknown> => {
      const { held, cached } = await pool.simulation.outcome(a.node.query())
      return [held.map(({ meta, fence }) => [meta, fence.toString()]), cached]
    }
    const before = await read()
    spoil(a.node.view)
    spoil(a.node.members)
    spoil(a.node.counters)
    spoil(await pool.simulation.outcome(a.node.query()))
    spoil(await pool.simulation.outcome(a.node.explain('x')))
    expect(await read()).to.equal(before)
    expect(events.length).to.be.greaterThan(0)
    for (const event of events) expect(event.type).to.be.a('string').and.not.equal('spoilt')
    const third = await pool.start()
    expect(third.node.members.length).to.equal(3)
    expect(a.node.members.map(({ id }) => id)).to.deep.equal(b.node.members.map(({ id }) => id))
  })
})

/** Writes to everything that it can reach. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Uint8Array) return void value.fill(77)
  for (const item of Object.values(value)) spoil(item)
  for (const key of Object.keys(value)) Reflect.set(value, key, 'spoilt')
  if (Array.isArray(value) && !Object.isFrozen(value)) value.length = 0
}
