import { expect } from 'chai'
import type { NodeOptions } from '../../../lib/node/options.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { wallEpoch } from '../../../lib/view/successor.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)
const tenMinutesMs = 600_000

async function fenceAt(pool: Pool, { node }: Worker, wait?: number): Promise<bigint> {
  const hold = await pool.outcome(node.acquire('door', wait === undefined ? {} : { wait }))
  await hold.release()
  return hold.fence
}

const aheadOfClock = (pool: Pool, { node }: Worker, host = 'host'): number =>
  (node.view?.epoch ?? 0) - wallEpoch(pool.simulation.host(host).clock.wallMs())

describe('the epochs of a pool', () => {
  it('never get ahead of the wall clock, however fast its processes come and go', async () => {
    const pool = new Pool(1)
    let highest = 0n
    for (let i = 0; i < 30; i++) {
      const worker = await pool.start()
      expect(aheadOfClock(pool, worker)).to.be.at.most(0)
      const fence = await fenceAt(pool, worker)
      expect(fence > highest).to.equal(true)
      highest = fence
      await pool.outcome(worker.node.close())
    }
  })

  it('rise when its directory is deleted, and its disk too: the clock is above them', async () => {
    const pool = new Pool(2)
    let highest = 0n
    for (let i = 0; i < 10; i++) {
      const worker = await pool.start()
      const fence = await fenceAt(pool, worker)
      expect(fence > highest, `round ${i}`).to.equal(true)
      highest = fence
      await pool.outcome(worker.node.close())
      pool.simulation.host('host').directories.remove('default')
      pool.simulation.host('host').vaults.lose('/state')
    }
  })

  it('rise over a boot whose clock is not set, by the disk, or by the directory of the boot before', async () => {
    for (const lost of ['nothing', 'the disk', 'the directories']) {
      const pool = new Pool(3)
      const first = await pool.start()
      const before = await fenceAt(pool, first)
      first.world.crash()
      pool.workers.length = 0
      const host = pool.simulation.host('host')
      if (lost === 'the disk') host.vaults.lose('/state')
      if (lost === 'the directories') host.directories.remove('default')
      else host.directories.reboot()
      host.clock.jumpWall(-host.clock.wallMs())
      const [second] = await pool.startAll(1)
      expect((await fenceAt(pool, second as Worker)) > before, `lost: ${lost}`).to.equal(true)
    }
  })

  it('go on when the clock is set back an hour: with a disk no node waits for it', async () => {
    const pool = new Pool(4)
    const [a, b] = (await pool.startAll(3)) as [Worker, Worker, Worker]
    const before = await fenceAt(pool, a)
    pool.simulation.host('host').clock.jumpWall(-3_600_000)
    for (let i = 0; i < 5; i++) {
      const sinceMs = pool.simulation.time.nowMs
      const worker = await pool.start()
      worker.world.crash()
      await pool.agree()
      expect(await fenceAt(pool, b)).to.satisfy((fence: bigint) => fence > before)
      expect(pool.simulation.time.nowMs - sinceMs, 'two views').to.be.below(1_500)
    }
    // All restart, and found above what they were in.
    for (const { world } of pool.workers) world.crash()
    pool.workers.length = 0
    pool.simulation.host('host').directories.remove('default')
    expect((await fenceAt(pool, await pool.start())) > before).to.equal(true)
  })

  for (const options of [{ dataDir: false }, {}] as const)
    it(`wait for a clock that was set back where ${'dataDir' in options ? 'there is no disk' : 'the disk is full'}, and that is said`, async () => {
      const pool = new Pool(5)
      pool.simulation.host('host').vaults.isFull = true
      const [a] = (await pool.startAll(2, options)) as [Worker, Worker]
      await fenceAt(pool, a)
      pool.simulation.host('host').clock.jumpWall(-20_000)
      const world = pool.world('host')
      const error = await pool.outcome(rejection(simulatedNode(world, { ...options, wait: '5s' })))
      expect(error).to.include({ code: 'NO_QUORUM' })
      const { advice } = await pool.outcome(a.node.explain('door'))
      const isTold = advice.some((each) => /a folder in which this host can store epochs.*ENOSPC/.test(each))
      expect(isTold).to.equal(!('dataDir' in options))
      if (!('dataDir' in options)) expect(a.events.some(({ type }) => type === 'stateUnsaved')).to.equal(false)
      // The clock gets there, and they are taken in.
      await pool.start(options)
      await pool.closeAll()
    })
})

describe('a process that was in a view', () => {
  it('enters none below it: the chain goes on above, when a directory that was covered is back', async () => {
    const pool = new Pool(6)
    const [a] = (await pool.startAll(2)) as [Worker, Worker]
    await pool.simulation.runFor(60_000)
    const { directories } = pool.simulation.host('host')
    const covered = directories.cover('default')
    await pool.simulation.runFor(10_000)
    await pool.agree()
    const inside = await fenceAt(pool, a)
    expect(a.node.view?.epoch).to.be.greaterThan(500)
    covered.uncover()
    await pool.simulation.runFor(20_000)
    await pool.agree()
    for (const worker of pool.workers) expect((await fenceAt(pool, worker, 20_000)) > inside).to.equal(true)
    await pool.closeAll()
  })
})

describe('a cluster of several hosts', () => {
  const startAll = (pool: Pool, options: NodeOptions = {}): Promise<Worker[]> =>
    pool.startAll(3, { join, ...options }, (index) => hosts[index] as string)
  const jump = (pool: Pool, ms: number): void => {
    for (const host of hosts) pool.simulation.host(host).clock.jumpWall(ms)
  }

  it('whose clocks were wrong for a while and corrected: fences rise over a restart of all', async () => {
    const pool = new Pool(7)
    const workers = await startAll(pool)
    jump(pool, tenMinutesMs)
    await pool.simulation.runFor(15_000)
    ;(workers[2] as Worker).world.crash()
    await pool.agree()
    const highest = await fenceAt(pool, workers[0] as Worker)
    jump(pool, -tenMinutesMs)
    for (const { world } of pool.workers) world.crash()
    pool.workers.length = 0
    await pool.simulation.runFor(60_000)
    const [again] = await startAll(pool)
    expect((await fenceAt(pool, again as Worker)) > highest).to.equal(true)
  })

  it('the same: after a restart of one member everything is granted as ever', async () => {
    for (const [listed, wrong] of [
      [2, 1],
      [3, 3],
    ] as const) {
      const pool = new Pool(8)
      const list = join.slice(0, listed)
      const workers = await pool.startAll(listed, { join: list }, (index) => hosts[index] as string)
      for (const host of hosts.slice(0, wrong)) pool.simulation.host(host).clock.jumpWall(tenMinutesMs)
      await pool.simulation.runFor(15_000)
      for (const host of hosts.slice(0, wrong)) pool.simulation.host(host).clock.jumpWall(-tenMinutesMs)
      await pool.simulation.runFor(10_000)
      const last = hosts[listed - 1] as string
      for (let i = 0; i < 3; i++) {
        ;(pool.workers.findLast(({ world }) => world.host.name === last && world.isAlive) as Worker).world.crash()
        const sinceMs = pool.simulation.time.nowMs
        const back = await pool.start({ join: list }, last)
        await fenceAt(pool, back, 30_000)
        await fenceAt(pool, workers[0] as Worker, 30_000)
        expect(pool.simulation.time.nowMs - sinceMs).to.be.below(30_000)
      }
    }
  })
})
