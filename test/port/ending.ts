/** Promises of the option `maxHold`: the hold ends after that time, and its owner is told before another has the lock. */
import { expect } from 'chai'
import type { LockEventOf } from '../../lib/port/events.ts'
import type { Hold } from '../../lib/port/hold.ts'
import { type Clients, errorOf, watch } from './engine.ts'

/** Longer than a test needs for what it does in the meantime. */
const longMs = 60_000

export function itEnds(given: () => Clients, isPlain: boolean): void {
  it('is lost after that time, told everywhere alike, and the lock goes to the next waiter', async () => {
    const [a, b] = await given().two()
    const lost: LockEventOf<'lockLost'>[] = []
    a.on('lockLost', (event) => lost.push(event))
    const hold = await a.acquire('door', { maxHold: 10 })
    const next = watch(b.acquire('door'))
    await aborted(hold)
    const { reason } = hold.signal
    expect(reason).to.include({ code: 'LOST', reason: 'maxHold' })
    expect((reason as Error).message).to.include('its maxHold of 10 ms is over')
    expect(await errorOf(() => hold.check())).to.equal(reason)
    expect([hold.state, await hold.release()]).to.deep.equal(['lost', 'lost'])
    const second = await next.promise
    expect(second.fence > hold.fence).to.equal(true)
    expect(lost).to.have.length(1)
    expect(lost[0]).to.include({ lock: 'door', reason: 'maxHold', message: (reason as Error).message })
    second.check()
    await second.release()
  })

  it('is lost when its owner looks, although the timer is late', async () => {
    const a = await given().open()
    const looks: readonly ((hold: Hold) => unknown)[] = [
      (hold) => errorOf(() => hold.check()),
      (hold) => hold.state,
      (hold) => hold.signal.aborted,
      (hold) => hold.release(),
      (hold) => hold.toJSON().state,
    ]
    const seen: unknown[] = []
    for (const look of looks) {
      const hold = await a.acquire('door', { maxHold: 5, wait: longMs })
      const untilMs = performance.now() + 6
      while (performance.now() < untilMs) {
        // The event loop is busy, so no timer fires.
      }
      seen.push(await look(hold))
      expect(hold.state).to.equal('lost')
    }
    expect(seen[0]).to.include({ code: 'LOST', reason: 'maxHold' })
    expect(seen.slice(1)).to.deep.equal(['lost', true, 'lost', 'lost'])
    await (await a.acquire('door', { wait: longMs })).release()
  })

  it('is not lost once it was released', async () => {
    const a = await given().open()
    const lost: unknown[] = []
    a.on('lockLost', (event) => lost.push(event))
    const hold = await a.acquire('door', { maxHold: 5 })
    expect(await hold.release()).to.equal('released')
    const later = await a.acquire('door', { maxHold: 20, wait: longMs })
    await aborted(later)
    expect(hold.state).to.equal('released')
    expect(lost).to.have.length(1)
  })

  it('by tryAcquire and withLock is lost likewise, and withLock rejects with LOST after its function', async () => {
    const a = await given().open()
    const tried = await a.tryAcquire('door', { maxHold: 5 })
    await aborted(tried as Hold)
    let hasEnded = false
    const error = await errorOf(() =>
      a.withLock('door', { maxHold: '5ms', wait: longMs }, async (hold) => {
        await aborted(hold)
        hasEnded = true
      }),
    )
    expect(error).to.include({ code: 'LOST', reason: 'maxHold' })
    expect(hasEnded).to.equal(true)
    const mine = new Error('mine')
    const passed = await errorOf(() =>
      a.withLock('door', { maxHold: 5, wait: longMs }, async (hold) => {
        await aborted(hold)
        throw mine
      }),
    )
    expect(passed).to.equal(mine)
  })

  it('is lost once, and the lock is free, whatever its owner does when it is told', async () => {
    const [a, b] = await given().two()
    const lost: unknown[] = []
    a.on('lockLost', (event) => lost.push(event))
    const hold = await a.acquire('door', { maxHold: 5 })
    const outcomes: unknown[] = []
    const ended = new Promise<void>((resolve) =>
      hold.signal.addEventListener('abort', () => {
        outcomes.push(hold.release(), hold.state)
        void a.close({ drain: 0 }).then(resolve)
      }),
    )
    await ended
    expect([await outcomes[0], outcomes[1]]).to.deep.equal(['lost', 'lost'])
    expect(lost).to.have.length(1)
    await (await b.acquire('door', { wait: longMs })).release()
  })

  it('keeps close no longer than its time', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { maxHold: 5 })
    await a.close({ drain: longMs })
    expect(hold.signal.reason).to.include({ reason: 'maxHold' })
  })

  const itWithModes = isPlain ? () => {} : it
  itWithModes('is lost alone: a hold beside it goes on', async () => {
    const [a, b] = await given().two()
    const holds = await Promise.all([a, a, b].map((client) => client.acquire('page', { mode: 'shared' })))
    const short = await a.acquire('page', { mode: 'shared', maxHold: 5 })
    const writer = watch(b.acquire('page'))
    await aborted(short)
    await given().settle()
    expect(writer.outcome).to.equal(undefined)
    for (const hold of holds) {
      hold.check()
      await hold.release()
    }
    await (await writer.promise).release()
  })
}

/** Resolves when the hold is lost. */
export function aborted({ signal }: Hold): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
