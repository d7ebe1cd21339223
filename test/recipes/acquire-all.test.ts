import { inspect } from 'node:util'
import { expect } from 'chai'
import type { HoldGroup } from '../../lib/recipes/acquire-all.ts'
import { acquireAll, withLocks } from '../../lib/recipes/acquire-all.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('acquireAll', (given) => {
  it('gives the holds in the order of the caller, and excludes others from each of the locks', async () => {
    const [a, b] = await given().two()
    const all = await acquireAll(a, ['door', 'attic', { name: 'cellar', mode: 'shared' }])
    expect(all.holds.map(({ name, mode }) => `${name} ${mode}`)).to.deep.equal([
      'door exclusive',
      'attic exclusive',
      'cellar shared',
    ])
    expect(all.fences).to.deep.equal(all.holds.map(({ fence }) => fence))
    expect(all.state).to.equal('held')
    all.check()
    for (const name of ['door', 'attic', 'cellar']) expect(await b.tryAcquire(name), name).to.equal(null)
    const reader = await b.acquire('cellar', { mode: 'shared' })
    expect(await all.release()).to.equal('released')
    await reader.release()
    const again = await acquireAll(b, ['cellar', 'door', 'attic'])
    expect(again.holds.map(({ name }) => name)).to.deep.equal(['cellar', 'door', 'attic'])
    await again.release()
  })

  it('requests in the order of the UTF-8 bytes of the names, and releases in reverse', async () => {
    const spied = new SpiedLocks(await given().open())
    // In UTF-16 the first code point beyond the basic plane comes before U+FFFD.
    const names = ['\ufffd', 'b', '\u{10000}', 'a', 'ab', 'é']
    const all = await acquireAll(spied, names)
    const order = ['a', 'ab', 'b', 'é', '\ufffd', '\u{10000}']
    expect(spied.asked.map(({ name }) => name)).to.deep.equal(order)
    await all.release()
    expect(spied.released).to.deep.equal(order.toReversed())
  })

  it('lets many callers with the same locks in different orders finish, one after the other', async () => {
    const clients = await given().three()
    const names = ['a', 'b', 'c', 'd']
    let inside = 0
    let runs = 0
    const use = async ({ holds }: HoldGroup): Promise<void> => {
      expect(++inside).to.equal(1)
      await Promise.resolve()
      holds.forEach((hold) => hold.check())
      inside--
      runs++
    }
    const orders = Array.from({ length: 24 }, (_, i) => [...names.slice(i % 4), ...names.slice(0, i % 4)])
    await Promise.all(
      orders.map((order, i) => withLocks(clients[i % 3] as (typeof clients)[0], i % 2 === 0 ? order : order.toReversed(), use)),
    )
    expect(runs).to.equal(24)
  })

  it('gives the second lock what the first one left of the deadline', async () => {
    const spied = new SpiedLocks(await given().open())
    spied.before = () => spied.time.advance(400)
    await (await acquireAll(spied, ['a', 'b', 'c'], { wait: '1s', priority: 2, meta: { job: 7 } })).release()
    expect(spied.asked.map(({ options }) => options.wait)).to.deep.equal([1000, 600, 200])
    for (const { options } of spied.asked)
      expect(options)
        .to.include({ priority: 2 })
        .and.to.deep.include({ meta: { job: 7 } })
  })

  it('rejects with TIMEOUT when the deadline passes before the last lock, and has released the others', async () => {
    const client = await given().open()
    const spied = new SpiedLocks(client)
    spied.before = () => spied.time.advance(600)
    const error = await errorOf(() => acquireAll(spied, ['a', 'b', 'c'], { wait: 1000 }))
    expect(error).to.include({ code: 'TIMEOUT' })
    expect(error.message).to.equal(
      "the lock 'c', number 3 of 3, was not granted within 1000 ms of the call; those before it were released",
    )
    expect(spied.released).to.deep.equal(['b', 'a'])
    expect(spied.asked).to.have.length(2)
    await expectFree(client, ['a', 'b', 'c'])
  })

  it('releases what it has, the last first, when a lock is not granted in time, and says which', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const blocker = await b.acquire('c')
    const error = await errorOf(() => acquireAll(spied, ['b', 'c', 'a', 'd'], { wait: 20 }))
    expect(error).to.include({ code: 'TIMEOUT' })
    expect(error.message).to.match(/^the lock 'c', number 3 of 4, was not granted within 20 ms/)
    expect(spied.released).to.deep.equal(['b', 'a'])
    await expectFree(b, ['a', 'b', 'd'])
    await blocker.release()
    await expectFree(a, ['c'])
  })

  it('ends by its signal in the middle of the wait, with the reason as the cause', async () => {
    const [a, b] = await given().two()
    const blocker = await b.acquire('b')
    const aborter = new AbortController()
    const waiting = watch(acquireAll(a, ['a', 'b'], { signal: aborter.signal }))
    await given().settle()
    expect(waiting.outcome).to.equal(undefined)
    expect(await b.tryAcquire('a')).to.equal(null)
    const reason = new Error('no more')
    aborter.abort(reason)
    const error = await errorOf(() => waiting.promise)
    expect(error).to.include({ code: 'ABORTED', cause: reason })
    await expectFree(b, ['a'])
    await blocker.release()
    await expectFree(a, ['b'])
  })

  it('takes nothing when its signal is aborted already', async () => {
    const spied = new SpiedLocks(await given().open())
    const error = await errorOf(() => acquireAll(spied, ['a', 'b'], { signal: AbortSignal.abort('why') }))
    expect(error).to.include({ code: 'ABORTED', cause: 'why' })
    expect(spied.released).to.deep.equal([])
  })

  it('leaves no listener on the signal of its caller', async () => {
    const [a, b] = await given().two()
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: unknown[]) => {
      listeners++
      Reflect.apply(addEventListener, signal, args)
    }
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--
      Reflect.apply(removeEventListener, signal, args)
    }
    await (await acquireAll(a, ['a', 'b'], { signal })).release()
    const blocker = await b.acquire('b')
    await errorOf(() => acquireAll(a, ['a', 'b'], { signal, wait: 10 }))
    await blocker.release()
    expect(listeners).to.equal(0)
  })

  it('keeps the first error, whatever it is, and has the locks free again', async () => {
    const client = await given().open()
    const spied = new SpiedLocks(client)
    const own = new TypeError('the engine is broken')
    spied.before = (name) => {
      if (name === 'c') throw own
    }
    expect(await errorOf(() => acquireAll(spied, ['a', 'b', 'c']))).to.equal(own)
    expect(spied.released).to.deep.equal(['b', 'a'])
    await expectFree(client, ['a', 'b', 'c'])
  })

  it('gives up with CLOSED when its client closes, and frees what it had', async () => {
    const [a, b] = await given().two()
    const blocker = await b.acquire('b')
    const waiting = watch(acquireAll(a, ['a', 'b']))
    await given().settle()
    await a.close({ drain: 0 })
    // The loss of `a` and the end of the wait are one event; either may be seen first.
    expect((await errorOf(() => waiting.promise)).code).to.be.oneOf(['CLOSED', 'LOST'])
    await blocker.release()
    await expectFree(b, ['a', 'b'])
  })

  it('is lost as a whole when its client closes: signal, check, state and release tell the same', async () => {
    const [a, b] = await given().two()
    const all = await acquireAll(a, ['a', 'b'])
    const { signal } = all
    expect(signal).to.equal(all.signal)
    expect(signal.aborted).to.equal(false)
    await a.close({ drain: 0 })
    expect(signal.aborted).to.equal(true)
    expect(signal.reason).to.include({ code: 'LOST', reason: 'closed' })
    expect(all.state).to.equal('lost')
    expect(await errorOf(() => all.check())).to.equal(signal.reason)
    expect(await Promise.all([all.release(), all.release()])).to.deep.equal(['lost', 'lost'])
    expect(all.state).to.equal('lost')
    expect(await errorOf(() => all.check())).to.equal(signal.reason)
    await expectFree(b, ['a', 'b'])
  })

  it('has an aborted signal also when the signal is read only after the loss', async () => {
    const a = await given().open()
    const [early, late] = [await acquireAll(a, ['a', 'b']), await acquireAll(a, ['c'])]
    await a.close({ drain: 0 })
    await late.release()
    for (const { signal } of [early, late]) expect(signal.reason).to.include({ code: 'LOST' })
  })

  it('is released once, says so afterwards, and its signal stays as it is', async () => {
    const a = await given().open()
    const all = await acquireAll(a, ['a', 'b'])
    const { signal } = all
    expect(await Promise.all([all.release(), all.release()])).to.deep.equal(['released', 'already'])
    expect(all.state).to.equal('released')
    expect(await errorOf(() => all.check())).to.include({ code: 'NOT_OWNER', message: "the hold of 'a', 'b' was released" })
    await a.close({ drain: 0 })
    expect(signal.aborted).to.equal(false)
    expect(all.signal).to.equal(signal)
  })

  it('does not stand any more when its owner released a part, and releases the rest', async () => {
    const [a, b] = await given().two()
    const all = await acquireAll(a, ['a', 'b'])
    await all.holds[0]?.release()
    expect(all.state).to.equal('released')
    expect(await errorOf(() => all.check())).to.include({ code: 'NOT_OWNER' })
    expect(await b.tryAcquire('b')).to.equal(null)
    expect(await all.release()).to.equal('released')
    await expectFree(b, ['a', 'b'])
  })

  it('ends with the block that uses it', async () => {
    const [a, b] = await given().two()
    {
      await using all = await acquireAll(a, ['a', 'b'])
      expect(all.state).to.equal('held')
    }
    await expectFree(b, ['a', 'b'])
  })

  it('shows itself in a line, and as JSON with all digits of its fences', async () => {
    const a = await given().open()
    const all = await acquireAll(a, ['b', 'a'])
    const holds = ['b', 'a'].map((name, i) => ({ name, mode: 'exclusive', fence: String(all.fences[i]), state: 'held' }))
    expect(JSON.parse(JSON.stringify(all))).to.deep.equal({ holds, state: 'held' })
    expect(inspect(all, { breakLength: 400 })).to.match(/^HoldGroup \{ holds: \[ Hold \{ name: 'b', .* state: 'held' \}$/)
    await all.release()
  })

  it('refuses a wrong call by its argument before it takes anything', async () => {
    const spied = new SpiedLocks(await given().open())
    const wrong: readonly (readonly [option: string, names: unknown, options?: unknown])[] = [
      ['names', []],
      ['names', 'door'],
      ['names', undefined],
      ['names', 5],
      ['names', ['a', 'b', 'a']],
      ['names', ['a', { name: 'a', mode: 'shared' }]],
      ['names', ['a', '']],
      ['names', ['a', 5]],
      ['names', ['a', null]],
      ['names', ['a', '\ud800']],
      ['names', ['a', {}]],
      ['mode', ['a', { name: 'b', mode: 'both' }]],
      ['mode', ['a', { name: 'b', mode: 0 }]],
      ['moed', ['a', { name: 'b', moed: 'shared' }]],
      ['names.name', ['a', { name: '' }]],
      ['wait', ['a', 'b'], { wait: 0 }],
      ['wait', ['a', 'b'], { wait: Number.NaN }],
      ['wait', ['a', 'b'], { wait: 'soon' }],
      ['signal', ['a', 'b'], { signal: {} }],
      ['priority', ['a', 'b'], { priority: Number.POSITIVE_INFINITY }],
      ['mode', ['a', 'b'], { mode: 'shared' }],
      ['options', ['a', 'b'], null],
    ]
    for (const [option, names, options] of wrong) {
      const error = await errorOf(() => acquireAll(spied, names as never, options as never))
      expect(error, inspect([names, options])).to.include({ code: 'BAD_OPTION', option })
    }
    expect(spied.asked).to.deep.equal([])
  })

  it('passes on what the engine refuses, with nothing taken', async () => {
    const a = await given().open()
    expect(await errorOf(() => acquireAll(a, ['a', 'b'], { meta: () => {} }))).to.include({ code: 'BAD_OPTION', option: 'meta' })
    await expectFree(a, ['a', 'b'])
  })

  it('reads its arguments once: what the caller does with them later has no effect', async () => {
    const a = await given().open()
    const names = ['b', 'a']
    const waiting = acquireAll(a, names)
    names.push('c')
    const all = await waiting
    expect(all.holds).to.have.length(2)
    expect(Object.isFrozen(all.holds)).to.equal(true)
    await all.release()
  })
})

