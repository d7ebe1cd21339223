import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import type { Node } from '../../../lib/node/node.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)
const yearMs = 365 * 86_400_000
const minuteMs = 60_000

describe('clocks that are wrong', () => {
  it('on every listed host: nothing can be founded, and NO_QUORUM names the clocks, not the network', async () => {
    const pool = new Pool(1)
    pool.simulation.host('two').clock.jumpWall(10 * minuteMs)
    pool.simulation.host('three').clock.jumpWall(-20 * minuteMs)
    const errors = await pool.outcome(
      Promise.all(hosts.map((host) => rejection(simulatedNode(pool.world(host), { join, wait: '5s' })))),
    )
    for (const error of errors) expect(error).to.include({ code: 'NO_QUORUM' })
    expect(errors[0]?.message).to.match(/clocks of the listed hosts are too far apart/)
    expect(errors[0]?.message).to.match(/two:7000 is 60000\d ms ahead, three:7000 is 1\d+ ms behind/)
  })

  it('on one of three: the others found without it, and it is turned away with CLOCK_SKEW', async () => {
    const pool = new Pool(2)
    pool.simulation.host('one').clock.jumpWall(-yearMs)
    const wrong = rejection(simulatedNode(pool.world('one'), { join }))
    await pool.startAll(2, { join }, (index) => hosts[index + 1] as string)
    expect((await pool.outcome(wrong)).code).to.equal('CLOCK_SKEW')
    await pool.closeAll()
  })

  for (const dataDir of [false, '/votes'] as const) {
    const options = { join, dataDir }
    it(`set back a year on a voter that runs ${dataDir === false ? 'without' : 'with'} a dataDir: fences go on rising`, async () => {
      const pool = new Pool(3)
      const workers = await pool.startAll(3, options, (index) => hosts[index] as string)
      const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
      await first.release()
      pool.simulation.host('one').clock.jumpWall(-yearMs)
      ;(workers[2] as Worker).world.crash()
      const second = await pool.outcome((workers[1] as Worker).node.acquire('door'))
      expect(second.fence > first.fence).to.equal(true)
      await second.release()
      await pool.closeAll()
    })
  }

  it('set back a year while a voter was down: it may not join, and grants nothing by itself', async () => {
    const pool = new Pool(4)
    const workers = await pool.startAll(3, { join }, (index) => hosts[index] as string)
    ;(workers[2] as Worker).world.crash()
    pool.simulation.host('three').clock.jumpWall(-yearMs)
    const error = await pool.outcome(rejection(simulatedNode(pool.world('three'), { join, wait: '20s' })))
    expect(error.code).to.equal('CLOCK_SKEW')
    await pool.closeAll()
  })

  it('set back a year on one voter, when all restart: the hosts that remember the fences decide', async () => {
    const pool = new Pool(5)
    const workers = await pool.startAll(3, { join }, (index) => hosts[index] as string)
    const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    for (const { world } of workers) world.crash()
    pool.workers.length = 0
    pool.simulation.host('one').clock.jumpWall(-yearMs)
    const turnedAway = rejection(simulatedNode(pool.world('one'), { join }))
    const [two] = await pool.startAll(2, { join }, (index) => hosts[index + 1] as string)
    const second: Hold = await pool.outcome(((two as Worker).node as Node).acquire('door'))
    expect(second.fence > first.fence).to.equal(true)
    expect((await pool.outcome(turnedAway)).code).to.equal('CLOCK_SKEW')
    await second.release()
    await pool.closeAll()
  })

  it('set back on a voter that stands still and loses its session: what it then founds lies above what it was in', async () => {
    const pool = new Pool(6)
    const pair = join.slice(0, 2)
    const workers = await pool.startAll(2, { join: pair }, (index) => hosts[index] as string)
    const [one, two] = workers as [Worker, Worker]
    const first = await pool.outcome(two.node.acquire('door'))
    await first.release()
    two.world.crash()
    one.world.pause()
    pool.simulation.host('one').clock.jumpWall(-8_000)
    await pool.simulation.runFor(5_000)
    one.world.resume()
    // Half of an even list that has its first entry goes on alone.
    const second = await pool.outcome(one.node.acquire('door'))
    expect(second.fence > first.fence).to.equal(true)
    await second.release()
    await pool.closeAll()
  })

  it('set back a year on such a voter without a disk: it grants nothing, and says that its clock is to be set', async () => {
    const pool = new Pool(7)
    const [one, two] = (await pool.startAll(
      2,
      { join: join.slice(0, 2), dataDir: false },
      (index) => hosts[index] as string,
    )) as [Worker, Worker]
    two.world.crash()
    one.world.pause()
    pool.simulation.host('one').clock.jumpWall(-yearMs)
    await pool.simulation.runFor(5_000)
    one.world.resume()
    const error = await pool.outcome(rejection(one.node.acquire('door', { wait: '60s' })))
    expect(error.code).to.equal('NO_QUORUM')
    expect(error.message).to.match(/the clock of this host was set back: it is 315\d+ s behind/)
    await pool.closeAll()
  })
})
