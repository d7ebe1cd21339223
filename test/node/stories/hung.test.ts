import { expect } from 'chai'
import { Pool, type Worker } from '../pool.ts'

const sessionMs = 5000

describe('a process of a pool that hangs', () => {
  let pool: Pool
  let hung: Worker
  let other: Worker
  let rest: Worker[]

  beforeEach(async () => {
    pool = new Pool(3)
    const [first, second, ...others] = await pool.startAll(5)
    hung = first as Worker
    other = second as Worker
    rest = [other, ...others]
  })

  afterEach(async () => {
    hung.world.resume()
    await pool.agree()
    await pool.closeAll()
  })

  for (const phaseMs of [0, 250, 500, 750, 1000]) {
    it(`for 2 s, ${phaseMs} ms after a renewal, stays a member and keeps its hold`, async () => {
      const hold = await pool.outcome(hung.node.acquire('door'))
      const { id } = hung.node
      const { epoch } = other.node.view ?? { epoch: 0 }
      await pool.simulation.runFor(phaseMs)
      hung.world.pause()
      await pool.simulation.runFor(2000)
      hung.world.resume()
      await pool.simulation.runFor(10_000)
      expect(hung.node.id).to.equal(id)
      expect(hold.state).to.equal('held')
      expect(other.node.view?.epoch).to.equal(epoch)
      await hold.release()
    })
  }

  it('for good loses its lock when its session is over, and hardly later', async () => {
    const { simulation } = pool
    const hold = await pool.outcome(hung.node.acquire('door'))
    hung.world.pause()
    const pausedAtMs = simulation.time.nowMs
    const next = await pool.outcome(other.node.acquire('door'))
    expect(simulation.time.nowMs - pausedAtMs).to.be.within(sessionMs * 0.8, sessionMs + 200)
    expect(next.fence > hold.fence).to.equal(true)
    await next.release()
  })

  it('keeps the others from the locks that it cannot hold only until its session is over', async () => {
    const { simulation } = pool
    await pool.outcome(hung.node.acquire('door'))
    hung.world.pause()
    const pausedAtMs = simulation.time.nowMs
    const holds = await pool.outcome(Promise.all(rest.map(({ node }, i) => node.acquire(`lock ${i}`))))
    expect(simulation.time.nowMs - pausedAtMs).to.be.below(sessionMs + 300)
    for (const hold of holds) await hold.release()
  })
})
