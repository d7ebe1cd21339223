import { expect } from 'chai'
import { parseOptions } from '../../../lib/node/options.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)
const dataDir = '/var/lib/holdfast'
const yearMs = 365 * 86_400_000

/** Starts three voters and gives the fence of a lock; kills them all, as by the loss of power. */
async function fenceOfALife(pool: Pool, options: { readonly dataDir?: string | false }): Promise<bigint> {
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

  it('has one by default, and so fences rise; with none the same clocks let them fall, as the documentation says', async () => {
    for (const [options, rises] of [
      [{}, true],
      [{ dataDir: false }, false],
    ] as const) {
      const pool = new Pool(3)
      const before = await fenceOfALife(pool, options)
      setBack(pool, yearMs)
      expect((await fenceOfALife(pool, options)) > before).to.equal(rises)
    }
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

  it('keeps the votes of each cluster, address and join list apart, and the highest epoch of a cluster for all its lists', async () => {
    const pool = new Pool(6)
    const before = await fenceOfALife(pool, { dataDir })
    setBack(pool, yearMs)
    const foreign = await pool.outcome(simulatedNode(pool.world('one'), { cluster: 'other', join: join.slice(0, 1), dataDir }))
    await pool.outcome(foreign.close())
    const lone = pool.simulation.world('one', { port: 7001 })
    const node = await pool.outcome(simulatedNode(lone, { join: ['one:7001'], dataDir }))
    const hold = await pool.outcome(node.acquire('door'))
    expect(hold.fence > before, 'another list, and the same cluster').to.equal(true)
    await pool.outcome(node.close())
  })

  it("that is another voter's is refused with whose it is", async () => {
    const pool = new Pool(6)
    await fenceOfALife(pool, { dataDir })
    const { vaults } = pool.simulation.host('one')
    const moved = ['one:7001', ...join.slice(1)]
    vaults.copy(`${dataDir}/default/${join[0]} ${join.join(' ')}`, `${dataDir}/default/one:7001 ${moved.join(' ')}`)
    const elsewhere = rejection(simulatedNode(pool.simulation.world('one', { port: 7001 }), { join: moved, dataDir }))
    const error = await pool.outcome(elsewhere)
    expect(error).to.include({ code: 'REFUSED', reason: 'data-dir' })
    expect(error.message).to.match(/holds the vote of address and join list "one:7000 one:7000 .*, not of "one:7001 one:7001/)
  })

  it("is one voter's at a time", async () => {
    const pool = new Pool(7)
    const other = pool.simulation.world('one', { port: 7001 })
    const vault = other.openState(dataDir, 'default').openVault([join[0], ...join].join(' '))
    const error = await pool.outcome(rejection(simulatedNode(pool.world('one'), { join, dataDir })))
    expect(error.message).to.match(/in use by process/)
    vault.close()
  })

  it('is the path of a folder or false, and no option where nothing outlives the process', () => {
    for (const bad of [
      { join: 'memory', dataDir },
      { join, dataDir: '' },
      { join, dataDir: true },
    ] as const) {
      expect(() => parseOptions(bad as object))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'dataDir' })
    }
    expect(parseOptions({ join: 'memory', dataDir: false }).dataDir).to.equal(false)
    expect(parseOptions({ dataDir }).dataDir).to.equal(dataDir)
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
