import { expect } from 'chai'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const join = hosts.map((host) => `${host}:7000`)

describe('a cluster on five hosts with a join list', () => {
  let pool: Pool
  let workers: Worker[]

  beforeEach(async () => {
    pool = new Pool(11)
    workers = await pool.startAll(5, { join }, (index) => hosts[index] as string)
  })

  it('is founded, grants after its quarantine, and hands over', async () => {
    const [a, b] = workers as [Worker, Worker]
    const hold = await pool.outcome(a.node.acquire('door'))
    const waiting = b.node.acquire('door')
    await pool.simulation.runFor(100)
    await hold.release()
    const next = await pool.outcome(waiting)
    expect(next.fence > hold.fence).to.equal(true)
    await next.release()
    await pool.closeAll()
  })

  it('the smaller side of a partition loses its holds by D and grants nothing; the larger goes on; healing reunites', async () => {
    const minority = workers[0] as Worker
    const majority = workers[2] as Worker
    const hold = await pool.outcome(minority.node.acquire('door'))
    const waiting = majority.node.acquire('door')
    const stranded = rejection(minority.node.acquire('other door', { wait: '8s' }))
    pool.simulation.network.faults.partition(['one', 'two'], ['three', 'four', 'five'])
    await pool.simulation.runFor(3100)
    expect(hold.state).to.equal('lost')
    const next = await pool.outcome(waiting)
    expect(next.fence > hold.fence).to.equal(true)
    expect((await pool.outcome(stranded)).code).to.equal('NO_QUORUM')
    pool.simulation.network.faults.heal()
    await pool.agree(60_000)
    expect(minority.node.members).to.have.length(5)
    await next.release()
    await pool.closeAll()
  })

  it('a node that is not listed finds all the rest through one reachable address', async () => {
    const guest = await pool.start({ join }, 'guest')
    expect(guest.node.members).to.have.length(6)
    await pool.closeAll()
  })

  it('a node with another algorithm is refused', async () => {
    const world = pool.world('stranger')
    const error = await pool.outcome(rejection(simulatedNode(world, { join, algorithm: 'ricart-agrawala' })))
    expect(error).to.include({ code: 'CONFIG_MISMATCH' })
    expect(world.timerCount).to.equal(0)
    await pool.closeAll()
  })

  it('a node whose clock is too far off is refused', async () => {
    const world = pool.world('late')
    world.host.clock.jumpWall(-5000)
    const error = await pool.outcome(rejection(simulatedNode(world, { join })))
    expect(error).to.include({ code: 'CLOCK_SKEW' })
    await pool.closeAll()
  })

  it('a lone node says NO_QUORUM when its patience ends', async () => {
    const lone = new Pool(1)
    const error = await lone.outcome(rejection(simulatedNode(lone.world('one'), { join, wait: '3s' })))
    expect(error).to.include({ code: 'NO_QUORUM' })
  })
})
