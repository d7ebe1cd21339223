import { expect } from 'chai'
import {
  AbortedError,
  ClosedError,
  HoldfastError,
  LostError,
  NoQuorumError,
  OverloadedError,
  TimeoutError,
} from '../../lib/base/errors.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { timeKey } from '../../lib/port/time.ts'
import { retrying } from '../../lib/recipes/retrying.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('retrying', (given) => {
  /** Locks that fail so often before they go on. */
  const failing = async (times: number, error: () => Error = () => new NoQuorumError('no majority')) => {
    const spied = new SpiedLocks(await given().open())
    spied.before = () => {
      if (spied.asked.length <= times) throw error()
    }
    return spied
  }

  it('tries again after NO_QUORUM and OVERLOADED, with pauses whose bound doubles up to the cap', async () => {
    for (const error of [() => new NoQuorumError('no majority'), () => new OverloadedError('too much')]) {
      const spied = await failing(5, error)
      const waiting = watch(retrying(spied, { base: 100, cap: 700 }).acquire('door'))
      const pauses: number[] = []
      for (let i = 0; i < 5; i++) {
        await given().settle()
        pauses.push(...spied.time.pendingMs)
        spied.time.advance(spied.time.pendingMs[0] as number)
      }
      // Half of the bound each, as the test draws.
      expect(pauses).to.deep.equal([50, 100, 200, 350, 350])
      await (await waiting.promise).release()
      expect(spied.asked).to.have.length(6)
    }
  })

  it('gives each try what is left of the wait, and the other options as they were', async () => {
    const spied = await failing(2)
    const meta = { job: 7 }
    const waiting = watch(retrying(spied, { base: 100 }).acquire('door', { wait: '1s', mode: 'shared', priority: 2, meta }))
    for (let i = 0; i < 2; i++) {
      await given().settle()
      spied.time.advance(spied.time.pendingMs[0] as number)
    }
    await (await waiting.promise).release()
    expect(spied.asked.map(({ options }) => options.wait)).to.deep.equal([1_000, 950, 850])
    for (const { options } of spied.asked) expect(options).to.deep.include({ mode: 'shared', priority: 2, meta })
  })

  it('rejects with the last error when the wait allows no further pause', async () => {
    let tried = 0
    const spied = await failing(100, () => new NoQuorumError(`try ${++tried}`))
    const waiting = watch(retrying(spied, { base: 100 }).acquire('door', { wait: 400 }))
    for (let i = 0; i < 10 && waiting.outcome === undefined; i++) {
      await given().settle()
      spied.time.advance(spied.time.pendingMs[0] ?? 0)
    }
    const error = await errorOf(() => waiting.promise)
    expect(error).to.include({ code: 'NO_QUORUM', message: `try ${tried}` })
    expect(spied.time.pendingMs).to.deep.equal([])
    expect(tried).to.equal(5)
  })

  it('rejects with the last error after so many tries', async () => {
    const spied = await failing(100)
    spied.time.luck = 0
    const waiting = watch(retrying(spied, { tries: 3 }).acquire('door'))
    for (let i = 0; i < 3; i++) {
      await given().settle()
      spied.time.advance(0)
    }
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'NO_QUORUM' })
    expect(spied.asked).to.have.length(3)
  })

  it('does not try again what is certain, or what may have happened', async () => {
    const errors = [
      new TimeoutError('late'),
      new AbortedError('aborted'),
      new ClosedError('closed'),
      new LostError('lost', { reason: 'session' }),
      new HoldfastError('BAD_OPTION', 'wrong'),
      new TypeError('own'),
    ]
    for (const own of errors) {
      const spied = await failing(1, () => own)
      expect(await errorOf(() => retrying(spied).acquire('door'))).to.equal(own)
      expect([spied.asked.length, spied.time.pendingMs.length]).to.deep.equal([1, 0])
    }
  })

  it('ends a pause by the signal of the caller, and takes nothing', async () => {
    const spied = await failing(1)
    const aborter = new AbortController()
    const waiting = watch(retrying(spied).acquire('door', { signal: aborter.signal }))
    await given().settle()
    aborter.abort('enough')
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'ABORTED', cause: 'enough' })
    expect([spied.asked.length, spied.time.pendingMs.length]).to.deep.equal([1, 0])
  })

  it('ends all pauses when it is closed, with CLOSED', async () => {
    const spied = await failing(1)
    const locks = retrying(spied)
    const waiting = watch(locks.acquire('door'))
    await given().settle()
    await locks.close()
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'CLOSED' })
    expect(spied.time.pendingMs).to.deep.equal([])
  })

  it('tries `tryAcquire` again, which may say null then', async () => {
    const spied = await failing(1)
    const hold = await (given().all[0] as Locks).acquire('door')
    const waiting = watch(retrying(spied).tryAcquire('door'))
    await given().settle()
    spied.time.advance(50)
    expect(await waiting.promise).to.equal(null)
    await hold.release()
  })

  it('runs the function of `withLock` once, and passes its error on, whatever its code', async () => {
    const spied = await failing(1)
    const locks = retrying(spied)
    const own = new NoQuorumError('of the function')
    let runs = 0
    const waiting = watch(
      locks.withLock('door', () => {
        runs++
        throw own
      }),
    )
    await given().settle()
    spied.time.advance(50)
    expect(await errorOf(() => waiting.promise)).to.equal(own)
    expect(runs).to.equal(1)
    expect(await locks.withLock('door', { wait: '5s' }, ({ state }) => state)).to.equal('held')
    expect(await errorOf(() => locks.withLock('door', 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
  })

  it('passes on everything else: id, query, events, time', async () => {
    const client = await given().open()
    const locks = retrying(client)
    const granted: string[] = []
    const stop = locks.on('lockGranted', ({ lock }) => granted.push(lock))
    const hold = await locks.acquire('door')
    expect([locks.id, granted]).to.deep.equal([client.id, ['door']])
    expect((await locks.query('door')).held.map(({ fence }) => fence)).to.deep.equal([hold.fence])
    expect(locks).to.have.property(timeKey)
    stop()
    await hold.release()
    await locks[Symbol.asyncDispose]()
    expect(await errorOf(() => client.acquire('door'))).to.include({ code: 'CLOSED' })
  })

  it('refuses wrong options by their name, before anything is asked', async () => {
    const spied = new SpiedLocks(await given().open())
    for (const [option, options] of [
      ['base', { base: 0 }],
      ['base', { base: Number.NaN }],
      ['cap', { cap: 'soon' }],
      ['cap', { base: '2s', cap: '1s' }],
      ['tries', { tries: 0 }],
      ['tries', { tries: Number.NaN }],
      ['backoff', { backoff: 5 }],
      ['options', null],
    ] as const)
      expect(() => retrying(spied, options as never), option)
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option })
    const locks = retrying(spied)
    expect(await errorOf(() => locks.acquire('door', { wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(await errorOf(() => locks.acquire('door', { mode: 'both' as never }))).to.include({
      code: 'BAD_OPTION',
      option: 'mode',
    })
    expect(spied.asked).to.deep.equal([])
    expect(await errorOf(() => locks.acquire(''))).to.include({ code: 'BAD_OPTION' })
  })
})
