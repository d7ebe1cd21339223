/** Promises of `close`. */
import { expect } from 'chai'
import type { LockEventOf } from '../../lib/port/events.ts'
import { type Clients, errorOf, watch } from './engine.ts'

export function itCloses(given: () => Clients): void {
  it('refuses new requests and those that wait with CLOSED, each with an error of its own', async () => {
    const [a, b] = await given().two()
    const hold = await b.acquire('door')
    const waiting = [a.acquire('door'), a.acquire('door')].map((promise) => errorOf(() => promise))
    await given().settle()
    const closed = a.close()
    const errors = await Promise.all([
      ...waiting,
      ...[() => a.acquire('other'), () => a.tryAcquire('other'), () => a.withLock('other', () => {})].map(errorOf),
    ])
    expect(errors.map(({ code }) => code)).to.deep.equal(errors.map(() => 'CLOSED'))
    expect(new Set(errors).size).to.equal(errors.length)
    await closed
    hold.check()
    await hold.release()
    await (await b.acquire('door', { wait: '10s' })).release()
  })

  it('waits for running functions and open holds, and resolves when the last one is over', async () => {
    const [a] = await given().two()
    const order: string[] = []
    const entered = signalled()
    const finish = signalled()
    const body = a.withLock('door', async (hold) => {
      entered.resolve()
      await finish.promise
      hold.check()
      order.push('body')
    })
    await entered.promise
    const hold = await a.acquire('other')
    const closing = a.close({ drain: '1m' }).then(() => order.push('closed'))
    finish.resolve()
    await body
    hold.check()
    order.push('hold')
    await hold.release()
    await closing
    expect(order).to.deep.equal(['body', 'hold', 'closed'])
  })

  it('with a drain of 0 loses the holds at once, and tells it everywhere alike', async () => {
    const [a, b] = await given().two()
    const lost: LockEventOf<'lockLost'>[] = []
    a.on('lockLost', (event) => lost.push(event))
    const holds = [await a.acquire('one'), await a.acquire('two', { mode: given().shared })]
    const signals = holds.map(({ signal }) => signal)
    const states: string[] = []
    signals[0]?.addEventListener('abort', () => states.push(...holds.map(({ state }) => state)))
    const next = watch(b.acquire('one'))
    await given().settle()
    await a.close({ drain: 0 })
    expect(states, 'one who hears of one loss finds all of them').to.deep.equal(['lost', 'lost'])
    for (const [i, hold] of holds.entries()) {
      const { reason } = signals[i] as AbortSignal
      expect(reason).to.include({ code: 'LOST', reason: 'closed' })
      expect(await errorOf(() => hold.check())).to.equal(reason)
      expect(hold.signal.reason).to.equal(reason)
      expect(await hold.release()).to.equal('lost')
      const told = lost.find(({ lock }) => lock === hold.name)
      expect(told).to.deep.include({ fence: hold.fence, reason: 'closed', message: (reason as Error).message })
    }
    expect(lost).to.have.length(2)
    expect((await next.promise).fence > (holds[0]?.fence ?? 0n)).to.equal(true)
  })

  it('rejects a running withLock with LOST when its drain is over before the function', async () => {
    const a = await given().open()
    const entered = signalled()
    const body = errorOf(() =>
      a.withLock('door', async (hold) => {
        entered.resolve()
        await new Promise<void>((resolve) => hold.signal.addEventListener('abort', () => resolve()))
        return 'went well'
      }),
    )
    await entered.promise
    await a.close({ drain: 5 })
    expect(await body).to.include({ code: 'LOST', reason: 'closed', definite: false })
  })

  it('called again gives the same promise, and only a shorter drain counts', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    const closing = a.close({ drain: '1h' })
    expect(a.close()).to.equal(closing)
    expect(a.close({ drain: '2h' })).to.equal(closing)
    expect(hold.state).to.equal('held')
    expect(a.close({ drain: 0 })).to.equal(closing)
    await closing
    expect(hold.state).to.equal('lost')
    expect(a.close()).to.equal(closing)
  })

  it('with a wrong drain rejects, and nothing is closed', async () => {
    const a = await given().open()
    for (const drain of [-1, Number.NaN, '5 s' as never, {} as never]) {
      expect(await errorOf(() => a.close({ drain }))).to.include({ code: 'BAD_OPTION', option: 'drain' })
    }
    expect(await errorOf(() => a.close({ wait: 5 } as never))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    await (await a.acquire('door')).release()
  })

  it('comes at the end of the block that uses the client', async () => {
    const opened = await given().open()
    {
      await using a = opened
      await a.withLock('door', () => {})
    }
    expect(await errorOf(() => opened.acquire('door'))).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => opened.query())).to.include({ code: 'CLOSED' })
  })
}

function signalled(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: () => resolve() }
}
