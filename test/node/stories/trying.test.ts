import { expect } from 'chai'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)
const sessionMs = 3000

describe('tryAcquire while it cannot be known whether the lock is free', () => {
  let pool: Pool
  let workers: Worker[]
  beforeEach(async () => {
    pool = new Pool(31)
    workers = await pool.startAll(3, { join, profile: 'lan' }, (index) => hosts[index] as string)
  })
  afterEach(() => pool.closeAll())

  const at = (place: number): Worker => workers[place] as Worker

  it('after a founding waits until every session of before must be over, and then has it', async () => {
    for (const place of [0, 1, 2]) {
      const hold = await pool.outcome(at(place).node.tryAcquire(`fresh ${place}`))
      expect(hold?.state).to.equal('held')
      await pool.outcome(Promise.resolve(hold?.release()))
    }
  })

  it('rejects with NO_QUORUM and the time left when its own wait ends before', async () => {
    const beganAtMs = pool.simulation.time.nowMs
    const error = await pool.outcome(rejection(at(0).node.tryAcquire('fresh', { wait: 500 })))
    expect(error.message).to.match(/for \d+ ms more/)
    expect(error).to.include({ code: 'NO_QUORUM', definite: true })
    const leftMs = Number(/for (\d+) ms more/.exec(error.message)?.[1])
    expect(leftMs).to.be.within(1, sessionMs)
    await pool.simulation.runFor(leftMs)
    const hold = await pool.outcome(at(0).node.tryAcquire('fresh', { wait: 500 }))
    expect(hold?.state).to.equal('held')
    expect(pool.simulation.time.nowMs - beganAtMs).to.be.below(sessionMs * 1.1)
    await pool.outcome(Promise.resolve(hold?.release()))
  })

  it('has a session by then: its members ask for one again when their first view is active', async () => {
    expect(
      await pool.simulation.runUntil(() => workers.every(({ events }) => events.some((e) => e.type === 'sessionRenewed')), 50),
    ).to.equal(true)
  })

  it('says of acquire what it waited for: TIMEOUT, and the time left', async () => {
    const error = await pool.outcome(rejection(at(0).node.acquire('fresh', { wait: 500 })))
    expect(error.code).to.equal('TIMEOUT')
    expect(error.message).to.match(/for \d+ ms more/)
  })

  it('is null at once if another has the lock or waits for it', async () => {
    const waiting = at(0).node.acquire('fresh')
    await pool.simulation.runFor(100)
    expect(await pool.outcome(at(0).node.tryAcquire('fresh'))).to.equal(null)
    const hold = await pool.outcome(waiting)
    const beganAtMs = pool.simulation.time.nowMs
    expect(await pool.outcome(at(1).node.tryAcquire('fresh'))).to.equal(null)
    expect(pool.simulation.time.nowMs - beganAtMs).to.be.below(100)
    await pool.outcome(hold.release())
  })

  it('waits out a holder that was killed on another host, as long as that one may be inside', async () => {
    const hold = await pool.outcome(at(2).node.acquire('door'))
    at(2).world.crash()
    const diedAtMs = pool.simulation.time.nowMs
    await pool.agree()
    const after = await pool.outcome(at(0).node.tryAcquire('door'))
    expect(after !== null && after.fence > hold.fence).to.equal(true)
    // It renewed at most a fifth of a session before it died.
    expect(pool.simulation.time.nowMs - diedAtMs).to.be.at.least(sessionMs * 0.8)
    await pool.outcome(Promise.resolve(after?.release()))
  })
})
