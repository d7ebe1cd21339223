import { expect } from 'chai'
import { Pool, type Worker } from '../pool.ts'

/** Messages of the papers' count: what tells a replier lazily that a permission is done with is outside it. */
function counted(workers: readonly Worker[]): number {
  let sum = 0
  for (const { node } of workers) {
    for (const [type, count] of Object.entries(node.counters.messagesSent)) {
      if (type.startsWith('lock.') && type !== 'lock.done') sum += count
    }
  }
  return sum
}

describe('messages for each entry, as the papers count them', () => {
  for (const nodes of [2, 3, 5]) {
    it(`ricart-agrawala with ${nodes} nodes sends 2(N−1), alone and saturated`, async () => {
      const pool = new Pool(nodes)
      const workers = await pool.startAll(nodes, { algorithm: 'ricart-agrawala' })
      const before = counted(workers)
      for (let i = 0; i < 10; i++) await pool.outcome((workers[i % nodes] as Worker).node.withLock('door', () => {}))
      expect(counted(workers) - before).to.equal(10 * 2 * (nodes - 1))
      const visits = workers.flatMap(({ node }) => Array.from({ length: 10 }, () => node.withLock('door', () => {})))
      await pool.outcome(Promise.all(visits))
      await pool.closeAll()
    })
  }

  it('a saturated ring sends 1', async () => {
    const pool = new Pool(3)
    const workers = await pool.startAll(5, { algorithm: 'token-ring' })
    let entries = 0
    let stop = false
    const visit = async ({ node }: Worker): Promise<void> => {
      while (!stop) {
        const hold = await node.acquire('door')
        entries++
        // Longer than a hop takes, so that every node waits again before the token comes round.
        await new Promise<void>((resolve) => pool.simulation.time.schedule(20, resolve))
        await hold.release()
      }
    }
    const visits = workers.map(visit)
    await pool.simulation.runFor(2000)
    const [messagesBefore, entriesBefore] = [counted(workers), entries]
    await pool.simulation.runFor(10_000)
    const perEntry = (counted(workers) - messagesBefore) / (entries - entriesBefore)
    stop = true
    await pool.outcome(Promise.all(visits))
    expect(perEntry).to.be.within(0.99, 1.01)
    await pool.closeAll()
  })
})

describe('a simulated cluster', () => {
  const run = async (seed: number): Promise<string> => {
    const pool = new Pool(seed)
    const workers = await pool.startAll(4)
    const visits = Array.from({ length: 40 }, (_, i) => (workers[i % 4] as Worker).node.withLock(`door ${i % 3}`, () => {}))
    await pool.simulation.runFor(20)
    workers[3]?.world.crash()
    await pool.simulation.runFor(15_000)
    void visits
    return String(pool.simulation.trace.hash)
  }

  it('takes the same course twice from one seed, and another from another', async () => {
    const [first, again, other] = [await run(1), await run(1), await run(2)]
    expect(again).to.equal(first)
    expect(other).to.not.equal(first)
  })
})
