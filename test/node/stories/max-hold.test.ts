import { expect } from 'chai'
import { Pool, rejection, type Worker } from '../pool.ts'

const codeAndReason = (error: unknown): unknown => {
  const { code, reason } = error as { readonly code?: string; readonly reason?: string }
  return [code, reason]
}

describe('a hold with maxHold, in a cluster', () => {
  let pool: Pool
  let workers: Worker[]

  const nowMs = (): number => pool.simulation.time.nowMs
  const runTo = (atMs: number): Promise<void> => pool.simulation.runFor(atMs - nowMs())

  beforeEach(async () => {
    pool = new Pool(71)
    workers = await pool.startAll(3)
  })

  afterEach(() => pool.closeAll())

  it('ends on time for its owner when the timers of its process are late, and on their time for the others', async () => {
    const [a, b] = workers as [Worker, Worker]
    const hold = await pool.outcome(a.node.acquire('door'))
    await hold.release()
    a.world.lateTimers('3s')
    const sinceMs = nowMs()
    const limited = await pool.outcome(a.node.acquire('door', { maxHold: '1s' }))
    const next = b.node.acquire('door')
    await runTo(sinceMs + 999)
    limited.check()
    await runTo(sinceMs + 1001)
    expect(() => limited.check()).to.throw('its maxHold of 1000 ms is over')
    const second = await pool.outcome(next)
    expect(second.fence > limited.fence).to.equal(true)
    second.check()
    a.world.lateTimers(0)
    await second.release()
  })

  it('is lost to the holder before the message to the next leaves, also while it waits for its release', async () => {
    const [a, b] = workers as [Worker, Worker]
    const order: string[] = []
    a.node.on('lockLost', () => order.push('lost'))
    b.node.on('lockGranted', () => order.push('granted'))
    const hold = await pool.outcome(a.node.acquire('door', { maxHold: 500 }))
    hold.signal.addEventListener('abort', () => order.push('aborted'))
    const next = await pool.outcome(b.node.acquire('door'))
    expect(order).to.deep.equal(['aborted', 'lost', 'granted'])
    await next.release()
  })

  it('ends at any moment of a view change, and the next view begins without it', async () => {
    const [a, b, c] = workers as [Worker, Worker, Worker]
    let present: Worker = c
    for (const afterMs of [null, 0.2, 1, 2]) {
      const sinceMs = nowMs()
      a.world.lateTimers('1h')
      const hold = await pool.outcome(a.node.acquire('door', { maxHold: '1s' }))
      a.world.lateTimers(0)
      const next = b.node.acquire('door')
      await runTo(sinceMs + 1100)
      const phases: string[] = []
      const look = (): void => void phases.push(hold.state)
      const stop = a.node.on('viewInstalled', () => {
        if (afterMs === null) look()
        else pool.simulation.time.schedule(afterMs, look)
      })
      present.world.crash()
      const second = await pool.outcome(next)
      expect(phases, `${afterMs}`).to.deep.equal(['lost'])
      expect(codeAndReason(hold.signal.reason)).to.deep.equal(['LOST', 'maxHold'])
      expect(second.fence > hold.fence).to.equal(true)
      stop()
      await pool.outcome(second.release())
      present = await pool.start()
    }
    await pool.outcome((await pool.outcome(a.node.acquire('door'))).release())
  })

  it('whose session ends first is lost for that reason, and its timer is gone', async () => {
    const [a, b] = workers as [Worker, Worker]
    const hold = await pool.outcome(a.node.acquire('door', { maxHold: '20s' }))
    a.world.pause()
    await pool.simulation.runFor(6000)
    a.world.resume()
    const error = await pool.outcome(rejection(Promise.resolve().then(() => hold.check())))
    expect(codeAndReason(error)).to.deep.equal(['LOST', 'session'])
    const second = await pool.outcome(b.node.acquire('door'))
    await pool.agree()
    await pool.simulation.runFor(20_000)
    expect(a.events.filter(({ type }) => type === 'lockLost')).to.have.length(1)
    second.check()
    await second.release()
  })
})
