import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import { singleFlight } from '../../lib/recipes/single-flight.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('singleFlight', (given) => {
  /** A store that all share, and the keys whose values were produced. */
  const shop = () => {
    const store = new Map<string, string>()
    const produced: string[] = []
    const flightOn = (locks: Locks) =>
      singleFlight<string>(locks, {
        lookUp: (key) => store.get(key),
        produce: async (key) => {
          produced.push(key)
          await new Promise((resolve) => setImmediate(resolve))
          store.set(key, `value of ${key}`)
          return `value of ${key}`
        },
      })
    return { store, produced, flightOn }
  }

  it('produces a value once, however many callers of however many clients miss it', async () => {
    const { produced, flightOn } = shop()
    const flights = (await given().three()).map(flightOn)
    const values = await Promise.all(Array.from({ length: 30 }, (_, i) => flights[i % 3]?.get('rate')))
    expect(new Set(values)).to.deep.equal(new Set(['value of rate']))
    expect(produced).to.deep.equal(['rate'])
  })

  it('takes no lock for a value that is there, and one for each key that is not', async () => {
    const spied = new SpiedLocks(await given().open())
    const locked: string[] = []
    const { withLock } = spied
    Object.assign(spied, {
      withLock: (...args: Parameters<typeof withLock>) => {
        locked.push(args[0])
        return withLock(...args)
      },
    })
    const { store, flightOn, produced } = shop()
    const flight = flightOn(spied)
    store.set('known', 'here')
    expect(await flight.get('known')).to.equal('here')
    expect(locked).to.deep.equal([])
    await Promise.all([flight.get('a'), flight.get('b'), flight.get('a')])
    expect([locked, produced]).to.deep.equal([
      ['a', 'b'],
      ['a', 'b'],
    ])
    store.delete('a')
    await flight.get('a')
    expect(produced).to.deep.equal(['a', 'b', 'a'])
  })

  it('passes an error on unchanged to all that share the call, and the next caller tries again', async () => {
    const a = await given().open()
    const own = new Error('mine')
    let fails = true
    const flight = singleFlight<number>(a, {
      lookUp: () => undefined,
      produce: () => {
        if (fails) throw own
        return 7
      },
    })
    const calls = [flight.get('rate'), flight.get('rate')].map((call) => errorOf(() => call))
    expect(await Promise.all(calls)).to.deep.equal([own, own])
    fails = false
    expect(await flight.get('rate')).to.equal(7)
    const broken = singleFlight<number>(a, {
      lookUp: () => {
        throw own
      },
      produce: () => 7,
    })
    expect(await errorOf(() => broken.get('rate'))).to.equal(own)
  })

  it('waits no longer than its `wait` for another process', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('rate')
    const flight = singleFlight<number>(b, { lookUp: () => undefined, produce: () => 7, wait: 20 })
    expect(await errorOf(() => flight.get('rate'))).to.include({ code: 'TIMEOUT' })
    await hold.release()
    expect(await flight.get('rate')).to.equal(7)
  })

  it('rejects with LOST if the lock was lost while the value was produced', async () => {
    const a = await given().open()
    const flight = singleFlight<void>(a, { lookUp: () => undefined, produce: () => a.close({ drain: 0 }) })
    const outcome = watch(flight.get('rate'))
    expect(await errorOf(() => outcome.promise)).to.include({ code: 'LOST' })
  })

  it('refuses wrong arguments by their name', async () => {
    const a = await given().open()
    const right = { lookUp: () => undefined, produce: () => 7 }
    for (const [option, options] of [
      ['lookUp', { ...right, lookUp: undefined }],
      ['lookUp', { ...right, lookUp: 5 }],
      ['produce', { ...right, produce: 'x' }],
      ['wait', { ...right, wait: 0 }],
      ['make', { ...right, make: 5 }],
      ['options', null],
    ] as const)
      expect(() => singleFlight(a, options as never), option)
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option })
    expect(await errorOf(() => singleFlight(a, right).get(''))).to.include({ code: 'BAD_OPTION' })
  })
})
