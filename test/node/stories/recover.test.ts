import { expect } from 'chai'
import type { Life } from '../../../lib/node/life.ts'
import { type Observer, startObserver } from '../../../lib/node/observer.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const join = hosts.map((host) => `${host}:7000`)

describe('a survivor that is told to found with a shorter join list', () => {
  let pool: Pool
  let workers: Worker[]

  async function five(): Promise<void> {
    pool = new Pool(21)
    workers = await pool.startAll(5, { join }, (index) => hosts[index] as string)
  }

  async function observerAt(address: string): Promise<Observer> {
    return await pool.outcome(startObserver(pool.simulation.world('desk'), parseOptions({ join: [address] })))
  }

  /** Told as `holdfast recover --force` tells them. */
  async function recover(shorter: readonly string[]): Promise<void> {
    for (const address of shorter) {
      const observer = await observerAt(address)
      await pool.outcome(observer.recover(shorter))
      await pool.outcome(observer.close())
    }
  }

  it('goes on alone, after the sessions of all others, with a fence above all before', async () => {
    await five()
    const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    for (const { world } of workers.slice(1)) world.crash({ silently: true })
    await pool.simulation.runFor(10_000)
    expect(first.state).to.equal('lost')
    await recover(['one:7000'])
    const survivor = workers[0] as Worker
    const second = await pool.outcome(survivor.node.acquire('door'))
    expect(second.fence > first.fence).to.equal(true)
    expect(survivor.node.view?.config.joinList).to.deep.equal(['one:7000'])
    expect(survivor.node.members).to.have.length(1)
    await second.release()
    await pool.outcome(survivor.node.close())
  })

  it('counts the majority by the shorter list from then on', async () => {
    await five()
    for (const { world } of workers.slice(2)) world.crash({ silently: true })
    await pool.simulation.runFor(10_000)
    await recover(['ONE:7000', 'two.:7000'])
    await pool.agree(60_000)
    ;(workers[1] as Worker).world.crash()
    await pool.agree(60_000)
    const hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    await hold.release()
    await pool.outcome((workers[0] as Worker).node.close())
  })

  it('stays in a view that comes about in the moment before it would found, with what it holds there', async () => {
    /** Cut off until its session is over, then within reach again. */
    const cutOff = async (): Promise<Worker> => {
      await five()
      const { faults } = pool.simulation.network
      faults.partition(['one'], hosts.slice(1))
      await pool.simulation.runFor(8000)
      faults.heal()
      return workers[0] as Worker
    }
    const one = await cutOff()
    const healedAtMs = pool.simulation.time.nowMs
    await pool.simulation.runUntil(() => one.node.view !== null, 10_000)
    const backAfterMs = pool.simulation.time.nowMs - healedAtMs
    await pool.closeAll()

    // The same once more, and just before it is back the order comes.
    const again = await cutOff()
    await pool.simulation.runFor(backAfterMs - 40)
    const { life } = again.node as unknown as { readonly life: Life }
    expect(life.recovery.give(['one:7000'])).to.equal(null)
    await pool.agree(60_000)
    const hold = await pool.outcome(again.node.acquire('door'))
    await pool.simulation.runFor(5000)
    expect(again.node.view?.config.joinList).to.deep.equal(join)
    expect(hold.state).to.equal('held')
    expect(await pool.outcome((workers[1] as Worker).node.tryAcquire('door'))).to.equal(null)
    await hold.release()
    await pool.closeAll()
  })

  it('refuses while a majority is there, a list that is no part of its own, and one without itself', async () => {
    await five()
    const observer = await observerAt('one:7000')
    const active = await pool.outcome(rejection(observer.recover(['one:7000'])))
    expect(active).to.include({ code: 'REFUSED', reason: 'recover' })
    expect(active.message).to.match(/in view \d+, so a majority is there/)
    for (const { world } of workers.slice(1)) world.crash({ silently: true })
    await pool.simulation.runFor(10_000)
    await pool.outcome(observer.close())
    for (const [list, message] of [
      [['six:7000', 'one:7000'], /six:7000 is not in this node's join list/],
      [['two:7000'], /leaves out this very node, one:7000/],
      [['one:7000', 'one:7000'], /names an address twice/],
      [[], /leaves out this very node/],
    ] as const) {
      const again = await observerAt('one:7000')
      expect((await pool.outcome(rejection(again.recover(list)))).message).to.match(message)
      await pool.outcome(again.close())
    }
    await pool.outcome((workers[0] as Worker).node.close())
  })

  it('grants nothing across to nodes that come back with the full list: they are refused, and both sides say so', async () => {
    await five()
    for (const { world } of workers.slice(1)) world.crash({ silently: true })
    await pool.simulation.runFor(10_000)
    await recover(['one:7000'])
    const survivor = workers[0] as Worker
    const hold = await pool.outcome(survivor.node.acquire('door'))
    survivor.events.length = 0
    const error = await pool.outcome(rejection(simulatedNode(pool.world('two'), { join, wait: '20s' })))
    expect(error).to.include({ code: 'CONFIG_MISMATCH', option: 'join' })
    await pool.simulation.runFor(5000)
    const loud = survivor.events.filter((event) => event.type === 'peerRefused' && event.code === 'CONFIG_MISMATCH')
    expect(loud.length).to.be.within(1, 10)
    expect(hold.state).to.equal('held')
    await hold.release()
    // With the shorter list it is let in, as a member without a vote.
    const guest = await pool.outcome(simulatedNode(pool.world('three'), { join: ['one:7000'] }))
    expect(guest.members).to.have.length(2)
    await pool.outcome(Promise.all([guest.close(), survivor.node.close()]))
  })

  it('is asked in vain on one host: its processes recover by themselves', async () => {
    pool = new Pool(22)
    await pool.start()
    const observer = await pool.outcome(startObserver(pool.simulation.world('host'), parseOptions({})))
    expect((await pool.outcome(rejection(observer.recover(['host:1'])))).message).to.match(/no join list/)
    await pool.outcome(observer.close())
    await pool.closeAll()
  })
})
