import { expect } from 'chai'
import { parseOptions } from '../../lib/node/options.ts'
import { simulatedNode } from '../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from './pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)
const dataDir = '/var/lib/holdfast'
const yearMs = 365 * 86_400_000

/** Starts three voters and gives the fence of a lock; kills them all, as by the loss of power. */
async function fenceOfALife(pool: Pool, options: { readonly dataDir?: string }): Promise<bigint> {
  const workers = await pool.startAll(3, { join, ...options }, (index) => hosts[index] as string)
  const hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
  for (const { world } of workers) world.crash({ silently: true })
  pool.workers.length = 0
  await pool.simulation.runFor(1000)
  return hold.fence
}

function setBack(pool: Pool, ms: number): void {
  for (const host of hosts) pool.simulation.host(host).clock.jumpWall(-ms)
}

describe('a voter with a dataDir', () => {
  it('keeps its vote before it answers: all restart with clocks set back a year, and fences go on rising', async () => {
    const pool = new Pool(3)
    const before = await fenceOfALife(pool, { dataDir })
    setBack(pool, yearMs)
    const after = await fenceOfALife(pool, { dataDir })
    expect(after > before).to.equal(true)
  })

  it('is the difference: without one the same clocks let fences fall, as the documentation says', async () => {
    const pool = new Pool(3)
    const before = await fenceOfALife(pool, {})
    setBack(pool, yearMs)
    expect((await fenceOfALife(pool, {})) < before).to.equal(true)
  })

  it('comes back as a new member: the vote is kept, the membership is not', async () => {
    const pool = new Pool(4)
    const workers = await pool.startAll(3, { join, dataDir }, (index) => hosts[index] as string)
    const old = workers[2] as Worker
    const { id } = old.node
    old.world.crash()
    const next = await pool.start({ join, dataDir }, 'three')
    expect(next.node.id).to.not.equal(id)
    expect(next.node.members.map((member) => member.id)).to.not.include(id)
    await pool.closeAll()
  })

  const refusals: readonly (readonly [string, (pool: Pool) => void, RegExp])[] = [
    ['damaged', (pool) => pool.simulation.host('one').vaults.damage(dataDir, (bytes) => bytes.fill(0, 20, 24)), /is damaged/],
    ['cut off', (pool) => pool.simulation.host('one').vaults.damage(dataDir, (bytes) => bytes.slice(0, 10)), /is damaged/],
    ['empty', (pool) => pool.simulation.host('one').vaults.damage(dataDir, () => new Uint8Array()), /is damaged/],
  ]
  for (const [what, harm, message] of refusals) {
    it(`whose content is ${what} does not start: REFUSED says so, and nothing is left running`, async () => {
      const pool = new Pool(5)
      await fenceOfALife(pool, { dataDir })
      harm(pool)
      const world = pool.world('one')
      const error = await pool.outcome(rejection(simulatedNode(world, { join, dataDir })))
      expect(error).to.include({ code: 'REFUSED', reason: 'data-dir', option: 'dataDir' })
      expect(error.message).to.match(message)
      expect(world.timerCount).to.equal(0)
      expect(pool.simulation.network.isListening('one:7000')).to.equal(false)
    })
  }

  it("that was another cluster's, or another voter's, is refused with whose it is", async () => {
    const pool = new Pool(6)
    await fenceOfALife(pool, { dataDir })
    const foreign = await pool.outcome(rejection(simulatedNode(pool.world('one'), { cluster: 'other', join, dataDir })))
    expect(foreign.message).to.match(/the vote of cluster "default", not of "other"/)
    const moved = [`one:7001`, ...join.slice(1)]
    const world = pool.simulation.world('one', { port: 7001 })
    const elsewhere = await pool.outcome(rejection(simulatedNode(world, { join: moved, dataDir })))
    expect(elsewhere).to.include({ code: 'REFUSED' })
    expect(elsewhere.message).to.match(/the voter at "one:7000", not of the one at "one:7001"/)
  })

  it("is one voter's at a time", async () => {
    const pool = new Pool(7)
    const world = pool.simulation.world('one', { port: 7001 })
    const vault = world.openVault(dataDir)
    const error = await pool.outcome(rejection(simulatedNode(pool.world('one'), { join, dataDir })))
    expect(error.message).to.match(/in use by process/)
    vault.close()
    void world
  })

  it('is no option where nobody votes', () => {
    for (const bad of [{ dataDir }, { join: 'memory', dataDir }, { join, dataDir: '' }] as const) {
      expect(() => parseOptions(bad))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'dataDir' })
    }
  })

  it('is left alone by a node without a vote', async () => {
    const pool = new Pool(8)
    await pool.startAll(3, { join }, (index) => hosts[index] as string)
    await pool.start({ join, dataDir }, 'guest')
    expect(pool.simulation.host('guest').vaults.saves).to.equal(0)
    await pool.closeAll()
  })
})

describe('a full disk', () => {
  for (const full of hosts) {
    it(`of ${full} keeps the other two from founding no longer than a few sessions, and lets ${full} in as well`, async () => {
      const pool = new Pool(10)
      pool.simulation.host(full).vaults.isFull = true
      await pool.outcome(Promise.all(hosts.map((host) => simulatedNode(pool.world(host), { join, dataDir }))), 30_000)
    })
  }

  it('silences that voter, which says so, and the majority goes on', async () => {
    const pool = new Pool(9)
    const workers = await pool.startAll(3, { join, dataDir }, (index) => hosts[index] as string)
    pool.simulation.host('two').vaults.isFull = true
    ;(workers[2] as Worker).world.crash()
    // Two of three are left, and one of them cannot vote: no successor, and no renewal once the other has promised.
    await pool.simulation.runFor(10_000)
    const unsaved = (workers[1] as Worker).events.filter(({ type }) => type === 'voteUnsaved')
    expect(unsaved).to.not.have.length(0)
    expect(unsaved.length, 'told seldom').to.be.at.most(5)
    const refused = await pool.outcome(rejection((workers[0] as Worker).node.acquire('door', { wait: '3s' })))
    expect(refused.code).to.equal('NO_QUORUM')
    // With room again it votes again.
    pool.simulation.host('two').vaults.isFull = false
    await pool.agree(60_000)
    const hold = await pool.outcome((workers[1] as Worker).node.acquire('door'))
    await hold.release()
    await pool.closeAll()
  })
})
