import { inspect } from 'node:util'
import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import type { PermitsHold } from '../../lib/recipes/permits-hold.ts'
import { semaphore } from '../../lib/recipes/semaphore.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('semaphore', (given) => {
  const three = async (permits: number) => {
    const [a, b, c] = await given().three()
    return [semaphore(a, 'pool', { permits }), semaphore(b, 'pool', { permits }), semaphore(c, 'pool', { permits })] as const
  }

  it('lets so many in, whichever client they are of, and the next one when a permit comes back', async () => {
    const [a, b, c] = await three(3)
    const inside = [await a.acquire(), await b.acquire(), await c.acquire()]
    const waiting = watch(a.acquire())
    await given().settle()
    expect(waiting.outcome).to.equal(undefined)
    expect(await b.tryAcquire()).to.equal(null)
    expect(await inside[1]?.release()).to.equal('released')
    const next = await waiting.promise
    expect([next.count, next.state]).to.deep.equal([1, 'held'])
    await Promise.all([next, inside[0], inside[2]].map((hold) => hold?.release()))
  })

  it('gives several permits at once: all of them or none', async () => {
    const [a, b] = await three(5)
    const two = await a.acquire(2)
    const four = watch(b.acquire(4))
    await given().settle()
    expect(four.outcome).to.equal(undefined)
    await two.release()
    const hold = await four.promise
    expect(hold.count).to.equal(4)
    expect(await a.tryAcquire(2)).to.equal(null)
    const last = await a.acquire(1, { wait: '5s' })
    await Promise.all([hold.release(), last.release()])
    await (await a.acquire(5, { wait: '5s' })).release()
  })

  it('lets callers that want several each finish, where each could have a part', async () => {
    const semaphores = await three(4)
    let taken = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 24 }, (_, i) => {
        const count = 1 + (i % 4)
        return (semaphores[i % 3] as (typeof semaphores)[0]).withPermits(count, async () => {
          taken += count
          most = Math.max(most, taken)
          expect(taken).to.be.at.most(4)
          await Promise.resolve()
          taken -= count
        })
      }),
    )
    expect([taken, most]).to.deep.equal([0, 4])
  })

  it('does not let small requests starve a large one', async () => {
    const [a, b, c] = await three(3)
    let isOver = false
    let rounds = 0
    const small = async (pool: typeof b): Promise<void> => {
      while (!isOver && rounds < 5_000) {
        rounds++
        await pool.withPermits(() => new Promise((resolve) => setImmediate(resolve)))
      }
    }
    const running = [b, c, b, c, b].map(small)
    const large = await a.acquire(3, { wait: '15s' })
    isOver = true
    await large.release()
    await Promise.all(running)
    expect(rounds).to.be.lessThan(5_000)
  })

  it('gives back what it has when the others are not granted in time, and the next collector goes on', async () => {
    const [a, b, c] = await three(3)
    const one = await a.acquire()
    const error = await errorOf(() => b.acquire(3, { wait: 30 }))
    expect(error).to.include({ code: 'TIMEOUT' })
    expect(error.message).to.match(/^of 3 permits of 'pool' only \d were granted within 30 ms of the call; they were given back$/)
    const two = await c.acquire(2, { wait: '5s' })
    await Promise.all([one.release(), two.release()])
    await (await a.acquire(3, { wait: '5s' })).release()
  })

  it('ends by its signal, with nothing taken', async () => {
    const [a, b] = await three(3)
    const one = await a.acquire()
    const aborter = new AbortController()
    const waiting = watch(b.acquire(3, { signal: aborter.signal }))
    await given().settle()
    aborter.abort('enough')
    const error = await errorOf(() => waiting.promise)
    expect(error).to.include({ code: 'ABORTED', cause: 'enough' })
    await one.release()
    await (await a.acquire(3, { wait: '5s' })).release()
    expect(await errorOf(() => b.acquire(1, { signal: aborter.signal }))).to.include({ code: 'ABORTED' })
  })

  it('keeps the first error, and gives back the permits and the gate', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const own = new Error('broken')
    let asked = 0
    spied.before = (name) => {
      if (name === 'pool' && ++asked === 3) throw own
    }
    expect(await errorOf(() => semaphore(spied, 'pool', { permits: 40 }).acquire(35))).to.equal(own)
    await (await semaphore(b, 'pool', { permits: 40 }).acquire(40, { wait: '5s' })).release()
  })

  it('takes more permits than go out at a time', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 100 }).acquire(99)
    expect(hold.count).to.equal(99)
    const other = semaphore(b, 'pool', { permits: 100 })
    expect(await other.tryAcquire(2)).to.equal(null)
    const last = await other.acquire()
    await Promise.all([hold.release(), last.release()])
    const tried = await other.tryAcquire(3)
    expect(tried?.count ?? 3).to.equal(3)
    await tried?.release()
  })

  it('is lost as a whole when its client closes, and its permits come back', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 3 }).acquire(3)
    const { signal } = hold
    const waiting = watch(semaphore(b, 'pool', { permits: 3 }).acquire(2))
    await given().settle()
    await a.close({ drain: 0 })
    expect(signal.reason).to.include({ code: 'LOST', reason: 'closed' })
    expect(await errorOf(() => hold.check())).to.equal(signal.reason)
    expect([hold.state, await hold.release()]).to.deep.equal(['lost', 'lost'])
    await (await waiting.promise).release()
  })

  it('refuses a number that the holder does not count when its time is over, and says which number the holder has', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 3 }).acquire()
    const wrong = semaphore(b, 'pool', { permits: 4 })
    const errors = await Promise.all([1, 2].map((count) => errorOf(() => wrong.acquire(count, { wait: 30 }))))
    for (const error of errors) {
      expect(error).to.include({ code: 'BAD_OPTION', option: 'permits' })
      expect(error.message).to.match(/holds a permit of 'pool' as one of 3, not of 4/)
    }
    await hold.release()
    await (await semaphore(a, 'pool', { permits: 3 }).acquire(3, { wait: '5s' })).release()
  })

  it('refuses a number that the holder does not count while the call waits, without an end of its wait', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 3 }).acquire()
    const wrong = semaphore(b, 'pool', { permits: 4 })
    for (const count of [1, 2]) {
      const errors = await Promise.all(
        [1, 2].map(() => errorOf(() => wrong.acquire(count, { signal: new AbortController().signal }))),
      )
      for (const error of errors) {
        expect(error).to.include({ code: 'BAD_OPTION', option: 'permits' })
        expect(error.message).to.match(/holds a permit of 'pool' as one of 3, not of 4/)
      }
    }
    await hold.release()
    await (await wrong.acquire(4, { wait: '5s' })).release()
  })

  it('gives its part back when it waits behind a request with another number, which waits for that part', async () => {
    const [a, b, c] = await given().three()
    const [mine, others] = [semaphore(a, 'pool', { permits: 40 }), semaphore(c, 'pool', { permits: 40 })]
    const ten = await others.acquire(10)
    const collecting = watch(mine.acquire(35))
    await given().settle()
    const stranger = watch(b.acquire('pool', { mode: 5 }))
    await given().settle()
    await ten.release()
    await (await stranger.promise).release()
    expect((await collecting.promise).count).to.equal(35)
  })

  it('finds another number that comes while a call waits', async () => {
    const [a, b, c] = await given().three()
    const right = semaphore(a, 'pool', { permits: 1 })
    const hold = await right.acquire()
    const late = watch(c.acquire('pool', { mode: 4 }))
    await given().settle()
    const waiting = watch(semaphore(b, 'pool', { permits: 1 }).acquire())
    await given().settle()
    await hold.release()
    const stranger = await late.promise
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'BAD_OPTION', option: 'permits' })
    await stranger.release()
  })

  it('tells a call that does not wait of another number, and asks for that at most once a second', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(b)
    let asked = 0
    const countQueries: Locks['query'] = (pattern) => {
      asked++
      return b.query(pattern)
    }
    Object.assign(spied, { query: countQueries })
    const hold = await semaphore(a, 'pool', { permits: 3 }).acquire()
    const wrong = semaphore(spied, 'pool', { permits: 4 })
    expect(await errorOf(() => wrong.tryAcquire())).to.include({ code: 'BAD_OPTION', option: 'permits' })
    expect([await wrong.tryAcquire(), asked]).to.deep.equal([null, 1])
    spied.time.advance(1_000)
    expect(await errorOf(() => wrong.tryAcquire())).to.include({ code: 'BAD_OPTION', option: 'permits' })
    await hold.release()
  })

  it('asks for the number with ever longer pauses while calls wait, and not at all when none does', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 1 }).acquire()
    const spied = new SpiedLocks(b)
    let asked = 0
    const countQueries: Locks['query'] = (pattern) => {
      asked++
      return b.query(pattern)
    }
    Object.assign(spied, { query: countQueries })
    const pool = semaphore(spied, 'pool', { permits: 1 })
    const waiting = watch(Promise.all([pool.acquire(), pool.acquire()]))
    const delays: number[] = []
    for (let i = 0; i < 8; i++) {
      delays.push(...spied.time.pendingMs)
      spied.time.advance(Math.max(0, ...spied.time.pendingMs))
      await given().settle()
    }
    expect([delays, asked]).to.deep.equal([[20, 40, 80, 160, 320, 640, 1_000, 1_000], 8])
    await a.close({ drain: 0 })
    await hold.release()
    const next = watch(Promise.all([pool.acquire(), waiting.promise]))
    await given().settle()
    await b.close({ drain: 0 })
    expect(await errorOf(() => next.promise)).to.include({ code: 'CLOSED' })
    expect(spied.time.pendingMs).to.deep.equal([])
  })

  it('has a fixed number unless it was made adjustable', async () => {
    const [a] = await three(2)
    expect(await errorOf(() => a.setPermits(3))).to.include({ code: 'BAD_OPTION', option: 'adjustable' })
    await a.close()
    expect((await a.acquire()).state).to.equal('held')
  })

  it('says TIMEOUT if the holder counts the same number, or the question fails', async () => {
    const [a, b] = await given().two()
    const hold = await semaphore(a, 'pool', { permits: 1 }).acquire()
    const silent = Object.assign(new SpiedLocks(b), { query: () => Promise.reject(new Error('no answer')) })
    for (const locks of [b, silent])
      expect(await errorOf(() => semaphore(locks, 'pool', { permits: 1 }).acquire(1, { wait: 20 }))).to.include({
        code: 'TIMEOUT',
      })
    expect(await errorOf(() => semaphore(silent, 'pool', { permits: 2 }).acquire(1, { wait: 20 }))).to.include({
      code: 'TIMEOUT',
    })
    await hold.release()
  })

  it('runs a function with permits, and passes on its result and its errors', async () => {
    const [a] = await three(2)
    const own = new Error('mine')
    expect(await a.withPermits(({ count }) => count)).to.equal(1)
    expect(await a.withPermits(2, async ({ count }) => count)).to.equal(2)
    expect(await a.withPermits(2, { wait: '5s' }, ({ state }) => state)).to.equal('held')
    const throwing = (): never => {
      throw own
    }
    expect(await errorOf(() => a.withPermits(2, throwing))).to.equal(own)
    expect(await errorOf(() => a.withPermits(() => Promise.reject(own)))).to.equal(own)
    expect(await errorOf(() => a.withPermits(1, {}, undefined as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    await (await a.acquire(2, { wait: '5s' })).release()
  })

  it('ends with the block that uses it, and shows itself in a line and as JSON', async () => {
    const [a] = await three(2)
    let kept: PermitsHold
    {
      await using hold = await a.acquire(2)
      kept = hold
      expect(JSON.parse(JSON.stringify(hold))).to.deep.equal({ name: 'pool', count: 2, state: 'held' })
      expect(inspect(hold)).to.equal("PermitsHold { name: 'pool', count: 2, state: 'held' }")
    }
    expect(kept.state).to.equal('released')
    expect(await errorOf(() => kept.check())).to.include({ code: 'NOT_OWNER' })
  })

  it('refuses wrong arguments by their name, before anything is taken', async () => {
    const spied: Locks & { readonly asked: readonly unknown[] } = new SpiedLocks(await given().open())
    const pool = semaphore(spied, 'pool', { permits: 3 })
    for (const count of [0, -1, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2' as never, null as never]) {
      for (const call of [pool.acquire, pool.tryAcquire, (wrong: number) => pool.withPermits(wrong, () => undefined)])
        expect(await errorOf(() => call(count)), String(count)).to.include({ code: 'BAD_OPTION', option: 'count' })
    }
    for (const permits of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001, '3' as never, undefined as never])
      expect(() => semaphore(spied, 'pool', { permits }), String(permits))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'permits' })
    for (const name of ['', 5 as never, 'x'.repeat(252)])
      expect(() => semaphore(spied, name, { permits: 1 }))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'name' })
    expect(() => semaphore(spied, 'pool', undefined as never))
      .to.throw()
      .that.includes({ code: 'BAD_OPTION' })
    expect(await errorOf(() => pool.acquire(1, { wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(spied.asked).to.deep.equal([])
  })
})
