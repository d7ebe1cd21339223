import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import { semaphore } from '../../lib/recipes/semaphore.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('an adjustable semaphore', (given) => {
  const pool = (locks: Locks, permits = 3) => semaphore(locks, 'pool', { permits, adjustable: true })

  it('changes its number for all clients, up and down, and none is granted a permit under the former number', async () => {
    const [a, b, c] = (await given().three()).map((locks) => pool(locks)) as [Semaphore, Semaphore, Semaphore]
    const inside = [await a.acquire(), await b.acquire(), await c.acquire()]
    const waiting = [watch(a.acquire()), watch(b.acquire()), watch(c.acquire())]
    await given().settle()
    await b.setPermits(2)
    expect([a.permits, b.permits, c.permits]).to.deep.equal([2, 2, 2])
    await inside[0]?.release()
    await inside[1]?.release()
    await given().settle()
    expect(waiting.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined, undefined])
    await inside[2]?.release()
    await given().until(() => waiting.filter(({ outcome }) => outcome !== undefined).length === 2)
    expect(waiting.filter(({ outcome }) => outcome !== undefined).length).to.equal(2)
    const next = await Promise.all(waiting.map(async ({ promise }) => (await promise).release()))
    expect(next).to.deep.equal(['released', 'released', 'released'])
    await c.setPermits(5)
    const five = await a.acquire(5, { wait: '5s' })
    expect([five.count, await b.tryAcquire()]).to.deep.equal([5, null])
    await five.release()
    expect(await errorOf(() => b.acquire(6))).to.include({ code: 'BAD_OPTION', option: 'count' })
  })

  it('never has more permits out than the number in force, under load', async () => {
    const clients = (await given().three()).map((locks) => pool(locks))
    let out = 0
    let confirmed = 3
    let isOver = false
    let rounds = 0
    const worker = async (i: number): Promise<void> => {
      while (!isOver && rounds < 20_000) {
        await clients[i % 3]?.withPermits(1 + (i % 2), async () => {
          const allowed = confirmed
          out += 1 + (i % 2)
          rounds++
          // A number that was lowered while this call was being granted is the only reason for more.
          expect(out).to.be.at.most(Math.max(allowed, confirmed))
          await new Promise((resolve) => setImmediate(resolve))
          out -= 1 + (i % 2)
        })
      }
    }
    const workers = Promise.all(Array.from({ length: 9 }, (_, i) => worker(i))).finally(() => (isOver = true))
    const failure = watch(workers)
    for (const [i, permits] of [5, 2, 4, 3, 6, 2].entries()) {
      if (permits > confirmed) confirmed = permits
      await clients[i % 3]?.setPermits(permits, { wait: '10s' })
      // Those that were held before come back.
      for (let turns = 0; out > permits && turns < 1_000; turns++) await new Promise((resolve) => setImmediate(resolve))
      confirmed = permits
      const before = rounds
      const untilMs = performance.now() + 10_000
      while (rounds < before + 20 && !isOver && performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve))
      expect(failure.outcome).to.equal(undefined)
      expect(rounds).to.be.at.least(before + 20)
    }
    isOver = true
    await workers
    expect(clients.map(({ permits }) => permits)).to.deep.equal([2, 2, 2])
  })

  it('keeps the number when the client that set it has gone, and tells it to newcomers', async () => {
    const [one, two] = await given().two()
    const [a, b] = [pool(one), pool(two)]
    await (await b.acquire()).release()
    await a.setPermits(7)
    await one.close({ drain: 0 })
    const c = pool(await given().open())
    expect((await c.acquire(7, { wait: '5s' })).count).to.equal(7)
    expect([b.permits, c.permits]).to.deep.equal([7, 7])
  })

  it('goes back to its first number when no client uses it', async () => {
    const [one, two] = await given().two()
    const a = pool(one)
    await a.setPermits(7)
    await a.close()
    const b = pool(two)
    expect(await errorOf(() => b.acquire(4))).to.include({ code: 'BAD_OPTION', option: 'count' })
    expect(b.permits).to.equal(3)
  })

  it('does not let the close of its client wait', async () => {
    const [one, two] = await given().two()
    const [a, b] = [pool(one), pool(two)]
    await Promise.all([a.setPermits(2), b.setPermits(4)])
    const hold = await b.acquire(b.permits)
    const waiting = watch(a.acquire())
    await given().settle()
    const beganMs = performance.now()
    await one.close()
    expect(performance.now() - beganMs).to.be.lessThan(4_000)
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'CLOSED' })
    await hold.release()
  })

  it('refuses another first number at once, and its own calls after close', async () => {
    const [one, two] = await given().two()
    const a = pool(one)
    const hold = await a.acquire()
    const wrong = pool(two, 4)
    const error = await errorOf(() => wrong.acquire())
    expect(error).to.include({ code: 'BAD_OPTION', option: 'permits' })
    expect(error.message).to.match(/the semaphore 'pool' is in use with 3 permits, not with 4/)
    await a.setPermits(5)
    const waiting = watch(wrong.acquire(5))
    await given().settle()
    expect(waiting.outcome).to.equal(undefined)
    await hold.release()
    const kept = await waiting.promise
    await a.close()
    expect(await errorOf(() => a.acquire())).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => a.setPermits(3))).to.include({ code: 'CLOSED' })
    await a.close()
    await wrong[Symbol.asyncDispose]()
    expect([kept.state, await kept.release()]).to.deep.equal(['held', 'released'])
    await given().settle()
    expect((await two.query('pool#*')).held).to.deep.equal([])
  })

  it('ends the wait of a call by its signal or its time, also while the number changes', async () => {
    const [one, two] = await given().two()
    const [a, b] = [pool(one), pool(two)]
    const hold = await a.acquire(3)
    const stop = new AbortController()
    const waiting = watch(b.acquire(2, { signal: stop.signal }))
    const late = watch(b.acquire(1, { wait: 150 }))
    await given().settle()
    await a.setPermits(2)
    stop.abort('enough')
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'ABORTED', cause: 'enough' })
    expect(await errorOf(() => late.promise)).to.include({ code: 'TIMEOUT' })
    await hold.release()
    expect((await b.acquire(2, { wait: '5s' })).count).to.equal(2)
  })

  it('refuses a call that wants more than a number that came while it waited', async () => {
    const [one, two] = await given().two()
    const [a, b] = [pool(one), pool(two)]
    const hold = await a.acquire()
    const waiting = watch(b.acquire(3))
    await given().settle()
    await a.setPermits(2)
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'BAD_OPTION', option: 'count' })
    await hold.release()
  })

  it('says TIMEOUT or ABORTED if a client does not confirm the number, and takes notes of strangers for none', async () => {
    const [one, two] = await given().two()
    const a = pool(one)
    await (await a.acquire()).release()
    const silent = await two.acquire('pool#number', { mode: 'shared', meta: { permits: 3, setBy: '0' } })
    for (const meta of [{ permits: 0, setBy: '9' }, { permits: 9, setBy: '1e3' }, { permits: 2.5, setBy: '99999' }, 7, null])
      await two.acquire('pool#number', { mode: 'shared', meta })
    expect(await errorOf(() => a.setPermits(4, { wait: 60 }))).to.include({ code: 'TIMEOUT' })
    expect(await errorOf(() => a.setPermits(4, { signal: AbortSignal.abort('no') }))).to.include({ code: 'ABORTED' })
    const stop = new AbortController()
    const setting = watch(a.setPermits(5, { signal: stop.signal }))
    await given().settle()
    stop.abort('stop')
    expect(await errorOf(() => setting.promise)).to.include({ code: 'ABORTED', cause: 'stop' })
    await silent.release()
    await a.setPermits(4)
    expect(a.permits).to.equal(4)
  })

  it('refuses wrong numbers and engines that cannot watch before it asks for a lock', async () => {
    const spied = new SpiedLocks(await given().open())
    const a = pool(spied)
    for (const permits of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001, '3' as never, undefined as never])
      expect(await errorOf(() => a.setPermits(permits)), String(permits)).to.include({ code: 'BAD_OPTION', option: 'permits' })
    expect(await errorOf(() => a.setPermits(3, { wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(await errorOf(() => a.setPermits(3, { meta: 1 } as never))).to.include({ code: 'BAD_OPTION', option: 'meta' })
    expect(await errorOf(() => semaphore(spied, 'x', { permits: 1, adjustable: 'yes' as never }))).to.include({
      code: 'BAD_OPTION',
      option: 'adjustable',
    })
    const cannot = new Error('cannot watch')
    Object.assign(spied, {
      watch: () => {
        throw cannot
      },
    })
    expect(await errorOf(() => pool(spied))).to.equal(cannot)
    expect(spied.asked).to.deep.equal([])
  })
})

type Semaphore = ReturnType<typeof semaphore>
