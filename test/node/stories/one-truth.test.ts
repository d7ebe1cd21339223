import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)

/** Every reader of a hold's session, each asked first once. */
const readers: Readonly<Record<string, (hold: Hold) => string | Promise<string>>> = {
  check: (hold) => {
    try {
      hold.check()
      return 'held'
    } catch (error) {
      return (error as { readonly code: string }).code
    }
  },
  state: (hold) => hold.state,
  signal: (hold) => (hold.signal.aborted ? 'aborted' : 'held'),
  release: (hold) => hold.release(),
  JSON: (hold) => hold.toJSON().state,
}
const over: Readonly<Record<string, string>> = {
  check: 'LOST',
  state: 'lost',
  signal: 'aborted',
  release: 'lost',
  JSON: 'lost',
}

describe('a session that ended while its process did nothing', () => {
  for (const register of ['local', 'quorum'] as const) {
    for (const [first, read] of Object.entries(readers)) {
      it(`is over for every reader as soon as the first asks (${register}, ${first} first)`, async () => {
        const pool = new Pool(11)
        const workers =
          register === 'local' ? await pool.startAll(3) : await pool.startAll(3, { join }, (index) => hosts[index] as string)
        const { node } = workers[0] as Worker
        const hold = await pool.outcome(node.acquire('door'))
        const { signal } = hold
        // The loop of that process is blocked: nothing of it runs, and then its user's code is the first to run.
        ;(workers[0] as Worker).world.pause()
        await pool.simulation.runFor(20_000)
        expect(await read(hold)).to.equal(over[first])
        expect(signal.aborted).to.equal(true)
        expect(signal.reason).to.include({ code: 'LOST', reason: 'session' })
        for (const [name, other] of Object.entries(readers)) expect(await other(hold), name).to.equal(over[name])
        ;(workers[0] as Worker).world.resume()
        await pool.agree()
        await pool.closeAll()
      })
    }
  }

  it('loses what withLock did under it', async () => {
    const pool = new Pool(12)
    const { node, world } = await pool.start()
    const { time } = pool.simulation
    const done = rejection(
      node.withLock('door', () => {
        world.pause()
        return new Promise<void>((resolve) => time.schedule(7000, resolve))
      }),
    )
    expect(await pool.outcome(done)).to.include({ code: 'LOST', reason: 'session' })
    world.resume()
    await pool.agree()
    await pool.closeAll()
  })

  for (const setBack of [false, true]) {
    for (const cutOff of [false, true]) {
      const title = `${setBack ? 'with the wall clock set back' : 'as it is'}, ${cutOff ? 'without' : 'with'} a network`
      it(`is over at once after a sleep, and its signal hardly later (${title})`, async () => {
        const pool = new Pool(13)
        const workers = await pool.startAll(3, { join }, (index) => hosts[index] as string)
        const hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
        const { signal } = hold
        const host = pool.simulation.host('one')
        host.suspend()
        if (cutOff) pool.simulation.network.faults.partition(['one'], ['two', 'three'])
        const next = (workers[1] as Worker).node.acquire('door')
        await pool.simulation.runFor(8000)
        if (setBack) host.clock.jumpWall(-8000)
        host.wake()
        const granted = await pool.outcome(next)
        const wokeAtMs = pool.simulation.time.nowMs
        // No call asks: the process notices by itself.
        await pool.simulation.runUntil(() => signal.aborted, 5000)
        expect(pool.simulation.time.nowMs - wokeAtMs).to.be.at.most(210)
        expect(hold.state).to.equal('lost')
        pool.simulation.network.faults.end()
        if (setBack) host.clock.jumpWall(8000)
        await pool.outcome(granted.release())
        await pool.agree(60_000)
        await pool.closeAll()
      })
    }
  }
})
