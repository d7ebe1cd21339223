/** What an engine does with wrong calls and hostile values: each is BAD_OPTION that names what was wrong, and nothing has happened. */
import { expect } from 'chai'
import { messageOf } from '../../lib/base/message-of.ts'
import type { AcquireOptions } from '../../lib/port/acquire-options.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { type Clients, errorOf } from './engine.ts'

const badNames: readonly unknown[] = ['', 'é'.repeat(129), '\ud800', undefined, null, 5, {}, [], Symbol('x'), new String('x')]

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

const badOptions: readonly (readonly [option: string, value: unknown])[] = [
  ...[0, -1, Number.NaN, Infinity, 2 ** 31, '', '5', '5 s', null, {}, []].map((wait) => ['wait', wait] as const),
  ...[{}, null, 'x', Object.create(AbortSignal.prototype)].map((signal) => ['signal', signal] as const),
  ...['', 'write', 0, -1, 1.5, Number.NaN, 1_000_001, null, {}, [], { permits: 0 }, { permits: 3, of: 4 }].map(
    (mode) => ['mode', mode] as const,
  ),
  ...[Number.NaN, Infinity, '1', null, {}].map((priority) => ['priority', priority] as const),
  ...[0, -1, Number.NaN, Infinity, 2 ** 31, '', '5', null, {}].map((maxHold) => ['maxHold', maxHold] as const),
  ...[() => {}, cyclic, 'x'.repeat(1100), new Date(), Symbol('x'), 2n ** 70n, [Number.NaN], '\ud800'].map(
    (meta) => ['meta', meta] as const,
  ),
  ['timeout', 5],
  ['ttl', '5s'],
]

/** Known by their names, and carried by few engines. */
const rareModes = ['shared', 'intention-shared', 'upgradable'].map((mode) => ['mode', mode] as const)

export function itRefuses(given: () => Clients, isPlain: boolean): void {
  const calls = (client: Locks): readonly ((name: string, options?: AcquireOptions) => Promise<unknown>)[] => [
    (name, options) => client.acquire(name, options),
    (name, options) => client.tryAcquire(name, options),
    (name, options) => client.withLock(name, options as AcquireOptions, () => {}),
  ]

  it('of a name is refused', async () => {
    const a = await given().open()
    for (const name of badNames) {
      for (const call of calls(a))
        expect(await errorOf(() => call(name as string, {}))).to.include({ code: 'BAD_OPTION', option: 'lock name' })
    }
    for (const pattern of badNames.filter((each) => each !== undefined))
      expect(await errorOf(() => a.query(pattern as string))).to.include({ code: 'BAD_OPTION', option: 'pattern' })
    expect(await a.query()).to.deep.include({ held: [], pending: [] })
  })

  it('of an option is refused, by its name', async () => {
    const a = await given().open()
    for (const [option, value] of [...badOptions, ...(isPlain ? rareModes : [])]) {
      for (const call of calls(a)) {
        const error: unknown = await call('door', { [option]: value }).catch((reason: unknown) => reason)
        expect(error, `${option}: ${messageOf(value)}`).to.include({ code: 'BAD_OPTION', option })
      }
    }
    for (const options of [null, 5, 'shared', ['shared'], () => {}]) {
      for (const call of calls(a))
        expect(await errorOf(() => call('door', options as never))).to.include({ code: 'BAD_OPTION', option: 'options' })
    }
    expect(await a.query()).to.deep.include({ held: [], pending: [] })
    await (await a.acquire('door', { wait: '10s' })).release()
  })

  it('whose options cannot be read is refused', async () => {
    const a = await given().open()
    const boom = (): never => {
      throw new Error('boom')
    }
    const unreadable = [
      Object.defineProperty({}, 'wait', { get: boom, enumerable: true }),
      new Proxy({}, { ownKeys: boom }),
      new Proxy({}, { get: boom }),
    ]
    for (const options of unreadable)
      for (const call of calls(a)) expect(await errorOf(() => call('door', options))).to.include({ code: 'BAD_OPTION' })
  })

  it('without a function is refused before the lock is asked for', async () => {
    const a = await given().open()
    for (const fn of [undefined, null, 'x', {}])
      expect(await errorOf(() => a.withLock('door', fn as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect(await a.query()).to.deep.include({ held: [], pending: [] })
  })

  it('is told by an error that names the option that was probably meant', async () => {
    const a = await given().open()
    const error = await errorOf(() => a.acquire('door', { timeout: 5 } as never))
    expect(error.message).to.include("Did you mean 'wait'?")
  })

  it('reads each option once, at the call', async () => {
    const a = await given().open()
    const reads: string[] = []
    const source: Record<string, unknown> = { wait: '10s', mode: given().shared, priority: 1, meta: { n: 1 } }
    const options = new Proxy(source, {
      get: (target, key) => {
        reads.push(String(key))
        return target[String(key)]
      },
    })
    const holding = await a.acquire('door')
    const waiting = a.acquire('door', options)
    source['mode'] = 'upgradable'
    ;(source['meta'] as { n: number }).n = 2
    await holding.release()
    const hold = await waiting
    expect(hold.mode).to.equal(given().shared)
    expect((await a.query('door')).held[0]?.meta).to.deep.equal({ n: 1 })
    expect(new Set(reads).size).to.equal(reads.length)
    await hold.release()
  })
}
