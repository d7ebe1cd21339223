import { expect } from 'chai'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, type Worker } from '../pool.ts'

const sessionMs = 5000

/** When each of a worker's sessions ended, and why. */
const endsOf = ({ events }: Worker): string[] => events.flatMap((event) => (event.type === 'sessionEnded' ? [event.message] : []))

describe('when a member may be given up', () => {
  let pool: Pool

  const begin = async (seed: number, count: number): Promise<Worker[]> => {
    pool = new Pool(seed)
    return await pool.startAll(count)
  }

  afterEach(async () => {
    for (const { world } of pool.workers) world.resume()
    await pool.agree()
    await pool.closeAll()
  })

  // Longer than two thirds of a session, and shorter than what is left of it at the worst moment.
  for (const busyMs of [2500, 3400, 3900]) {
    for (const withJoiner of [false, true]) {
      it(`a holder that is busy for ${busyMs} ms keeps its hold, ${withJoiner ? 'with' : 'without'} a joiner`, async () => {
        const [holder, ...others] = (await begin(busyMs, 3)) as [Worker, ...Worker[]]
        const hold = await pool.outcome(holder.node.acquire('door'))
        holder.world.pause()
        const joining = withJoiner ? simulatedNode(pool.world('host')) : null
        await pool.simulation.runFor(busyMs)
        holder.world.resume()
        await pool.simulation.runFor(10_000)
        expect(() => hold.check()).not.to.throw()
        expect([holder, ...others].flatMap(endsOf)).to.deep.equal([])
        await pool.outcome(hold.release())
        if (joining !== null) await pool.outcome(joining.then((node) => node.close()))
      })
    }
  }

  it('a whole pool that is busy keeps what it holds, although a joiner reaches none of it', async () => {
    const workers = await begin(1, 3)
    const holds = await pool.outcome(Promise.all(workers.map(({ node }, index) => node.acquire(`door ${index}`))))
    for (const { world } of workers) world.pause()
    const joining = simulatedNode(pool.world('host'))
    await pool.simulation.runFor(3900)
    for (const { world } of workers) world.resume()
    const joiner = await pool.outcome(joining)
    for (const hold of holds) expect(() => hold.check()).not.to.throw()
    expect(workers.flatMap(endsOf)).to.deep.equal([])
    await pool.outcome(Promise.all(holds.map((hold) => hold.release())))
    await pool.outcome(joiner.close())
  })

  for (const [standstillMs, afterMs] of [
    [1500, 5],
    [2500, 5],
    [2500, 20],
    [2500, 100],
    [4000, 5],
    [12_000, 5],
  ] as const) {
    it(`a joiner that stands still for ${standstillMs} ms, ${afterMs} ms after its start, evicts no member`, async () => {
      const workers = await begin(standstillMs + afterMs, 3)
      const hold = await pool.outcome((workers[0] as Worker).node.acquire('kept'))
      const world = pool.world('host')
      const joining = simulatedNode(world)
      await pool.simulation.runFor(afterMs)
      world.pause()
      await pool.simulation.runFor(standstillMs)
      world.resume()
      const node = await pool.outcome(joining)
      await pool.simulation.runFor(2000)
      expect(workers.flatMap(endsOf)).to.deep.equal([])
      hold.check()
      await pool.outcome(hold.release())
      await pool.outcome(node.close())
    })
  }

  it('a member that stood still itself gives up no other when it goes on', async () => {
    const workers = await begin(2, 4)
    for (const { world } of workers) {
      await pool.simulation.runFor(1370)
      world.pause()
      await pool.simulation.runFor(3900)
      world.resume()
    }
    await pool.simulation.runFor(10_000)
    expect(workers.flatMap(endsOf)).to.deep.equal([])
  })

  for (const standstillMs of [1500, 2500]) {
    it(`nor does a voter of several hosts that stood still for ${standstillMs} ms, member or founder`, async () => {
      pool = new Pool(standstillMs)
      const hosts = ['one', 'two', 'three']
      const join = hosts.map((host) => `${host}:7000`)
      // The first of the list stands still in the middle of the founding.
      pool.simulation.time.schedule(120, () => pool.simulation.host('one').worlds[0]?.pause())
      pool.simulation.time.schedule(120 + standstillMs, () => pool.simulation.host('one').worlds[0]?.resume())
      const workers = await pool.startAll(3, { join, profile: 'lan' }, (index) => hosts[index] as string)
      for (const { world } of workers) {
        await pool.simulation.runFor(1370)
        world.pause()
        await pool.simulation.runFor(standstillMs)
        world.resume()
      }
      await pool.simulation.runFor(10_000)
      const judged = workers.flatMap(endsOf).filter((reason) => !reason.startsWith('session:'))
      expect(judged).to.deep.equal([])
    })
  }

  describe('what it held is granted again within the bound that explain tells', () => {
    for (const pausedMs of [4060, 4150, 4200, 4600, 5400, 20_000]) {
      it(`although the holder goes on after ${pausedMs} ms`, async () => {
        const [holder, waiter] = (await begin(pausedMs, 3)) as [Worker, Worker]
        const hold = await pool.outcome(holder.node.acquire('door'))
        const explained = await pool.outcome(waiter.node.explain('door'))
        const boundMs = explained.cases.find((each) => each.case === 'holder hung or stopped')?.boundMs ?? 0
        // Shortly before it would renew, so that its session is over 4.05 s later, and the others see so 0.1 s after that.
        const renewals = (): number => holder.events.filter(({ type }) => type === 'sessionRenewed').length
        const before = renewals()
        await pool.simulation.runUntil(() => renewals() > before, 2000)
        await pool.simulation.runFor(950)
        const pausedAtMs = pool.simulation.time.nowMs
        holder.world.pause()
        const next = waiter.node.acquire('door')
        pool.simulation.time.schedule(pausedMs, () => holder.world.resume())
        const granted = await pool.outcome(next)
        expect(pool.simulation.time.nowMs - pausedAtMs).to.be.at.most(boundMs)
        expect(granted.fence > hold.fence).to.equal(true)
        await pool.outcome(granted.release())
      })
    }

    it('also to one that joined after the holder was given up, and had gone on and come back', async () => {
      const [holder] = (await begin(7, 3)) as [Worker, Worker, Worker]
      await pool.outcome(holder.node.acquire('door'))
      const pausedAtMs = pool.simulation.time.nowMs
      holder.world.pause()
      await pool.simulation.runFor(sessionMs + 200)
      holder.world.resume()
      const late = await pool.start()
      const granted = await pool.outcome(late.node.acquire('door'))
      expect(pool.simulation.time.nowMs - pausedAtMs).to.be.below(sessionMs + 1500)
      await pool.outcome(granted.release())
    })
  })

  for (const sleepMs of [6000, 3_600_000]) {
    it(`after all processes of a host slept for ${sleepMs} ms a free lock is granted in far less than a second`, async () => {
      const workers = await begin(3, 4)
      const first = await pool.outcome((workers[0] as Worker).node.acquire('door'))
      await pool.outcome(first.release())
      const host = pool.simulation.host('host')
      host.suspend()
      await pool.simulation.runFor(sleepMs)
      host.wake()
      const wokeAtMs = pool.simulation.time.nowMs
      const granted = await pool.outcome((workers[1] as Worker).node.acquire('door'))
      expect(pool.simulation.time.nowMs - wokeAtMs).to.be.below(700)
      expect(granted.fence > first.fence).to.equal(true)
      await pool.outcome(granted.release())
    })
  }

  it('after such a sleep no node still has the former holds', async () => {
    const workers = await begin(4, 3)
    const hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
    const { signal } = hold
    const host = pool.simulation.host('host')
    host.suspend()
    await pool.simulation.runFor(8000)
    host.wake()
    const granted = await pool.outcome((workers[1] as Worker).node.acquire('door'))
    expect(signal.aborted).to.equal(true)
    expect(hold.state).to.equal('lost')
    expect(granted.fence > hold.fence).to.equal(true)
    await pool.outcome(granted.release())
  })
})
