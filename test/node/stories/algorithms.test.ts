/** Whole nodes, each registered algorithm in turn: what users see of a lock must not depend on which one it is. */
import { expect } from 'chai'
import { algorithms } from '../../../lib/mutex/algorithms.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

/** A ledger of who is inside: two at once, or a fence that does not rise, is an error at once. */
class Room {
  entries = 0
  private inside: string | null = null
  private latest = 0n
  private readonly pool: Pool

  constructor(pool: Pool) {
    this.pool = pool
  }

  enter(id: string, fence: bigint): void {
    expect(this.inside, `inside while ${id} enters`).to.equal(null)
    expect(fence > this.latest, `the fence of ${id} rose`).to.equal(true)
    this.inside = id
    this.latest = fence
    this.entries++
  }

  leave(): void {
    this.inside = null
  }

  /** Enters, stays for a while, leaves. */
  async visit({ node }: Worker): Promise<void> {
    await node.withLock('door', async ({ fence }) => {
      this.enter(node.id, fence)
      await new Promise<void>((resolve) => this.pool.simulation.time.schedule(2, resolve))
      this.leave()
    })
  }

  visits(workers: readonly Worker[], times: number): Promise<void>[] {
    return Array.from({ length: times }, () => workers.map((worker) => this.visit(worker))).flat()
  }
}

for (const { name: algorithm } of algorithms) {
  describe(`five nodes whose locks use ${algorithm}`, () => {
    let pool: Pool
    let room: Room
    let workers: Worker[]

    beforeEach(async () => {
      pool = new Pool(11)
      room = new Room(pool)
      workers = await pool.startAll(5, { algorithm })
    })

    afterEach(async () => {
      await pool.closeAll()
      for (const { world } of pool.workers) expect(world.timerCount, 'timers left').to.equal(0)
    })

    it('of five that try at the same moment one gets the lock, fresh or used before', async () => {
      for (let round = 0; round < 20; round++) {
        const name = round % 2 === 0 ? 'job' : `job/${round}`
        const tried = await pool.simulation.outcome(Promise.all(workers.map(({ node }) => node.tryAcquire(name))))
        const holds = tried.filter((hold) => hold !== null)
        expect(holds, `round ${round}`).to.have.length(1)
        await holds[0]?.release()
        await pool.simulation.runFor(1000)
      }
    })

    it('one is inside at a time, all are served, and fences rise', async () => {
      await pool.outcome(Promise.all(room.visits(workers, 8)))
      expect(room.entries).to.equal(40)
      expect(workers[0]?.node.view?.config.algorithm).to.equal(algorithm)
    })

    it('the holder dies: the waiters are served, after it and never beside it', async () => {
      const [a, ...rest] = workers as [Worker, ...Worker[]]
      await pool.outcome(Promise.all(room.visits(workers, 1)))
      const { fence } = await pool.outcome(a.node.acquire('door'))
      room.enter(a.node.id, fence)
      const waiting = room.visits(rest, 2)
      await pool.simulation.runFor(100)
      expect(room.entries).to.equal(6)
      a.world.crash()
      room.leave()
      await pool.outcome(Promise.all(waiting))
      expect(room.entries).to.equal(14)
    })

    it('a node joins and a node leaves while all contend: no waiter is lost', async () => {
      const [leaver, holder, ...others] = workers as [Worker, Worker, ...Worker[]]
      const rest = [holder, ...others]
      const hold = await pool.outcome(holder.node.acquire('door'))
      room.enter(holder.node.id, hold.fence)
      const waiting = room.visits(rest, 2)
      await pool.simulation.runFor(20)
      const joiner = await pool.start({ algorithm })
      await pool.outcome(leaver.node.close())
      await pool.agree()
      waiting.push(...room.visits([joiner], 2))
      await pool.simulation.runFor(100)
      expect(room.entries, 'the hold is carried from view to view').to.equal(1)
      room.leave()
      expect(await hold.release()).to.equal('released')
      await pool.outcome(Promise.all(waiting))
      expect(room.entries).to.equal(11)
    })

    it('a waiter that gives up is out of the way, and a try is answered at once', async () => {
      const [a, b, c, d] = workers as [Worker, Worker, Worker, Worker]
      const hold = await pool.outcome(a.node.acquire('door'))
      const aborter = new AbortController()
      const aborted = rejection(b.node.acquire('door', { signal: aborter.signal }))
      await pool.simulation.runFor(20)
      const visit = room.visit(c)
      await pool.simulation.runFor(20)
      aborter.abort()
      expect((await pool.outcome(aborted)).code).to.equal('ABORTED')
      expect(await pool.outcome(d.node.tryAcquire('door'), 1000)).to.equal(null)
      await hold.release()
      await pool.outcome(visit, 1000)
      await pool.simulation.runFor(100)
      const tried = await pool.outcome(d.node.tryAcquire('door'), 1000)
      expect(tried?.state, 'no site wants it').to.equal('held')
      expect(await pool.outcome(a.node.tryAcquire('door'), 1000)).to.equal(null)
      await tried?.release()
      await pool.outcome(room.visit(b), 1000)
    })
  })
}
