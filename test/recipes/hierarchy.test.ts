import { inspect } from 'node:util'
import { expect } from 'chai'
import { seededRandom } from '../../lib/base/random.ts'
import { createNode } from '../../lib/index.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { hierarchy, type PathHold } from '../../lib/recipes/hierarchy.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

const till = 'shop/till/3'
const tills = ['shop', 'shop/till', till]

async function expectFree(locks: Locks, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const hold = await locks.tryAcquire(name)
    expect(hold, name).to.not.equal(null)
    await hold?.release()
  }
}

onEachEngine('hierarchy', (given) => {
  it('lasts as long as each of its parts, and tells how long that is', async () => {
    const paths = hierarchy(await given().open())
    const hold = await paths.acquire(till, { maxHold: 400 })
    hold.check(50)
    await hold.ensure(50)
    expect(await errorOf(() => hold.check(400))).to.include({ code: 'BAD_OPTION', option: 'margin' })
    expect(await errorOf(() => hold.ensure(400))).to.include({ code: 'BAD_OPTION', option: 'time' })
    const untilMs = performance.now() + 20
    while (performance.now() < untilMs) {
      // 20 of its 400 ms go by.
    }
    expect(await errorOf(() => hold.check(395))).to.include({ code: 'EXPIRING' })
    expect(await errorOf(() => hold.ensure(395))).to.include({ code: 'EXPIRING' })
    await hold.release()
    expect(await errorOf(() => hold.ensure(1))).to.include({ code: 'NOT_OWNER' })
  })

  it('takes an intention on each part above, from the root down, then the path, and releases in reverse', async () => {
    const spied = new SpiedLocks(await given().open())
    const above = {
      exclusive: 'intention-exclusive',
      shared: 'intention-shared',
      upgradable: 'intention-exclusive',
      'intention-shared': 'intention-shared',
      'intention-exclusive': 'intention-exclusive',
      'shared-intention-exclusive': 'intention-exclusive',
    } as const
    for (const [mode, intention] of Object.entries(above)) {
      spied.asked.length = 0
      spied.released.length = 0
      const hold = await hierarchy(spied).acquire(till, { mode: mode as keyof typeof above, priority: 2, meta: { job: 7 } })
      expect(spied.asked.map(({ name, options }) => [name, options.mode])).to.deep.equal([
        ['shop', intention],
        ['shop/till', intention],
        [till, mode],
      ])
      for (const { options } of spied.asked) expect(options).to.deep.include({ priority: 2, meta: { job: 7 } })
      expect(hold).to.include({ name: till, mode, state: 'held' })
      expect(hold.fence).to.equal(hold.parts[2]?.fence)
      await hold.release()
      expect(spied.released).to.deep.equal(tills.toReversed())
    }
  })

  it('lets holders of different paths in together, and excludes all that is below a path', async () => {
    const [one, two, three] = await given().three()
    const [a, b, c] = [hierarchy(one), hierarchy(two), hierarchy(three)]
    const [third, fourth] = [await a.acquire(till), await b.acquire('shop/till/4')]
    expect(await c.tryAcquire(till)).to.equal(null)
    expect(await c.tryAcquire('shop')).to.equal(null)
    expect(await c.tryAcquire('shop/till', { mode: 'shared' })).to.equal(null)
    const beside = await c.acquire('shop/office', { mode: 'shared' })
    const whole = watch(c.acquire('shop', { wait: '20s' }))
    await given().settle()
    expect(whole.outcome).to.equal(undefined)
    for (const hold of [third, fourth, beside]) await hold.release()
    const shop = await whole.promise
    for (const path of [till, 'shop/office', 'shop']) expect(await a.tryAcquire(path), path).to.equal(null)
    const other = await a.acquire('shopping/till')
    await Promise.all([shop.release(), other.release()])
    await (await b.acquire(till)).release()
  })

  it('lets readers of a part in beside a reader of the whole, and no writer of a part', async () => {
    const [a, b] = await given().two()
    const whole = await hierarchy(a).acquire('shop', { mode: 'shared' })
    const part = await hierarchy(b).acquire(till, { mode: 'shared' })
    expect(await hierarchy(b).tryAcquire('shop/till/4')).to.equal(null)
    expect(await hierarchy(a).tryAcquire('shop/till/4')).to.equal(null)
    await Promise.all([whole.release(), part.release()])
    const own = await hierarchy(a).acquire('shop', { mode: 'shared-intention-exclusive' })
    const reader = await hierarchy(b).acquire(till, { mode: 'shared' })
    expect(await hierarchy(b).tryAcquire('shop/till/4')).to.equal(null)
    await Promise.all([own.release(), reader.release()])
  })

  it('never has a writer beside another holder of its path, of a path above or of one below, in a storm of requests', async function () {
    this.timeout(60_000)
    const clients = await given().three()
    const random = seededRandom(7)
    const paths = ['s', 's/a', 's/b', 's/a/1', 's/a/2', 's/b/1', 't/a']
    const inside = new Set<{ readonly path: string; readonly writes: boolean }>()
    const related = (one: string, other: string): boolean =>
      `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)
    let beside = 0
    const caller = async (n: number): Promise<void> => {
      const tree = hierarchy(clients[n % 3] as Locks)
      for (let i = 0; i < 25; i++) {
        const path = paths[random.below(paths.length)] as string
        const writes = random.below(2) === 0
        await tree.withLock(path, { mode: writes ? 'exclusive' : 'shared' }, async (hold) => {
          const own = { path, writes }
          for (const other of inside)
            if (related(path, other.path)) expect(writes || other.writes, `${path} beside ${other.path}`).to.equal(false)
          if (inside.size > 0) beside++
          inside.add(own)
          for (let turns = random.below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
          hold.check()
          inside.delete(own)
        })
      }
    }
    await Promise.all(Array.from({ length: 9 }, (_, n) => caller(n)))
    expect(beside).to.be.greaterThan(20)
    await expectFree(clients[0], paths)
  })

  it('asks for all parts at once, which costs a free path no more time than one lock', async () => {
    const spied = new SpiedLocks(await given().open())
    let allAsked = (): void => {}
    const asked = new Promise<void>((resolve) => {
      allAsked = resolve
    })
    spied.before = () => {
      if (spied.asked.length === tills.length) allAsked()
      return asked
    }
    await (await hierarchy(spied).acquire(till)).release()
    expect(spied.asked).to.have.length(tills.length)
  })

  it('has nothing that comes after the part for which it waits: two that had would wait for each other', async () => {
    const [a, b] = await given().two()
    const blocker = await b.acquire('shop/till')
    const waiting = watch(hierarchy(a).acquire(till))
    await given().settle()
    await (await b.acquire(till, { wait: '5s' })).release()
    await blocker.release()
    await (await waiting.promise).release()
    await expectFree(b, tills)
  })

  it('gives each part what the parts above left of the deadline, and says which was not granted', async () => {
    const client = await given().open()
    const spied = new SpiedLocks(client)
    spied.before = () => {
      // The tries fail, so the parts are asked for in order.
      if (spied.asked.length <= 3) throw new Error('not now')
      spied.time.advance(400)
    }
    await (await hierarchy(spied).acquire(till, { wait: '2s' })).release()
    expect(spied.asked.slice(3).map(({ options }) => options.wait)).to.deep.equal([2000, 1600, 1200])
    spied.asked.length = 0
    const error = await errorOf(() => hierarchy(spied).acquire(till, { wait: 700 }))
    expect(error).to.include({ code: 'TIMEOUT' })
    expect(error.message).to.match(/^the lock 'shop\/till\/3', number 3 of 3, was not granted within 700 ms/)
    await expectFree(client, tills)
  })

  it('keeps nothing when the path, or a part above, cannot be had', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    for (const name of tills) {
      const blocker = await b.acquire(name)
      spied.released.length = 0
      expect(await errorOf(() => hierarchy(spied).acquire(till, { wait: 20 })), name).to.include({ code: 'TIMEOUT' })
      expect(await hierarchy(spied).tryAcquire(till), name).to.equal(null)
      expect(spied.released).to.not.include(name)
      await blocker.release()
      await expectFree(b, tills)
    }
    const aborter = new AbortController()
    const blocker = await b.acquire(till)
    const waiting = watch(hierarchy(a).acquire(till, { signal: aborter.signal }))
    await given().settle()
    aborter.abort()
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'ABORTED' })
    await blocker.release()
    await expectFree(b, tills)
  })

  it('is lost as a whole, with one signal, and released once', async () => {
    const [a, b] = await given().two()
    const [held, lost] = [await hierarchy(a).acquire(till), await hierarchy(b).acquire('shop/office')]
    await b.close({ drain: 0 })
    expect(lost.signal.reason).to.include({ code: 'LOST', reason: 'closed' })
    expect(lost.state).to.equal('lost')
    expect(await errorOf(() => lost.check())).to.include({ code: 'LOST' })
    expect(await lost.release()).to.equal('lost')
    expect(held.signal.aborted).to.equal(false)
    expect(await Promise.all([held.release(), held.release()])).to.deep.equal(['released', 'already'])
    expect(await errorOf(() => held.check())).to.include({ code: 'NOT_OWNER' })
    await expectFree(a, tills)
  })

  it('does not stand any more when an intention above it ended', async () => {
    const a = await given().open()
    const hold = await hierarchy(a).acquire(till)
    await hold.parts[0]?.release()
    expect(hold.state).to.equal('released')
    expect(await errorOf(() => hold.check())).to.include({ code: 'NOT_OWNER' })
    await hold.release()
    await expectFree(a, tills)
  })

  it('runs a function under the path, passes on its own error, thrown or rejected, and has the path free again', async () => {
    const a = await given().open()
    const tree = hierarchy(a)
    expect(await tree.withLock(till, ({ parts }) => parts.length)).to.equal(3)
    const own = new Error('mine')
    const throwing = (): never => {
      throw own
    }
    expect(await errorOf(() => tree.withLock(till, { mode: 'shared' }, throwing))).to.equal(own)
    expect(await errorOf(() => tree.withLock(till, () => Promise.reject(own)))).to.equal(own)
    await expectFree(a, tills)
  })

  it('refuses a wrong path, mode, option and function before it takes anything', async () => {
    const spied = new SpiedLocks(await given().open())
    const tree = hierarchy(spied)
    const wrong: readonly (readonly [option: string, path: unknown, options?: unknown])[] = [
      ...['', '/', '/a', 'a/', 'a//b', '//', undefined, null, 5, {}, '\ud800', 'é'.repeat(129)].map(
        (path) => ['path', path] as const,
      ),
      ...[3, { permits: 2 }, 'both', 0, Number.NaN, null].map((mode) => ['mode', 'a/b', { mode }] as const),
      ['wait', 'a/b', { wait: 0 }],
      ['wait', 'a/b', { wait: Number.POSITIVE_INFINITY }],
      ['signal', 'a/b', { signal: {} }],
      ['priority', 'a/b', { priority: Number.NaN }],
      ['moed', 'a/b', { moed: 'shared' }],
      ['options', 'a/b', null],
    ]
    for (const [option, path, options] of wrong) {
      for (const call of ['acquire', 'tryAcquire'] as const)
        expect(await errorOf(() => tree[call](path as string, options as never)), inspect([path, options])).to.include({
          code: 'BAD_OPTION',
          option,
        })
    }
    for (const fn of [undefined, null, 5, {}])
      expect(await errorOf(() => tree.withLock(till, fn as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    for (const options of [{ separator: '' }, { separator: 5 }, { separator: 'x'.repeat(17) }, { seperator: '/' }, null, 5])
      expect(await errorOf(() => hierarchy(spied, options as never))).to.include({ code: 'BAD_OPTION' })
    expect(spied.asked).to.deep.equal([])
  })

  it('splits at the separator that it was given, and at no other', async () => {
    const a = await given().open()
    const tree = hierarchy(a, { separator: '::' })
    expect(tree.namesOf('a/b::c:d::e')).to.deep.equal(['a/b', 'a/b::c:d', 'a/b::c:d::e'])
    expect(await errorOf(() => tree.namesOf('a::::b'))).to.include({ code: 'BAD_OPTION', option: 'path' })
    expect(hierarchy(a).namesOf('a')).to.deep.equal(['a'])
    const hold = await tree.acquire('a::b')
    expect(await a.tryAcquire('a', { mode: 'shared' })).to.equal(null)
    await hold.release()
  })

  it('takes a path of the greatest depth that a name can have', async () => {
    const a = await given().open()
    const deep = Array.from({ length: 128 }, () => 'a').join('/')
    const hold: PathHold = await hierarchy(a).acquire(deep)
    expect(hold.parts).to.have.length(128)
    await hold.release()
    expect((await a.query()).held).to.deep.equal([])
  })

  it('shows itself in a line, and as JSON with all digits of its fence', async () => {
    const a = await given().open()
    const tree = hierarchy(a)
    const hold = await tree.acquire(till, { mode: 'shared' })
    expect(JSON.parse(JSON.stringify(hold))).to.deep.equal({
      name: till,
      mode: 'shared',
      fence: String(hold.fence),
      state: 'held',
    })
    expect(inspect(hold)).to.match(/^PathHold \{/)
    expect([inspect(tree), JSON.stringify(tree)]).to.deep.equal(["Hierarchy { separator: '/' }", '{"separator":"/"}'])
    await hold.release()
  })
})

describe('hierarchy, on an engine without intention modes', () => {
  it('is refused before a lock is taken, with an error that names the modes and the cure', async () => {
    const node = await createNode({ join: 'memory', cluster: `hierarchy ${process.pid}`, algorithm: 'token-ring' })
    const error = await errorOf(() => hierarchy(node).acquire(till))
    expect(error).to.include({ code: 'BAD_OPTION', option: 'mode' })
    expect(error.message).to.match(
      /^a hierarchy needs the intention modes, and 'shop\/till\/3' was not locked: .*token-ring.*home-queue/,
    )
    expect(await errorOf(() => hierarchy(node).tryAcquire(till))).to.include({ code: 'BAD_OPTION', option: 'mode' })
    expect((await node.query()).held).to.deep.equal([])
    await node.close()
  })
})
