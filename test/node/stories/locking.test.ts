import { expect } from 'chai'
import { fenceGuard } from '../../../lib/lock/fence.ts'
import type { Hold } from '../../../lib/port/hold.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

describe('locks among five processes of one host', () => {
  let pool: Pool
  let a: Worker
  let b: Worker
  let c: Worker

  beforeEach(async () => {
    pool = new Pool(7)
    ;[a, b, c] = (await pool.startAll(5)) as [Worker, Worker, Worker, Worker, Worker]
  })

  afterEach(async () => {
    await pool.closeAll()
    for (const { world } of pool.workers) expect(world.timerCount, 'timers left').to.equal(0)
  })

  it('five that start at the same moment found one cluster', () => {
    const epochs = new Set(pool.workers.map(({ node }) => node.view?.epoch))
    expect(epochs.size).to.equal(1)
    expect(a.node.members).to.have.length(5)
  })

  it('a waiter is granted when the holder releases, under a higher fence', async () => {
    const first = await pool.outcome(a.node.acquire('door'))
    const waiting = b.node.acquire('door')
    await pool.simulation.runFor(1000)
    expect(await first.release()).to.equal('released')
    const second = await pool.outcome(waiting)
    expect(second.fence > first.fence).to.equal(true)
    expect(first.state).to.equal('released')
    expect(second.state).to.equal('held')
    await second.release()
  })

  it('a hold is plain data to JSON: its name, mode, fence with all digits, and state', async () => {
    const hold = await pool.outcome(a.node.acquire('door', { mode: 'shared' }))
    const json = (state: string) => ({ name: 'door', mode: 'shared', fence: String(hold.fence), state })
    expect(JSON.parse(JSON.stringify({ hold }))).to.deep.equal({ hold: json('held') })
    await hold.release()
    expect(JSON.parse(JSON.stringify(hold))).to.deep.equal(json('released'))
  })

  it('of a hundred requests from all sides never two are inside, and fences rise', async () => {
    let inside = 0
    let last = 0n
    const visit = async ({ node }: Worker): Promise<void> => {
      await node.withLock('door', async (hold) => {
        expect(++inside).to.equal(1)
        expect(hold.fence > last).to.equal(true)
        last = hold.fence
        await new Promise<void>((resolve) => pool.simulation.time.schedule(3, resolve))
        inside--
      })
    }
    const visits = Array.from({ length: 100 }, (_, i) => visit(pool.workers[i % 5] as Worker))
    await pool.outcome(Promise.all(visits))
  })

  it('many share while none is alone', async () => {
    const readers = await pool.outcome(Promise.all(pool.workers.map(({ node }) => node.acquire('page', { mode: 'shared' }))))
    const writing = a.node.acquire('page')
    await pool.simulation.runFor(500)
    expect((await pool.outcome(b.node.query('page'))).held).to.have.length(5)
    for (const reader of readers) await reader.release()
    const writer = await pool.outcome(writing)
    expect(readers.every(({ fence }) => fence < writer.fence)).to.equal(true)
    await writer.release()
  })

  it('k permits are held by k at once, also within one process', async () => {
    const held: Hold[] = []
    const asked = [a, a, b, b, c].map(({ node }) => node.acquire('slots', { mode: 3 }).then((hold) => held.push(hold)))
    await pool.simulation.runFor(1000)
    expect(held).to.have.length(3)
    while (held.length > 0) {
      await held.shift()?.release()
      await pool.simulation.runFor(500)
      expect(held.length).to.be.at.most(3)
    }
    await pool.outcome(Promise.all(asked))
  })

  it('tryAcquire gives null while another node has the lock, and a hold if it is free', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    expect(await pool.outcome(b.node.tryAcquire('door'))).to.equal(null)
    expect(await pool.outcome(a.node.tryAcquire('door'))).to.equal(null)
    await hold.release()
    const second = await pool.outcome(b.node.tryAcquire('door'))
    expect(second?.state).to.equal('held')
    await second?.release()
  })

  it('a waiter that gives up gets TIMEOUT or ABORTED and leaves no trace anywhere', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const aborter = new AbortController()
    const late = rejection(b.node.acquire('door', { wait: '200ms' }))
    const aborted = rejection(c.node.acquire('door', { signal: aborter.signal }))
    await pool.simulation.runFor(100)
    expect((await pool.outcome(a.node.query('door'))).pending).to.have.length(2)
    aborter.abort(new Error('changed my mind'))
    const [timeout, abortion] = [await pool.outcome(late), await pool.outcome(aborted)]
    expect(timeout.code).to.equal('TIMEOUT')
    expect(abortion.code).to.equal('ABORTED')
    expect((abortion.cause as Error).message).to.equal('changed my mind')
    await pool.simulation.runFor(100)
    expect((await pool.outcome(a.node.query('door'))).pending).to.have.length(0)
    await hold.release()
    const next = await pool.outcome(b.node.acquire('door', { wait: '1s' }))
    await next.release()
  })

  it('withLock keeps the error of the function and releases', async () => {
    const error = await pool.outcome(
      rejection(
        a.node.withLock('door', () => {
          throw new Error('mine')
        }),
      ),
    )
    expect(error.message).to.equal('mine')
    expect(await pool.outcome(b.node.withLock('door', () => 42))).to.equal(42)
  })

  it('releasing again says so and does nothing', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    expect(await hold.release()).to.equal('released')
    const next = await pool.outcome(a.node.acquire('door'))
    expect(await hold.release()).to.equal('already')
    expect(next.state).to.equal('held')
    expect(() => hold.check())
      .to.throw()
      .with.property('code', 'NOT_OWNER')
    await next.release()
  })

  it('a re-acquire by the last holder sends no message', async () => {
    await (await pool.outcome(a.node.acquire('door'))).release()
    const before = lockMessages(a)
    for (let i = 0; i < 100; i++) await (await pool.outcome(a.node.acquire('door'))).release()
    expect(lockMessages(a) - before).to.equal(0)
  })

  it('joins and leaves in the middle of contention break nothing and lose no waiter', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const order: string[] = []
    const waiters: Promise<void>[] = []
    for (const worker of [b, c]) {
      waiters.push(
        worker.node.withLock('door', () => {
          order.push(worker.node.id)
        }),
      )
      await pool.simulation.runFor(50)
    }
    const joiner = await pool.start()
    await pool.outcome((pool.workers[4] as Worker).node.close())
    await pool.agree()
    waiters.push(
      joiner.node.withLock('door', () => {
        order.push(joiner.node.id)
      }),
    )
    await pool.simulation.runFor(500)
    expect(order).to.deep.equal([])
    expect(hold.state).to.equal('held')
    hold.check()
    await hold.release()
    await pool.outcome(Promise.all(waiters))
    // In a new view the requests reach the home of the lock in any order.
    expect(order).to.have.members([b.node.id, c.node.id, joiner.node.id])
  })

  it('a killed holder costs next to no time, since its death is proven: the next is granted under a higher fence', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const waiting = b.node.acquire('door')
    await pool.simulation.runFor(100)
    const killedAtMs = pool.simulation.time.nowMs
    a.world.crash()
    const next = await pool.outcome(waiting)
    expect(next.fence > hold.fence).to.equal(true)
    expect(pool.simulation.time.nowMs - killedAtMs).to.be.lessThan(100)
    await next.release()
    await pool.agree()
    expect(b.node.members).to.have.length(4)
  })

  it('a paused holder loses its hold before another node gets the lock, and comes back under a new id', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const { signal } = hold
    const formerId = a.node.id
    const waiting = b.node.acquire('door')
    a.world.pause()
    const next = await pool.outcome(waiting)
    a.world.resume()
    expect(() => hold.check())
      .to.throw()
      .with.property('code', 'LOST')
    await pool.simulation.runFor(100)
    expect(hold.state).to.equal('lost')
    expect(signal.aborted).to.equal(true)
    expect(await hold.release()).to.equal('lost')
    await pool.agree()
    expect(a.node.id).to.not.equal(formerId)
    await next.release()
  })

  it('a directory that disappears ends sessions, loudly', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    a.world.host.directories.remove('default')
    await pool.simulation.runFor(1500)
    expect(hold.state).to.equal('lost')
    expect(a.events.some(({ type }) => type === 'sessionEnded')).to.equal(true)
    await pool.agree()
  })

  it('close gives up what is held and the others go on at once', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const waiting = b.node.acquire('door')
    const mine = rejection(a.node.acquire('door'))
    await pool.simulation.runFor(50)
    const closedAtMs = pool.simulation.time.nowMs
    await pool.outcome(a.node.close({ drain: 0 }))
    expect((await mine).code).to.equal('CLOSED')
    expect(hold.state).to.equal('lost')
    const next = await pool.outcome(waiting)
    expect(pool.simulation.time.nowMs - closedAtMs).to.be.lessThan(1000)
    expect((await rejection(a.node.acquire('door'))).code).to.equal('CLOSED')
    await next.release()
  })

  it('a report that is too long for one answer says so, holds first', async () => {
    const held = await pool.outcome(
      Promise.all(Array.from({ length: 1200 }, (_, i) => a.node.acquire(`many/${i}`, { meta: { i } }))),
    )
    const report = await pool.outcome(b.node.query('many/*'))
    expect(report.unanswered).to.deep.equal([])
    expect(report.truncated).to.deep.equal([a.node.id])
    expect(report.held.length).to.be.within(500, 1199)
    expect(report.held[7]?.meta).to.deep.equal({ i: 7 })
    for (const hold of held) await hold.release()
  })

  it('wrong arguments are named', async () => {
    const bad: [() => Promise<unknown>, string][] = [
      [() => a.node.acquire(''), 'lock name'],
      [() => a.node.acquire('x'.repeat(257)), 'lock name'],
      [() => a.node.acquire('é'.repeat(129)), 'lock name'],
      [() => a.node.acquire(42 as unknown as string), 'lock name'],
      [() => a.node.acquire('x', { wait: -1 }), 'wait'],
      [() => a.node.acquire('x', { wait: 0 }), 'wait'],
      [() => a.node.acquire('x', { wait: '0s' }), 'wait'],
      [() => a.node.tryAcquire('x', { wait: 0 }), 'wait'],
      [() => a.node.withLock('x', { wait: 0 }, () => 1), 'wait'],
      [() => a.node.ref(a.node.id, 'anybody').ask('x', { wait: 0 }), 'wait'],
      [() => a.node.acquire('x', { wait: 'soon' as '1s' }), 'wait'],
      [() => a.node.acquire('x', { wait: Number.POSITIVE_INFINITY }), 'wait'],
      [() => a.node.acquire('x', { mode: 'alone' as 'shared' }), 'mode'],
      [() => a.node.acquire('x', { mode: 0 }), 'mode'],
      [() => a.node.acquire('x', { mode: 'upgradeable' as 'shared' }), 'mode'],
      [() => a.node.acquire('x', { timeout: 5 } as object), 'timeout'],
      [() => a.node.acquire('x', { meta: () => 1 }), 'meta'],
      [() => a.node.acquire('x', { meta: 'x'.repeat(2000) }), 'meta'],
      [() => a.node.withLock('x', undefined as unknown as () => void), 'fn'],
    ]
    for (const [call, option] of bad) {
      expect(await rejection(call())).to.include({ code: 'BAD_OPTION', option })
    }
  })

  it('a wait of 0 is refused with what to use instead', async () => {
    const say = async (call: Promise<unknown>): Promise<string> => (await rejection(call)).message
    expect(await say(a.node.acquire('x', { wait: 0 }))).to.match(/longer than 0 ms: call tryAcquire .* does not queue/)
    expect(await say(a.node.tryAcquire('x', { wait: 0 }))).to.match(/longer than 0 ms: leave it out/)
    expect(await say(a.node.ref(a.node.id, 'anybody').ask('x', { wait: 0 }))).to.match(/longer than 0 ms: call tell/)
  })

  it('a guard admits all shared holders, with any fences, and no reader or writer from before a later writer', async () => {
    for (let i = 0; i < 3; i++) await (await pool.outcome(a.node.acquire('door'))).release()
    const early = await pool.outcome(a.node.acquire('door', { mode: 'shared' }))
    const late = await pool.outcome(b.node.acquire('door', { mode: 'shared' }))
    const readers = [early, late].sort((x, y) => (x.fence < y.fence ? 1 : -1)) as [Hold, Hold]
    expect(readers[0].fence > readers[1].fence, 'they differ, or this shows nothing').to.equal(true)
    const guard = fenceGuard()
    for (const reader of readers) {
      reader.check()
      expect(guard.admit(reader.fence, 'shared'), String(reader.fence)).to.equal(true)
    }
    for (const reader of readers) await reader.release()
    const writer = await pool.outcome(c.node.acquire('door'))
    expect(guard.admit(writer.fence)).to.equal(true)
    expect(readers.map(({ fence }) => guard.admit(fence, 'shared'))).to.deep.equal([false, false])
    await writer.release()
    const reader = await pool.outcome(a.node.acquire('door', { mode: 'shared' }))
    expect(guard.admit(reader.fence, 'shared')).to.equal(true)
    expect(guard.admit(writer.fence), 'a delayed write, after a later reader').to.equal(false)
    await reader.release()
  })
})

function lockMessages({ node }: Worker): number {
  return Object.entries(node.counters.messagesSent).reduce(
    (sum, [type, count]) => sum + (type.startsWith('lock.') ? count : 0),
    0,
  )
}
