import { expect } from 'chai'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { showViolation } from './canary.ts'
import { Cast, enterOnce, judged, skipFor } from './cast.ts'
import { movableWall, noFaketime, otherRate, setWall } from './faketime.ts'
import { noNamespaces } from './namespaces.ts'
import type { Stage } from './stage.ts'
import type { Worker } from './worker.ts'

/** Beside the session: noticing, deciding a view, the flush. */
const failoverSlackMs = 1500

describe('real processes under real faults', function () {
  this.timeout(60_000)
  const cast = new Cast()
  afterEach(() => cast.end())

  const ids = (stage: Stage): string[] => stage.workers.map(({ id }) => id)

  for (const [pool, count] of [
    ['local', 3],
    ['proxies', 3],
  ] as const) {
    it(`a holder is stopped (${pool}): the next grant comes within its session and a little, and its late write is turned away`, async () => {
      const stage = await cast.open({ pool, count })
      const [first, second, third] = stage.workers as [Worker, Worker, Worker]
      const early = await first.ask('enter', 'red', stage.healMs)
      const waiting = [second, third].map((worker) => enterOnce(worker, 'red', stage.healMs))
      stage.stop(first)
      await Promise.all(waiting)
      stage.resume(first)
      expect(await first.ask('leave', early.call)).to.include({ admitted: false, outcome: 'lost', valid: false })
      const { violations, failovers, turnedAway } = await judged(stage)
      expect(violations).to.deep.equal([])
      expect(failovers).to.have.length(1)
      expect(failovers[0]?.ms).to.be.below(stage.sessionMs + failoverSlackMs)
      expect(turnedAway).to.equal(1)
    })
  }

  it('without a check of fences the checker sees the late write of a stopped holder; with it there is none', async () => {
    const [unfenced, fenced] = await Promise.all([showViolation(false), showViolation(true)])
    expect(unfenced).to.be.above(0)
    expect(fenced).to.equal(0)
  })

  it('the holder is killed (three hosts): the next grant comes within a session and a little', async () => {
    const stage = await cast.open({ pool: 'proxies', count: 3 })
    const [first, second, third] = stage.workers as [Worker, Worker, Worker]
    await first.ask('enter', 'red', stage.healMs)
    const waiting = [second, third].map((worker) => enterOnce(worker, 'red', stage.healMs))
    await stage.kill(first)
    await Promise.all(waiting)
    const { violations, failovers } = await judged(stage)
    expect(violations).to.deep.equal([])
    expect(failovers).to.have.length(1)
    expect(failovers[0]?.ms).to.be.below(stage.sessionMs + failoverSlackMs)
  })

  it('a partition of two and three: the two grant nothing after a session and hold nothing, the three go on, fences never fall', async () => {
    const stage = await cast.open({ pool: 'proxies', count: 5, sessionMs: 5000 })
    // Longer than it takes to notice and decide, so that others really have to wait for it.
    const few = stage.workers.slice(0, 2)
    const many = stage.workers.slice(2)
    const [holder, other] = few as [Worker, Worker]
    const early = await holder.ask('enter', 'red', stage.healMs)
    // To come back to a lock that no other wants costs no message, so behind the partition it goes on until its session ends.
    await other.ask('labour', { locks: ['blue'], thinkMs: 2, holdMs: 60, waitMs: stage.healMs })
    await pause(500)
    stage.links.treatBoth(
      few.map(({ address }) => address),
      many.map(({ address }) => address),
      { type: 'stall' },
    )
    const over = stage.fault('stall', 'two and three', [many, few])
    // Granted to one side while the other's session may last, it must wait; after that only the three are served.
    await Promise.all(many.flatMap((worker) => ['red', 'blue'].map((lock) => enterOnce(worker, lock, stage.healMs))))
    for (const code of await Promise.all(few.map((worker) => failure(worker, 'red', 1000)))) expect(code).to.equal('NO_QUORUM')
    expect(await holder.ask('leave', early.call)).to.include({ admitted: false, valid: false })
    over()
    stage.healNetwork()
    await other.ask('rest')
    await Promise.all(stage.workers.map((worker) => enterOnce(worker, 'red', stage.healMs)))
    expect((await judged(stage)).violations).to.deep.equal([])
  })

  it('two seconds of a blocked event loop remove no member, on one host and with the lan profile', async () => {
    await Promise.all(
      (['local', 'proxies'] as const).map(async (pool) => {
        const stage = await cast.open({ pool, count: 3 })
        const before = ids(stage)
        const blocked = stage.workers[1] as Worker
        const { call } = await blocked.ask('enter', 'red', stage.healMs)
        await blocked.ask('block', 2000)
        expect(await blocked.ask('leave', call), pool).to.include({ admitted: true, outcome: 'released' })
        await Promise.all(stage.workers.map((worker) => enterOnce(worker, 'red', stage.healMs)))
        expect(ids(stage), pool).to.deep.equal(before)
        expect(stage.removals, pool).to.deep.equal([])
      }),
    )
  })

  // The nemesis has every one of these faults as well; CI runs them one by one too.
  if (process.env.HOLDFAST_LONG_STORIES !== undefined) {
    it('the load of the demo removes no member on few cores', async () => {
      const stage = await cast.open({ pool: 'local', count: 5 })
      const before = ids(stage)
      await stage.labourAt({ locks: ['red'], thinkMs: 4, holdMs: 4, waitMs: 10_000 })
      await pause(4000)
      await Promise.all(stage.workers.map((worker) => worker.ask('rest')))
      const { violations, grants, failures } = await judged(stage)
      expect({ violations, failures, removals: stage.removals }).to.deep.equal({ violations: [], failures: {}, removals: [] })
      expect(ids(stage)).to.deep.equal(before)
      expect(grants).to.be.above(100)
    })

    it('five frames lost of a hundred remove no member', async function () {
      skipFor(this, noNamespaces())
      const stage = await cast.open({ pool: 'namespaces', count: 3 })
      const before = ids(stage)
      stage.namespaces?.lose(5)
      await stage.labourAt({ locks: ['red', 'blue'], thinkMs: 20, holdMs: 20, waitMs: 10_000 })
      await pause(6000)
      stage.healNetwork()
      await Promise.all(stage.workers.map((worker) => worker.ask('rest')))
      expect(stage.namespaces?.framesLost()).to.be.above(10)
      expect({ removals: stage.removals, ids: ids(stage) }).to.deep.equal({ removals: [], ids: before })
      expect((await judged(stage)).violations).to.deep.equal([])
    })

    it('a network that is cut in one direction only breaks nothing, and heals', async function () {
      skipFor(this, noNamespaces())
      const stage = await cast.open({ pool: 'namespaces', count: 3 })
      await stage.labourAt({ locks: ['red', 'blue'], thinkMs: 20, holdMs: 50, waitMs: 2000 })
      stage.namespaces?.drop([0], [1, 2])
      await pause(stage.sessionMs * 1.5)
      stage.healNetwork()
      await Promise.all(stage.workers.map((worker) => worker.ask('rest')))
      await Promise.all(stage.workers.map((worker) => enterOnce(worker, 'red', stage.healMs)))
      expect((await judged(stage)).violations).to.deep.equal([])
    })

    it('a wall clock that jumps by a year and back, and clocks that run half a percent fast, break nothing', async function () {
      skipFor(this, noFaketime())
      const stage = await cast.open({ pool: 'local', count: 3 })
      const wall = join(stage.folder, 'wall')
      const jumper = await stage.start(3, { environment: movableWall(wall) })
      const fast = await stage.start(4, { environment: otherRate(1.005) })
      await Promise.all([jumper, fast].map((worker) => enterOnce(worker, 'red', stage.healMs)))
      await stage.labourAt({ locks: ['red', 'blue'], thinkMs: 20, holdMs: 50, waitMs: 5000 })
      for (const seconds of [365 * 86_400, -365 * 86_400, 3600, 0]) {
        setWall(wall, seconds)
        await pause(1800)
      }
      await Promise.all(stage.workers.map((worker) => worker.ask('rest')))
      await Promise.all(stage.workers.map((worker) => enterOnce(worker, 'red', stage.healMs)))
      expect((await judged(stage)).violations).to.deep.equal([])
      // A jump ahead ends its own session, and no other.
      expect(jumper.sessionsEnded).to.be.above(0)
      expect(fast.sessionsEnded).to.equal(0)
    })
  }
})

async function failure(worker: Worker, lock: string, waitMs: number): Promise<string> {
  return await worker.ask('enter', lock, waitMs).then(
    () => 'granted',
    (error: { readonly code: string }) => error.code,
  )
}
