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

    it(`stays a member through blocks of 2 s, whoever is blocked and whenever (${register})`, async () => {
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
})
