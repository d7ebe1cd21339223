import { expect } from 'chai'
import type { HealthCheck } from '../../../lib/node/health-watch.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

/** A check that does what it is told, and counts its calls. */
function tool(): { check: HealthCheck; answer: (signal: AbortSignal) => unknown; calls: number } {
  const made = {
    answer: (_signal: AbortSignal): unknown => undefined,
    calls: 0,
    check: (signal: AbortSignal): unknown => {
      made.calls++
      return made.answer(signal)
    },
  }
  return made
}

const lossOf = async (promise: Promise<unknown>): Promise<unknown> => await rejection(promise)

describe('the health of a node', () => {
  const failures: Readonly<Record<string, (signal: AbortSignal) => unknown>> = {
    'gives false': () => false,
    'resolves to false': async () => false,
    throws: () => {
      throw new Error('the disk is full')
    },
    rejects: async () => {
      throw new Error('the disk is full')
    },
    'never settles': () => new Promise(() => {}),
    'rejects through a promise of another kind': () => ({
      // biome-ignore lint/suspicious/noThenProperty: such an object is what is tested
      then: (_: unknown, failed: (error: unknown) => void): void => failed('the disk is full'),
    }),
  }

  for (const [what, answer] of Object.entries(failures))
    it(`loses all holds when the check ${what}, and the next holder is another node's`, async () => {
      const pool = new Pool(1)
      const health = tool()
      const sick = await pool.start({ health: { check: health.check, every: 500, within: 300 } })
      const well = await pool.start()
      const [hold, other] = [await pool.outcome(sick.node.acquire('door')), await pool.outcome(sick.node.acquire('gate'))]
      const told: string[] = []
      hold.signal.addEventListener('abort', () => told.push(`${hold.state} ${other.state} ${granted}`))
      let granted = false
      const next = well.node.acquire('door').then((held) => {
        granted = true
        return held
      })
      health.answer = answer
      const taken = await pool.outcome(next, 2_000)
      expect(told).to.deep.equal(['lost lost false'])
      expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'unhealthy' })
      expect(taken.fence > hold.fence).to.equal(true)
      expect(await hold.release()).to.equal('lost')
      // The node is a member as before.
      expect([sick.node.state, sick.node.members.length]).to.deep.equal(['active', 2])
      await taken.release()
      await pool.closeAll()
    })

  it('lets requests wait until the first check and later ones pass, and says why', async () => {
    const pool = new Pool(2)
    const health = tool()
    health.answer = () => Promise.reject(new Error('the disk is full'))
    const { node } = await pool.start({ health: { check: health.check, every: 500 } })
    const error = await pool.outcome(lossOf(node.acquire('door', { wait: 2_000 })))
    expect(error)
      .to.include({ code: 'TIMEOUT' })
      .and.match(/health check of this node fails: the disk is full/)
    expect(await pool.outcome(lossOf(node.tryAcquire('door', { wait: 100 })))).to.include({ code: 'TIMEOUT' })
    const waiting = node.acquire('door')
    const abort = new AbortController()
    const aborted = lossOf(node.acquire('door', { signal: abort.signal }))
    abort.abort()
    expect(await pool.outcome(aborted)).to.include({ code: 'ABORTED' })
    await pool.simulation.runFor(60_000)
    health.answer = () => true
    const hold = await pool.outcome(waiting, 1_000)
    await hold.release()
    // Requests take the short way again.
    for (let i = 0; i < 200; i++) await (await pool.outcome(node.acquire('door'))).release()
    health.answer = () => false
    await pool.simulation.runFor(1_000)
    expect(await pool.outcome(lossOf(node.acquire('door', { wait: 100 })))).to.include({ code: 'TIMEOUT' })
    await pool.closeAll()
  })

  it('keeps requests waiting in a new tenure as well, and loses nothing else', async () => {
    const pool = new Pool(3)
    const health = tool()
    const [sick, well] = [await pool.start({ health: health.check }), await pool.start()] as [Worker, Worker]
    await (await pool.outcome(sick.node.acquire('door'))).release()
    health.answer = () => false
    await pool.simulation.runFor(2_000)
    const waiting = sick.node.acquire('door')
    sick.world.pause()
    await pool.simulation.runFor(20_000)
    sick.world.resume()
    await pool.agree()
    await (await pool.outcome(well.node.acquire('door', { wait: 1_000 }))).release()
    health.answer = () => undefined
    await (await pool.outcome(waiting, 3_000)).release()
    await pool.closeAll()
  })

  it('aborts the signal of a check that takes too long, ignores its late outcome, and checks no more after close', async () => {
    const pool = new Pool(4)
    const health = tool()
    const { node } = await pool.start({ health: { check: health.check, every: 1_000, within: 200 } })
    const ends: (() => void)[] = []
    let aborts = 0
    health.answer = (signal) => {
      signal.addEventListener('abort', () => aborts++)
      return new Promise<void>((resolve) => ends.push(resolve))
    }
    await pool.simulation.runFor(3_000)
    expect(aborts).to.be.within(2, 3)
    const waiting = node.acquire('door')
    waiting.catch(() => {})
    for (const end of ends) end()
    await pool.simulation.runFor(100)
    const { calls } = health
    await pool.closeAll()
    expect(await lossOf(waiting)).to.include({ code: 'CLOSED' })
    await pool.simulation.runFor(10_000)
    expect(health.calls - calls).to.be.at.most(1)
  })

  it('lets an owner that is told of the loss ask again, or close the node', async () => {
    const pool = new Pool(5)
    const health = tool()
    const { node } = await pool.start({ health: health.check })
    const hold = await pool.outcome(node.acquire('door'))
    let again: Promise<unknown> = Promise.resolve()
    let closed: Promise<void> = Promise.resolve()
    hold.signal.addEventListener('abort', () => {
      again = lossOf(node.acquire('door'))
      closed = node.close()
    })
    health.answer = () => false
    await pool.simulation.runFor(2_000)
    expect(await pool.outcome(again)).to.include({ code: 'CLOSED' })
    await pool.outcome(closed)
    const { calls } = health
    await pool.simulation.runFor(10_000)
    expect(health.calls).to.equal(calls)
  })

  it('takes a function or its parts, and refuses others', () => {
    const check = (): void => {}
    expect(parseOptions({ health: check }).health).to.deep.equal({ check, everyMs: 1_000, withinMs: 1_000 })
    expect(parseOptions({ health: { check, every: '5s' } }).health).to.deep.equal({ check, everyMs: 5_000, withinMs: 5_000 })
    for (const [health, option] of [
      [5, 'options'],
      [{}, 'health.check'],
      [{ check: 5 }, 'health.check'],
      [{ check, every: 0 }, 'health.every'],
      [{ check, within: Number.NaN }, 'health.within'],
      [{ check, often: 1 }, 'often'],
    ] as const)
      expect(() => parseOptions({ health: health as never }), option)
        .to.throw()
        .with.property('option', option)
  })
})