onEachEngine('withLocks', (given) => {
  it('runs the function under all locks, passes its result on, and releases', async () => {
    const [a, b] = await given().two()
    const result = await withLocks(a, ['a', 'b'], { wait: '5s' }, async ({ holds }) => {
      expect(await b.tryAcquire('b')).to.equal(null)
      return holds.length
    })
    expect(result).to.equal(2)
    await expectFree(b, ['a', 'b'])
  })

  it('passes an error of the function on unchanged, thrown or rejected, and releases', async () => {
    const a = await given().open()
    const own = new Error('mine')
    const throwing = (): never => {
      throw own
    }
    expect(await errorOf(() => withLocks(a, ['a', 'b'], throwing))).to.equal(own)
    expect(await errorOf(() => withLocks(a, ['a', 'b'], () => Promise.reject(own)))).to.equal(own)
    await expectFree(a, ['a', 'b'])
  })

  it('rejects with LOST if the function succeeded but a hold was lost', async () => {
    const a = await given().open()
    const outcome = watch(withLocks(a, ['a', 'b'], () => a.close({ drain: 0 })))
    expect(await errorOf(() => outcome.promise)).to.include({ code: 'LOST' })
  })

  it('refuses what is no function before it takes anything', async () => {
    const spied = new SpiedLocks(await given().open())
    expect(await errorOf(() => withLocks(spied, ['a'], 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect(spied.asked).to.deep.equal([])
  })
})

/** Takes and releases each lock at once. */
async function expectFree(client: Parameters<typeof acquireAll>[0], names: readonly string[]): Promise<void> {
  for (const name of names) await (await client.acquire(name, { wait: '5s' })).release()
}
