import { expect } from 'chai'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const listOf = (count: number): string[] => hosts.slice(0, count).map((host) => `${host}:7000`)
const hourMs = 3_600_000

async function startOn(pool: Pool, count: number): Promise<Worker[]> {
  return await pool.startAll(count, { join: listOf(count) }, (index) => hosts[index] as string)
}

describe('clusters over several hosts, told as stories', () => {
  it('two clusters of one name with different lists meet: both say so, seldom, nothing is granted across, both go on', async () => {
    const pool = new Pool(31)
    let meet: (addresses: readonly string[]) => void = () => undefined
    const met = new Promise<readonly string[]>((resolve) => {
      meet = resolve
    })
    const discovery = async function* (): AsyncIterable<readonly string[]> {
      yield await met
    }
    const left = await pool.start({ join: ['one:7000'], discovery }, 'one')
    pool.workers.length = 0
    const right = await pool.start({ join: ['two:7000'] }, 'two')
    const holds = await pool.outcome(Promise.all([left.node.acquire('door'), right.node.acquire('door')]))
    meet(['two:7000'])
    await pool.simulation.runFor(60_000)
    for (const { events, node } of [left, right]) {
      const loud = events.filter((event) => event.type === 'peerRefused' && event.code === 'CONFIG_MISMATCH')
      expect(loud, node.address).to.have.length(1)
      expect(node.state).to.equal('active')
      expect(node.members).to.have.length(1)
    }
    expect(holds.map(({ state }) => state)).to.deep.equal(['held', 'held'])
    await pool.outcome(Promise.all([left.node.close(), right.node.close()]))
  })

  it('a partition of an hour heals by itself', async () => {
    const pool = new Pool(32)
    const workers = await startOn(pool, 3)
    pool.simulation.network.faults.partition(['one'], ['two', 'three'])
    await pool.simulation.runFor(10_000)
    const hold = await pool.outcome((workers[1] as Worker).node.acquire('door'))
    await pool.simulation.runFor(hourMs)
    expect((workers[0] as Worker).node.state).to.equal('rejoining')
    pool.simulation.network.faults.heal()
    await pool.agree(60_000)
    expect(hold.state).to.equal('held')
    await hold.release()
    await pool.closeAll()
  }).timeout(60_000)

  it('a majority restarts while the rest is in the view of before: it is founded anew, and fences rise', async () => {
    const pool = new Pool(33)
    const workers = await startOn(pool, 5)
    const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    for (const { world } of workers.slice(2)) world.crash()
    const restarted = await pool.startAll(3, { join: listOf(5) }, (index) => hosts[index + 2] as string)
    expect(first.state).to.equal('lost')
    const second = await pool.outcome((restarted[0] as Worker).node.acquire('door'))
    expect(second.fence > first.fence).to.equal(true)
    await second.release()
    await pool.closeAll()
  })

  it('three of five are a view; one of them dies and another comes: the two and it found anew', async () => {
    const pool = new Pool(34)
    const join = listOf(5)
    // A machine's clock begins when it is first spoken of, and clocks that are apart by D found nothing.
    for (const host of hosts) pool.simulation.host(host)
    const workers = await pool.startAll(3, { join }, (index) => hosts[index] as string)
    const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    ;(workers[2] as Worker).world.crash()
    await pool.simulation.runFor(4000)
    expect(first.state).to.equal('lost')
    const late = await pool.start({ join }, 'four')
    const second = await pool.outcome(late.node.acquire('door'))
    expect(second.fence > first.fence).to.equal(true)
    await second.release()
    await pool.closeAll()
  })

  it('two machines: the first goes on without the second, the second waits without the first', async () => {
    const pool = new Pool(35)
    let [one, two] = (await startOn(pool, 2)) as [Worker, Worker]
    two.world.crash()
    await pool.agree()
    const hold = await pool.outcome(one.node.acquire('door'))
    two = await pool.start({ join: listOf(2) }, 'two')
    await hold.release()
    one.world.crash()
    const error = await pool.outcome(rejection(two.node.acquire('door', { wait: '20s' })))
    expect(error.code).to.equal('NO_QUORUM')
    one = await pool.start({ join: listOf(2) }, 'one')
    const later = await pool.outcome(two.node.acquire('door'))
    expect(later.fence > hold.fence).to.equal(true)
    await later.release()
    await pool.closeAll()
  })
})
