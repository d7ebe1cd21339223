import { expect } from 'chai'
import { Pool, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const join = hosts.map((host) => `${host}:7000`)

/** The ids of all members, as the first worker has them. */
function membersOf(workers: readonly Worker[]): string[] {
  return (workers[0] as Worker).node.members.map(({ id }) => id).sort()
}

describe('a member that is only busy, or badly heard', () => {
  let pool: Pool
  let workers: Worker[]

  afterEach(async () => {
    pool.simulation.network.faults.end()
    await pool.agree(60_000)
    await pool.closeAll()
  })

  for (const register of ['local', 'quorum'] as const) {
    const begin = async (seed: number): Promise<void> => {
      pool = new Pool(seed)
      workers =
        register === 'local' ? await pool.startAll(5) : await pool.startAll(5, { join }, (index) => hosts[index] as string)
    }

    it(`stays a member through blocks of 2 s of any node at any time (${register})`, async () => {
      await begin(21)
      const before = membersOf(workers)
      for (const [index, worker] of workers.entries()) {
        await pool.simulation.runFor(5000 + index * 370)
        worker.world.pause()
        await pool.simulation.runFor(2000)
        worker.world.resume()
      }
      await pool.simulation.runFor(10_000)
      expect(membersOf(workers)).to.deep.equal(before)
    })

    it(`stays a member for two minutes in which one frame in twenty is lost (${register})`, async () => {
      await begin(22)
      const before = membersOf(workers)
      pool.simulation.network.faults.lose('*', '*', 0.05)
      await pool.simulation.runFor(120_000)
      pool.simulation.network.faults.end()
      expect(membersOf(workers)).to.deep.equal(before)
    })
  }

  /** A member stands still for so long; the others ask for `count` new locks, spread over that time. Returns when each was granted. */
  async function askDuringPause(pausedMs: number, count: number, place = 0): Promise<readonly number[]> {
    pool = new Pool(10 + place)
    workers = await pool.startAll(5, { algorithm: 'token-ring' })
    await pool.simulation.runFor(3000)
    const { time } = pool.simulation
    const busy = workers[place] as Worker
    const others = workers.filter((worker) => worker !== busy)
    const startMs = time.nowMs
    const grantedMs: number[] = []
    const use = async (i: number): Promise<void> => {
      const hold = await (others[i % others.length] as Worker).node.acquire(`new/${i}`)
      grantedMs.push(time.nowMs - startMs)
      await hold.release()
    }
    const used: Promise<void>[] = []
    busy.world.pause()
    for (let i = 0; i < count; i++) {
      await pool.simulation.runFor(startMs + (i * pausedMs) / count - time.nowMs)
      used.push(use(i))
    }
    await pool.simulation.runFor(startMs + pausedMs - time.nowMs)
    busy.world.resume()
    await pool.outcome(Promise.all(used))
    return grantedMs
  }

  it('delays at most 3 in 10 of the 600 new locks that the others ask for with token-ring while it computes for 2 s', async () => {
    const grantedMs: number[] = []
    for (let place = 0; place < 5; place++) {
      grantedMs.push(...(await askDuringPause(2000, 120, place)))
      if (place < 4) await pool.closeAll()
    }
    expect(grantedMs).to.have.length(600)
    expect(grantedMs.filter((ms) => ms < 2000).length).to.be.at.least(420)
    expect(Math.max(...grantedMs)).to.be.below(2100)
  })

  for (const { pausedMs, belief } of [
    { pausedMs: 2000, belief: 'suspected' },
    { pausedMs: 3500, belief: 'believed down' },
  ]) {
    it(`is skipped no more by token-ring when it goes on, after ${pausedMs} ms in which it was ${belief}`, async () => {
      await askDuringPause(pausedMs, 40)
      const [busy, other] = workers as [Worker, Worker]
      const isDown = other.events.some(({ type }) => type === 'peerDown')
      expect(isDown).to.equal(belief === 'believed down')
      await pool.simulation.runFor(1000)
      const startMs = pool.simulation.time.nowMs
      for (let i = 0; i < 40; i++) await (await pool.outcome(busy.node.acquire(`new/${i}`))).release()
      expect(pool.simulation.time.nowMs - startMs).to.be.below(1000)
    })
  }
})
