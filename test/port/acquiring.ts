/** Promises of `acquire` and `tryAcquire`: who is granted what, and in which order. */
import { expect } from 'chai'
import type { Hold } from '../../lib/port/hold.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { type Clients, watch } from './engine.ts'

export function itAcquires(given: () => Clients, isPlain: boolean): void {
  it('grants a free lock', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    expect(hold).to.include({ name: 'door', mode: 'exclusive', state: 'held' })
    expect(hold.fence > 0n).to.equal(true)
    hold.check()
    await hold.release()
  })

  it('grants a held lock to the waiter of another client when it is released, under a higher fence', async () => {
    const [a, b] = await given().two()
    const first = await a.acquire('door')
    const waiting = watch(b.acquire('door'))
    await given().settle()
    expect(waiting.outcome).to.equal(undefined)
    await first.release()
    const second = await waiting.promise
    expect(second.fence > first.fence).to.equal(true)
    await second.release()
  })

  it('grants to the waiters of one client in the order in which they asked', async () => {
    const [a, b] = await given().two()
    const first = await a.acquire('door')
    const order: number[] = []
    const waiting = Array.from({ length: 20 }, (_, i) => b.withLock('door', () => void order.push(i)))
    await first.release()
    await Promise.all(waiting)
    expect(order).to.deep.equal(waiting.map((_, i) => i))
  })

  it('grants to the waiter of the highest priority first, and does not take a hold away for it', async () => {
    const a = await given().open()
    const first = await a.acquire('door')
    const order: number[] = []
    const waiting = [0, -1, 5, 5.5, 0, Number.MAX_VALUE, 5].map((priority) =>
      a.withLock('door', { priority }, () => void order.push(priority)),
    )
    await given().settle()
    first.check()
    await first.release()
    await Promise.all(waiting)
    expect(order).to.deep.equal([Number.MAX_VALUE, 5.5, 5, 5, 0, 0, -1])
  })

  it('lets requests of a higher priority pass a waiter for a hundred grants a step, and no longer', async () => {
    const a = await given().open()
    const first = await a.acquire('door')
    let passed = 0
    let isOver = false
    const low = a.withLock('door', { priority: 1 }, () => {
      isOver = true
    })
    const high: Promise<void>[] = []
    const ask = (): void =>
      void high.push(
        a.withLock('door', { priority: 2 }, () => {
          if (isOver) return
          passed++
          if (passed < 300) ask()
        }),
      )
    ask()
    await given().settle()
    await first.release()
    await low
    await Promise.all(high)
    expect(passed).to.be.within(100, 101)
  })

  it('serves the waiters of every client in the end, however fast one of them asks again', async () => {
    const [a, b] = await given().two()
    const entries = { a: 0, b: 0 }
    const until = async (client: Locks, name: 'a' | 'b'): Promise<void> => {
      while (entries.a < 20 || entries.b < 20) await client.withLock('door', () => void entries[name]++)
    }
    await Promise.all([until(a, 'a'), until(b, 'b'), until(a, 'a')])
    expect(entries.a).to.be.within(20, 400)
    expect(entries.b).to.be.within(20, 400)
  })

  it('never lets one lock wait for another', async () => {
    const [a, b] = await given().two()
    const holds = await Promise.all(['a', 'b', 'A', 'a ', 'á', 'a\u0301', '*'].map((name) => a.acquire(name)))
    const other = await b.acquire('c')
    for (const hold of [...holds, other]) await hold.release()
  })

  const itWithModes = isPlain ? () => {} : it
  itWithModes('grants `shared` beside `shared`, and `exclusive` only alone', async () => {
    const [a, b] = await given().two()
    const readers = await Promise.all([a, a, b].map((client) => client.acquire('page', { mode: 'shared' })))
    const writer = watch(b.acquire('page'))
    for (const reader of readers) {
      await given().settle()
      expect(writer.outcome).to.equal(undefined)
      await reader.release()
    }
    const written = await writer.promise
    expect(readers.every(({ fence }) => fence < written.fence)).to.equal(true)
    const late = watch(a.acquire('page', { mode: 'shared' }))
    await given().settle()
    expect(late.outcome).to.equal(undefined)
    await written.release()
    expect((await late.promise).fence > written.fence).to.equal(true)
  })

  itWithModes('keeps a later reader behind a waiting writer', async () => {
    const a = await given().open()
    const reader = await a.acquire('page', { mode: 'shared' })
    const writer = watch(a.acquire('page'))
    const late = watch(a.acquire('page', { mode: 'shared' }))
    await given().settle()
    expect(late.outcome).to.equal(undefined)
    await reader.release()
    await (await writer.promise).release()
    await (await late.promise).release()
  })

  itWithModes('grants k permits at once, and the next when one is released', async () => {
    const [a, b] = await given().two()
    const held: Hold[] = []
    const modes = [3, { permits: 3 }, 3, { permits: 3 }, 3] as const
    const asked = [a, a, b, b, a].map((client, i) =>
      client.acquire('slots', { mode: modes[i] ?? 3 }).then((hold) => held.push(hold)),
    )
    for (let released = 0; released < 5; released++) {
      const expected = Math.min(3, 5 - released)
      await given().until(() => held.length >= expected)
      expect(held).to.have.length(expected)
      await held.shift()?.release()
    }
    await Promise.all(asked)
  })

  itWithModes('lets different numbers of permits, and permits and other modes, exclude each other', async () => {
    const a = await given().open()
    for (const mode of [2, 'shared', 'exclusive'] as const) {
      const permit = await a.acquire('slots', { mode: 3 })
      expect(await a.tryAcquire('slots', { mode })).to.equal(null)
      await permit.release()
    }
  })

  it('by tryAcquire gives null while another holds or waits, and the lock when none does', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door')
    expect(await a.tryAcquire('door')).to.equal(null)
    expect(await b.tryAcquire('door')).to.equal(null)
    expect(await b.tryAcquire('door', { mode: given().shared })).to.equal(null)
    await hold.release()
    const second = await b.tryAcquire('door')
    expect(second?.state).to.equal('held')
    await second?.release()
  })

  itWithModes('by tryAcquire gives `shared` beside `shared`, and null while a writer waits', async () => {
    const [a, b] = await given().two()
    const reader = await a.acquire('door', { mode: 'shared' })
    const writer = watch(a.acquire('door'))
    const beside = await a.tryAcquire('door', { mode: 'shared' })
    expect(beside, 'a writer waits').to.equal(null)
    await reader.release()
    await (await writer.promise).release()
    const shared = await Promise.all([a, b].map((client) => client.tryAcquire('door', { mode: 'shared' })))
    expect(shared.map((each) => each?.mode)).to.deep.equal(['shared', 'shared'])
  })

  it('raises the fence of a lock with every exclusive grant, also after it was at rest', async () => {
    const [a, b] = await given().two()
    let last = 0n
    for (let i = 0; i < 30; i++) {
      const hold = await (i % 3 === 0 ? a : b).acquire('door')
      expect(hold.fence > last).to.equal(true)
      last = hold.fence
      await hold.release()
    }
  })
}
