import { expect } from 'chai'
import { BadOptionError, type AcquireOptions, type Event, type NodeOptions } from '../../../lib/index.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { Pool } from '../pool.ts'

/** What a call throws, or its promise rejects with. */
async function thrown(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  throw new Error('expected an error')
}

/** A proxy whose every trap throws. */
function hostileProxy(target: object): object {
  const trap = (): never => {
    throw new Error('trapped')
  }
  return new Proxy(target, { get: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, has: trap })
}

const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const throwing = {
  get secret(): never {
    throw new Error('a getter that throws')
  },
}
const unprintable = Object.create(null) as object

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

  it('is read once: a getter cannot pass the check with one value and be used with another', async () => {
    let reads = 0
    const settings = parseOptions({
      get cluster() {
        return reads++ === 0 ? 'first' : 'x'.repeat(1000)
      },
    })
    expect(settings.cluster).to.equal('first')
    expect(reads).to.equal(1)
    const { node } = await new Pool(4).start()
    reads = 0
    const options: AcquireOptions = {
      get wait() {
        return reads++ === 0 ? 1000 : -1
      },
    }
    await node.acquire('a', options)
    expect(reads).to.equal(1)
  })

  it('as options is copied and frozen, so that changing the object later changes nothing', () => {
    const said: string[] = []
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (text: string) => void said.push(text) }
    const join = ['a:1', 'b:1']
    const tls = { key: pem('PRIVATE KEY'), cert: pem('CERTIFICATE'), ca: pem('CERTIFICATE') }
    const algorithms = { 'x/*': 'token-ring' }
    const limits = { locksMax: 5 }
    const options = { join, tls, algorithms, permits: { 'p/*': 2 }, limits, logger }
    const settings = parseOptions(options)
    const before = JSON.stringify(settings)
    join.push('c:1')
    tls.ca = ''
    algorithms['x/*'] = 'none'
    limits.locksMax = -1
    logger.error = () => {
      throw new Error('another logger')
    }
    expect(JSON.stringify(settings)).to.equal(before)
    settings.logger?.error('said')
    expect(said).to.deep.equal(['said'])
    for (const part of [settings, settings.join, settings.tls, settings.limits, settings.config, settings.config.algorithms])
      expect(Object.isFrozen(part)).to.equal(true)
  })

  it('as options that cannot be read is BAD_OPTION, for every call', async () => {
    const { node } = await new Pool(5).start()
    const getter = (name: string): object =>
      Object.defineProperty({}, name, {
        enumerable: true,
        get() {
          throw new Error('a getter that throws')
        },
      })
    const ref = node.ref(node.id, 'nobody')
    const attempts: readonly (readonly [what: string, attempt: () => unknown])[] = [
      ['createNode', () => parseOptions(getter('secret') as NodeOptions)],
      ['createNode', () => parseOptions(hostileProxy({}) as NodeOptions)],
      ['tls', () => parseOptions({ tls: getter('key') } as NodeOptions)],
      [
        'join',
        () =>
          parseOptions({
            join: new Proxy(['a:1'], {
              get: () => {
                throw new Error('trapped')
              },
            }),
          }),
      ],
      ['limits', () => parseOptions({ limits: getter('locksMax') })],
      ['profile', () => parseOptions({ profile: getter('session') })],
      ['permits', () => parseOptions({ permits: getter('p/*') as Record<string, number> })],
      ['logger', () => parseOptions({ logger: getter('warn') } as NodeOptions)],
      ['acquire', () => node.acquire('a', getter('wait'))],
      ['acquire', () => node.acquire('a', hostileProxy({}))],
      ['tryAcquire', () => node.tryAcquire('a', getter('meta'))],
      ['withLock', () => node.withLock('a', getter('mode'), () => 1)],
      ['ask', () => ref.ask(1, getter('wait'))],
      ['spawn', () => node.spawn('a', getter('init') as never)],
    ]
    for (const [what, attempt] of attempts) expect(await thrown(attempt), what).to.be.instanceOf(BadOptionError)
  })

  it('as a value that cannot be shown as text is BAD_OPTION all the same', async () => {
    const { node } = await new Pool(6).start()
    const options = ['clock', 'wait', 'listen', 'advertise', 'cluster', 'algorithm', 'secret', 'join', 'directory', 'signal']
    for (const option of options)
      expect(await thrown(() => parseOptions({ [option]: unprintable } as NodeOptions)), option).to.be.instanceOf(BadOptionError)
    for (const option of ['wait', 'mode', 'priority', 'signal'])
      expect(await thrown(() => node.acquire('a', { [option]: unprintable })), option).to.be.instanceOf(BadOptionError)
    const fakeSignal = Object.create(AbortSignal.prototype) as AbortSignal
    expect(await thrown(() => node.acquire('a', { signal: fakeSignal }))).to.include({ code: 'BAD_OPTION', option: 'signal' })
    expect(await thrown(() => node.on('*', unprintable as never))).to.include({ code: 'BAD_OPTION', option: 'listener' })
    for (const type of ['', 'lost', 5, unprintable])
      expect(await thrown(() => node.on(type as '*', () => {}))).to.include({ code: 'BAD_OPTION', option: 'type' })
    expect(await thrown(() => node.ref('', 'a'))).to.include({ code: 'BAD_OPTION', option: 'member' })
    expect(await thrown(() => node.ref(node.id, 'a').watch(1 as never))).to.include({ code: 'BAD_OPTION', option: 'gone' })
    for (const name of ['', 'a\ud800', 5, unprintable] as string[])
      for (const attempt of [() => node.acquire(name), () => node.query(name), () => node.ref(node.id, name)])
        expect(await thrown(attempt)).to.be.instanceOf(BadOptionError)
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

  it('as empty text is an error that names the option, also where it would mean "not given"', async () => {
    const good = { key: pem('PRIVATE KEY'), cert: pem('CERTIFICATE'), ca: pem('CERTIFICATE') }
    const empties: readonly (readonly [options: NodeOptions, option: string, says: RegExp])[] = [
      ...(['key', 'cert', 'ca'] as const).flatMap((part) =>
        ['', ' \n', 'no PEM', '-----BEGIN CERTIFICATE-----'].map(
          (text) => [{ tls: { ...good, [part]: text } }, 'tls', new RegExp(`tls\\.${part} is`)] as const,
        ),
      ),
      [{ tls: {} as never }, 'tls', /key, cert and ca/],
      [{ secret: '' }, 'secret', /empty/],
      [{ secret: ' '.repeat(16) }, 'secret', /white space/],
      [{ directory: '' }, 'directory', /empty/],
      [{ directory: 'a\0b' }, 'directory', /no path has/],
      [{ dataDir: '', join: ['a:1'] }, 'dataDir', /folder/],
      [{ cluster: '' }, 'cluster', /empty/],
      [{ join: [''] }, 'join', /an address/],
      [{ join: '' as never }, 'join', /addresses/],
      [{ listen: '' }, 'listen', /address/],
      [{ advertise: '' }, 'advertise', /address/],
      [{ algorithm: '' }, 'algorithm', /algorithm/],
      [{ wait: '' as never }, 'wait', /duration/],
      [{ profile: '' as never }, 'profile', /local/],
      [{ permits: { '': 2 } }, 'permits', /empty/],
      [{ algorithms: { 'a/*': '' } }, 'algorithm', /algorithm/],
    ]
    for (const [options, option, says] of empties) {
      const error = await thrown(() => parseOptions(options))
      expect(error, JSON.stringify(options)).to.be.instanceOf(BadOptionError)
      expect((error as BadOptionError).option, JSON.stringify(options)).to.equal(option)
      expect((error as Error).message, JSON.stringify(options)).to.match(says)
    }
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

function pem(what: string): string {
  return `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
}

/** Writes to everything that it can reach. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Uint8Array) return void value.fill(77)
  for (const item of Object.values(value)) spoil(item)
  for (const key of Object.keys(value)) Reflect.set(value, key, 'spoilt')
  if (Array.isArray(value) && !Object.isFrozen(value)) value.length = 0
}
