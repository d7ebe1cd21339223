import { expect } from 'chai'
import { simulatedNode } from '../../../lib/sim/node.ts'
import type { SimWorld } from '../../../lib/sim/world.ts'
import { Pool, type Worker } from '../pool.ts'

const sessionMs = 5_000

/** How long a waiter waits for what a holder has, after the holder failed. */
async function waitAfter(pool: Pool, holder: Worker, waiter: Worker, strike: (world: SimWorld) => void): Promise<number> {
  const held = await pool.outcome(holder.node.acquire('lock'))
  const next = waiter.node.acquire('lock')
  await pool.simulation.runFor(500)
  strike(holder.world)
  const beforeMs = pool.simulation.time.nowMs
  const hold = await pool.outcome(next)
  expect(hold.fence > held.fence, 'the fence rose').to.equal(true)
  const waitedMs = pool.simulation.time.nowMs - beforeMs
  await pool.outcome(hold.release())
  return waitedMs
}

describe('when a process of the pool dies', () => {
  const pools: Pool[] = []
  const begin = async (seed: number, count: number): Promise<{ readonly pool: Pool; readonly workers: Worker[] }> => {
    const pool = new Pool(seed)
    pools.push(pool)
    return { pool, workers: await pool.startAll(count) }
  }
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.closeAll()
  })

  it('its lock goes to the next in far less than a second, for any of them: no node waits for its session', async () => {
    for (let place = 0; place < 4; place++) {
      const { pool, workers } = await begin(place + 1, 4)
      const holder = workers.find(({ node }) => node.members[place]?.id === node.id) as Worker
      const waiter = workers.find((worker) => worker !== holder) as Worker
      expect(await waitAfter(pool, holder, waiter, (world) => world.crash())).to.be.lessThan(100)
      await pool.agree()
    }
  })

  it('no survivor pays for a renewal of its session before the lock goes on', async () => {
    const { pool, workers } = await begin(12, 5)
    const [a, b] = workers as [Worker, Worker]
    const held = await pool.outcome(a.node.acquire('lock'))
    const next = b.node.acquire('lock')
    await pool.simulation.runFor(500)
    for (const { events } of workers) events.length = 0
    a.world.crash()
    await pool.outcome((await pool.outcome(next)).release())
    expect(held.fence > 0n).to.equal(true)
    for (const { events } of workers.slice(1)) {
      const types = events.map(({ type }) => type)
      expect(types).to.include('viewInstalled').and.not.include('sessionRenewed')
    }
  })

  it('also when its connections do not close: gossip suspects it, and that is enough to look', async () => {
    const { pool, workers } = await begin(5, 4)
    const [a, b] = workers as [Worker, Worker]
    expect(await waitAfter(pool, a, b, (world) => world.crash({ silently: true }))).to.be.lessThan(1500)
  })

  it('several at once are gone at once', async () => {
    const { pool, workers } = await begin(6, 6)
    const [a, b, c, d] = workers as [Worker, Worker, Worker, Worker]
    const waitedMs = await waitAfter(pool, a, d, (world) => {
      for (const dying of [world, b.world, c.world]) dying.crash()
    })
    expect(waitedMs).to.be.lessThan(200)
    await pool.agree()
    expect(d.node.members).to.have.length(3)
  })

  it('a process that came a moment ago is gone as fast: views may come in a row', async () => {
    const { pool } = await begin(7, 3)
    const [a, b] = pool.workers as [Worker, Worker]
    for (let round = 0; round < 3; round++) {
      const fresh = await pool.start()
      const hold = await pool.outcome(fresh.node.acquire('lock'))
      const next = b.node.acquire('lock')
      await pool.simulation.runFor(3)
      fresh.world.crash()
      const beforeMs = pool.simulation.time.nowMs
      const after = await pool.outcome(next)
      expect(pool.simulation.time.nowMs - beforeMs).to.be.lessThan(100)
      expect(after.fence > hold.fence).to.equal(true)
      await pool.outcome(after.release())
    }
    expect(a.node.members).to.have.length(3)
  })

  it('a stopped process is not dead: the others wait for its session, and its hold is lost before another node has the lock', async () => {
    const { pool, workers } = await begin(8, 4)
    const [a, b] = workers as [Worker, Worker]
    const waitedMs = await waitAfter(pool, a, b, (world) => world.pause())
    // Its latest renewal began at most D/5 before it was stopped.
    expect(waitedMs).to.be.within(sessionMs * 0.8, sessionMs + 1500)
    a.world.resume()
    await pool.agree()
  })

  it('of one stopped and one killed, only the locks that the stopped one may hold are waited for', async () => {
    const { pool, workers } = await begin(9, 5)
    const [stopped, killed, c] = workers as [Worker, Worker, Worker]
    const [first, second] = [await pool.outcome(stopped.node.acquire('first')), await pool.outcome(killed.node.acquire('second'))]
    const nexts = [c.node.acquire('first'), c.node.acquire('second')] as const
    await pool.simulation.runFor(500)
    const beforeMs = pool.simulation.time.nowMs
    stopped.world.pause()
    await pool.simulation.runFor(2500)
    killed.world.crash()
    const afterKilled = await pool.outcome(nexts[1])
    const afterStopped = await pool.outcome(nexts[0])
    expect(afterKilled.fence > second.fence && afterStopped.fence > first.fence).to.equal(true)
    expect(pool.simulation.time.nowMs - beforeMs).to.be.within(sessionMs * 0.8, sessionMs * 1.5 + 1500)
    stopped.world.resume()
    expect(() => first.check()).to.throw()
    await pool.outcome(Promise.all([afterKilled.release(), afterStopped.release()]))
    await pool.agree()
  })

  it('a node that comes when all are dead is granted at once', async () => {
    const { pool, workers } = await begin(10, 4)
    const held = await pool.outcome((workers[0] as Worker).node.acquire('lock'))
    for (const { world } of workers) world.crash()
    await pool.simulation.runFor(60_000)
    const beforeMs = pool.simulation.time.nowMs
    const fresh = await pool.start()
    const hold = await pool.outcome(fresh.node.acquire('lock'))
    expect(pool.simulation.time.nowMs - beforeMs).to.be.lessThan(100)
    expect(hold.fence > held.fence).to.equal(true)
    await pool.outcome(hold.release())
  })

  it('a node that comes when one of them is only stopped waits for that one', async () => {
    const { pool, workers } = await begin(11, 3)
    const [a, b, c] = workers as [Worker, Worker, Worker]
    const held = await pool.outcome(a.node.acquire('lock'))
    b.world.crash()
    c.world.crash()
    await pool.agree()
    a.world.pause()
    const beforeMs = pool.simulation.time.nowMs
    const fresh = pool.world('host')
    const node = await pool.outcome(simulatedNode(fresh))
    const hold = await pool.outcome(node.acquire('lock'))
    expect(pool.simulation.time.nowMs - beforeMs).to.be.greaterThan(sessionMs * 0.8)
    expect(hold.fence > held.fence).to.equal(true)
    a.world.resume()
    expect(() => held.check()).to.throw()
    await pool.outcome(hold.release())
    await pool.outcome(node.close())
    a.world.crash()
  })

  it('after the directory of a stopped holder is deleted, no new node is granted before that holder has lost its hold', async () => {
    const { pool, workers } = await begin(12, 1)
    const [a] = workers as [Worker]
    const held = await pool.outcome(a.node.acquire('lock'))
    a.world.pause()
    pool.simulation.host('host').directories.remove('default')
    const node = await pool.outcome(simulatedNode(pool.world('host')))
    const hold = await pool.outcome(node.acquire('lock'))
    a.world.resume()
    expect(() => held.check()).to.throw()
    expect(hold.fence > held.fence).to.equal(true)
    await pool.outcome(hold.release())
    await pool.outcome(node.close())
  })
})
