import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

/** The length of a session on one host. */
const sessionMs = 5000

describe('ensure, in a cluster', () => {
  let pool: Pool
  let workers: Worker[]
  let hold: Hold

  const nowMs = (): number => pool.simulation.time.nowMs
  const marginFits = (ms: number): boolean => {
    try {
      hold.check(ms)
      return true
    } catch (error) {
      expect(error).to.include({ code: 'EXPIRING' })
      return false
    }
  }

  beforeEach(async () => {
    pool = new Pool(81)
    workers = await pool.startAll(3)
    hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
  })

  afterEach(() => pool.closeAll())

  it('renews the session when too little of it is left, and resolves with so much left', async () => {
    let short = false
    for (let i = 0; i < 40 && !short; i++) {
      await pool.simulation.runFor(100)
      short = !marginFits(4400)
    }
    expect(short, 'the session was once shorter').to.equal(true)
    const sinceMs = nowMs()
    await pool.outcome(hold.ensure(4400))
    expect(nowMs() - sinceMs).to.be.lessThan(50)
    hold.check(4400)
    expect(workers[0]?.world.timerCount, 'its timer is gone').to.be.lessThan(30)
  })

  it('asks for one renewal, however many calls wait for it', async () => {
    while (marginFits(4450)) await pool.simulation.runFor(50)
    const { events } = workers[0] as Worker
    events.length = 0
    await pool.outcome(Promise.all(Array.from({ length: 1000 }, () => hold.ensure(4450))))
    expect(events.filter(({ type }) => type === 'sessionRenewed')).to.have.length(1)
  })

  it('refuses a time that no session lasts, and says how long a session is', async () => {
    for (const time of [sessionMs, '1h'] as const) {
      const error = await pool.outcome(rejection(hold.ensure(time)))
      expect(error).to.include({ code: 'BAD_OPTION', option: 'time' })
      expect(error.message).to.include('5000 ms, the length of a session (profile.session)')
    }
    hold.check()
  })
})

describe('ensure, across hosts', () => {
  const sessionMs = 3000
  let pool: Pool
  let workers: Worker[]
  let hold: Hold

  beforeEach(async () => {
    pool = new Pool(82)
    const options = { join: ['a:7000', 'b:7000', 'c:7000'], listen: '0.0.0.0:7000', insecure: true }
    workers = await pool.startAll(3, options, (i) => 'abc'[i] as string)
    hold = await pool.outcome((workers[0] as Worker).node.acquire('door'))
  })

  afterEach(() => pool.closeAll())

  it('gives up with EXPIRING after the length of a session if each renewal takes too long to leave so much', async () => {
    const sinceMs = pool.simulation.time.nowMs
    const error = await pool.outcome(rejection(hold.ensure(sessionMs - 0.01)))
    expect(error).to.include({ code: 'EXPIRING' })
    expect(pool.simulation.time.nowMs - sinceMs).to.be.within(sessionMs - 1, sessionMs + 100)
    hold.check(1000)
    await pool.outcome(hold.ensure(2900))
  })

  it('rejects with NOT_OWNER if the hold is released meanwhile, and with LOST if no majority answers', async () => {
    const [{ node }, ...others] = workers as [Worker, Worker, Worker]
    const window = await pool.outcome(node.acquire('window'))
    for (const { world } of others) world.pause()
    await pool.simulation.runFor(500)
    const [early, lost] = [rejection(window.ensure(2900)), rejection(hold.ensure(2900))]
    await pool.simulation.runFor(100)
    await window.release()
    const sinceMs = pool.simulation.time.nowMs
    expect(await pool.outcome(early)).to.include({ code: 'NOT_OWNER' })
    expect(pool.simulation.time.nowMs - sinceMs).to.be.lessThan(10)
    expect(await pool.outcome(lost)).to.include({ code: 'LOST', reason: 'session' })
    for (const { world } of others) world.resume()
    await pool.agree()
  })
})
