import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import { once, type OnceRun } from '../../lib/recipes/once.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('once', (given) => {
  /** A job that runs until it is told to end. */
  const longJob = () => {
    let end: (result: string) => void = () => {}
    const over = new Promise<string>((resolve) => (end = resolve))
    return { end: (result: string) => end(result), fn: () => over }
  }

  it('runs the job on one instance, and skips it on the others while it runs', async () => {
    const clients = await given().three()
    const job = longJob()
    const first = watch(once(clients[0], 'report', {}, job.fn))
    await given().settle()
    for (const client of clients.slice(1))
      expect(await once(client, 'report', {}, () => expect.fail('ran'))).to.deep.equal({ ran: false })
    job.end('done')
    expect(await first.promise).to.deep.equal({ ran: true, result: 'done' })
    expect(await once(clients[1], 'report', {}, ({ name }) => name)).to.deep.equal({ ran: true, result: 'report' })
  })

  it('runs on one of the instances that call it at one moment, each time', async () => {
    const clients = await given().three()
    for (let tick = 0; tick < 20; tick++) {
      const job = longJob()
      let ran = 0
      const runs = clients.map((client) =>
        once(client, `report ${tick}`, {}, () => {
          ran++
          return job.fn()
        }),
      )
      await given().settle()
      job.end('done')
      await Promise.all(runs)
      expect(ran).to.equal(1)
    }
  })

  it('keeps the lock for `atLeast` after a short job, also one that failed, and resolves at once', async () => {
    const [a, b] = await given().two()
    const own = new Error('mine')
    for (const fails of [false, true]) {
      const spied = new SpiedLocks(a)
      const running = once(spied, 'report', { atLeast: '1m' }, () => {
        spied.time.advance(10_000)
        if (fails) throw own
        return 7
      })
      if (fails) expect(await errorOf(() => running)).to.equal(own)
      else expect(await running).to.deep.equal({ ran: true, result: 7 })
      expect(spied.time.pendingMs).to.deep.equal([50_000])
      expect(await once(b, 'report', {}, () => expect.fail('ran'))).to.deep.equal({ ran: false })
      spied.time.advance(49_999)
      await given().settle()
      expect(await once(b, 'report', {}, () => expect.fail('ran'))).to.deep.equal({ ran: false })
      spied.time.advance(1)
      await given().settle()
      expect((await once(b, 'report', {}, () => undefined)).ran).to.equal(true)
    }
  })

  it('leaves no timer behind when the lock is lost in the time of `atLeast`', async () => {
    const a = await given().open()
    const spied = new SpiedLocks(a)
    let signal: OnceRun['signal'] | undefined
    await once(spied, 'report', { atLeast: '1m' }, (run) => {
      signal = run.signal
    })
    expect(spied.time.pendingMs).to.deep.equal([60_000])
    await a.close({ drain: 0 })
    expect([spied.time.pendingMs, signal?.aborted]).to.deep.equal([[], false])
  })

  it('releases at once after a job that ran longer than `atLeast`', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    await once(spied, 'report', { atLeast: '1m' }, () => spied.time.advance(60_000))
    expect(spied.time.pendingMs).to.deep.equal([])
    expect((await once(b, 'report', {}, () => undefined)).ran).to.equal(true)
  })

  it('aborts the signal of a job after `atMost`, and keeps the lock until the job has ended', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const job = longJob()
    let run: OnceRun | undefined
    const running = watch(
      once(spied, 'report', { atMost: '1h' }, (given) => {
        run = given
        return job.fn()
      }),
    )
    await given().settle()
    const { signal, fence } = run as OnceRun
    run?.check()
    expect([typeof fence, signal.aborted]).to.deep.equal(['bigint', false])
    spied.time.advance(3_600_000)
    expect(signal.reason).to.include({ code: 'TIMEOUT', message: "the job 'report' runs longer than 3600000 ms" })
    expect(await errorOf(() => run?.check())).to.equal(signal.reason)
    expect(await once(b, 'report', {}, () => expect.fail('ran'))).to.deep.equal({ ran: false })
    job.end('late')
    expect(await running.promise).to.deep.equal({ ran: true, result: 'late' })
    expect((await once(b, 'report', {}, () => undefined)).ran).to.equal(true)
  })

  it('leaves no timer of `atMost` behind, and its signal is not aborted later', async () => {
    const spied = new SpiedLocks(await given().open())
    let signal: OnceRun['signal'] | undefined
    await once(spied, 'report', { atMost: '1h' }, (run) => {
      signal = run.signal
    })
    expect([spied.time.pendingMs, signal?.aborted]).to.deep.equal([[], false])
  })

  it('rejects with LOST if the lock was lost while the job ran, and aborts its signal', async () => {
    const [a, b] = await given().two()
    let signal: OnceRun['signal'] | undefined
    const running = once(a, 'report', { atLeast: '1h' }, async (run) => {
      signal = run.signal
      await a.close({ drain: 0 })
      expect(await errorOf(() => run.check())).to.equal(signal.reason)
    })
    const error = await errorOf(() => running)
    expect(error).to.include({ code: 'LOST', reason: 'closed' })
    expect(signal?.reason).to.equal(error)
    expect((await once(b, 'report', {}, () => undefined)).ran).to.equal(true)
  })

  it('passes an error of the job on unchanged, thrown or rejected, and releases', async () => {
    const a = await given().open()
    const own = new Error('mine')
    const throwing = (): never => {
      throw own
    }
    expect(await errorOf(() => once(a, 'report', {}, throwing))).to.equal(own)
    expect(await errorOf(() => once(a, 'report', {}, () => Promise.reject(own)))).to.equal(own)
    expect((await once(a, 'report', {}, () => undefined)).ran).to.equal(true)
  })

  it('passes on what the engine says, and ends by its signal', async () => {
    const a = await given().open()
    const signal = AbortSignal.abort('why')
    expect(await errorOf(() => once(a, 'report', { signal }, () => expect.fail('ran')))).to.include({ code: 'ABORTED' })
    await a.close()
    expect(await errorOf(() => once(a, 'report', {}, () => expect.fail('ran')))).to.include({ code: 'CLOSED' })
  })

  it('refuses wrong arguments by their name, before anything is taken', async () => {
    const spied: Locks & { readonly asked: readonly unknown[] } = new SpiedLocks(await given().open())
    for (const [option, options] of [
      ['atMost', { atMost: 0 }],
      ['atMost', { atMost: Number.NaN }],
      ['atLeast', { atLeast: -1 }],
      ['atLeast', { atLeast: '2m', atMost: '1m' }],
      ['wait', { wait: 0 }],
      ['mode', { mode: 'shared' }],
      ['options', undefined],
    ] as const)
      expect(await errorOf(() => once(spied, 'report', options as never, () => undefined)), option).to.include({
        code: 'BAD_OPTION',
        option,
      })
    expect(await errorOf(() => once(spied, 'report', {}, 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect(spied.asked).to.deep.equal([])
    expect(await errorOf(() => once(spied, '', {}, () => undefined))).to.include({ code: 'BAD_OPTION' })
  })
})
