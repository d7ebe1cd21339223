import { expect } from 'chai'
import { memoryLocks } from '../../../lib/engines/memory/index.ts'
import type { NodeOptions } from '../../../lib/node/options.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { fenceGuard } from '../../../lib/index.ts'
import { Pool, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const joinList = hosts.map((host) => `${host}:7000`)

async function fenceAt(pool: Pool, { node }: Worker): Promise<bigint> {
  const hold = await pool.outcome(node.acquire('door'))
  await hold.release()
  return hold.fence
}

/** A cluster that has granted locks, and then is gone with all that its hosts had stored. The clocks go back a minute. */
async function lost(pool: Pool, options: NodeOptions = {}): Promise<{ floor: bigint; before: bigint }> {
  const isLocal = options.join === undefined
  const workers = isLocal ? await pool.startAll(3) : await pool.startAll(3, options, (i) => hosts[i] as string)
  await pool.simulation.runFor(5_000)
  const before = await fenceAt(pool, workers[0] as Worker)
  const floors = workers.map(({ node }) => node.fenceFloor())
  expect(new Set(floors).size).to.equal(1)
  for (const { world } of workers) world.crash()
  pool.workers.length = 0
  for (const name of isLocal ? ['host'] : hosts) {
    const host = pool.simulation.host(name)
    host.vaults.lose('/state')
    host.directories.remove('default')
    host.clock.jumpWall(-60_000)
  }
  return { floor: floors[0] as bigint, before }
}

describe('the floor of fences', () => {
  for (const [register, options] of [
    ['on one host', {}],
    ['on three hosts', { join: joinList, insecure: true }],
  ] as const)
    it(`lifts the fences of a new cluster above those of one that is gone, ${register}`, async () => {
      const hostOf = (i: number): string => (register === 'on one host' ? 'host' : (hosts[i] as string))
      const without = new Pool(1)
      const { before: unguarded } = await lost(without, options)
      const [fallen] = await without.startAll(3, options, hostOf)
      expect(await fenceAt(without, fallen as Worker)).to.satisfy((fence: bigint) => fence < unguarded)

      const pool = new Pool(1)
      const { floor, before } = await lost(pool, options)
      expect(floor > before).to.equal(true)
      const guard = fenceGuard(before)
      const [next] = await pool.startAll(3, { ...options, fenceFloor: floor }, hostOf)
      const fence = await fenceAt(pool, next as Worker)
      expect(fence > floor && guard.admit(fence)).to.equal(true)
      expect((next as Worker).node.fenceFloor() > fence).to.equal(true)
      await pool.closeAll()
    })

  it('may be any fence of the user, and is kept by a node that loses its session', async () => {
    const pool = new Pool(2)
    const first = await pool.start()
    const floor = (await fenceAt(pool, first)) + (1n << 40n)
    await pool.outcome(first.node.close())
    const [worker] = await pool.startAll(1, { fenceFloor: floor })
    expect((await fenceAt(pool, worker as Worker)) > floor).to.equal(true)
    worker?.world.pause()
    await pool.simulation.runFor(20_000)
    worker?.world.resume()
    await pool.simulation.runFor(5_000)
    expect((await fenceAt(pool, worker as Worker)) > floor).to.equal(true)
    await pool.closeAll()
  })

  it('lifts a cluster that is up when a node with a floor joins', async () => {
    const pool = new Pool(3)
    const [first] = await pool.startAll(2)
    const floor = (await fenceAt(pool, first as Worker)) + (20n << 28n)
    await pool.start({ fenceFloor: floor })
    for (const worker of pool.workers) expect((await fenceAt(pool, worker)) > floor).to.equal(true)
    await pool.closeAll()
  })

  it('is told by a closed node', async () => {
    const pool = new Pool(4)
    const worker = await pool.start()
    const fence = await fenceAt(pool, worker)
    await pool.outcome(worker.node.close())
    expect(worker.node.fenceFloor() > fence).to.equal(true)
  })

  it('lifts the fences of the engine in memory', async () => {
    const locks = memoryLocks({ cluster: 'floor', fenceFloor: 2n ** 53n })
    const hold = await locks.acquire('door')
    expect(hold.fence).to.equal(2n ** 53n + 1n)
    expect(locks.fenceFloor()).to.equal(hold.fence)
    await using lower = memoryLocks({ cluster: 'floor', fenceFloor: 5n })
    expect(lower.fenceFloor()).to.equal(hold.fence)
    await locks.close({ drain: 0 })
  })

  it('must be a bigint in range', () => {
    for (const fenceFloor of [5, '5', -1n, 2n ** 62n, null, Number.NaN] as never[]) {
      for (const call of [() => parseOptions({ fenceFloor }), () => memoryLocks({ fenceFloor })])
        expect(call, String(fenceFloor)).to.throw('fenceFloor').with.property('option', 'fenceFloor')
    }
    expect(parseOptions({ fenceFloor: 0n }).epochLeast).to.equal(1)
  })
})
