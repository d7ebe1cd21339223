import { expect } from 'chai'
import { algorithms } from '../../lib/mutex/algorithms.ts'
import { waitsForBusy } from '../../lib/node/busy-member.ts'
import type { FailoverCase } from '../../lib/node/explain.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import type { NodeOptions } from '../../lib/index.ts'
import { Pool, type Worker } from './pool.ts'

type Case = FailoverCase['case']

const hosts = ['one', 'two', 'three', 'four', 'five']

/** What the disk remembers: with it voters wait for no clock, without it they do. */
type Memory = Pick<NodeOptions, 'dataDir' | 'algorithm'>

/** Starts so many nodes, on one host or on a host each. */
async function begin(pool: Pool, register: 'local' | 'quorum', count: number, memory: Memory): Promise<Worker[]> {
  const join = hosts.slice(0, count).map((host) => `${host}:7000`)
  return register === 'local'
    ? await pool.startAll(count, memory)
    : await pool.startAll(count, { join, ...memory }, (index) => hosts[index] as string)
}

const strikes: Readonly<Record<Case, (world: SimWorld, pool: Pool) => void>> = {
  'holder killed': (world) => world.crash(),
  'holder hung or stopped': (world) => world.pause(),
  'host lost or partitioned': (world) => world.crash({ silently: true }),
  'a member that cannot hold this lock dies': (world) => world.crash(),
  'a member that does not hold this lock is busy': (world) => world.pause(),
}

/** How long after the stroke the lock is granted again, and what was said before of how long that takes. */
async function measure(
  register: 'local' | 'quorum',
  count: number,
  what: Case,
  phaseMs: number,
  memory: Memory,
): Promise<{ readonly tookMs: number; readonly boundMs: number }> {
  const pool = new Pool(count * 1000 + phaseMs)
  const isOther = what.startsWith('a member')
  // The bound is for any member: a request that asks all of them waits for each.
  const options = isOther ? { ...memory, algorithm: 'carvalho-roucairol' } : memory
  const workers = await begin(pool, register, count, options)
  const [waiter, struck] = [workers[0], workers.at(-1)] as [Worker, Worker]
  const hold = await pool.outcome(struck.node.acquire('door'))
  const report = await pool.outcome(waiter.node.explain('door'))
  expect(report.holders).to.deep.equal([struck.node.id])
  await pool.simulation.runFor(phaseMs)
  const before = isOther ? null : waiter.node.acquire('door')
  await pool.simulation.runFor(30)
  strikes[what](struck.world, pool)
  const fromMs = pool.simulation.time.nowMs
  const next = await pool.outcome(before ?? waiter.node.acquire('window'))
  const tookMs = pool.simulation.time.nowMs - fromMs
  if (!isOther) expect(next.fence > hold.fence).to.equal(true)
  await pool.outcome(next.release())
  struck.world.resume()
  await pool.closeAll()
  return { tookMs, boundMs: report.cases.find((each) => each.case === what)?.boundMs as number }
}

describe('node.explain', () => {
  for (const register of ['local', 'quorum'] as const) {
    for (const count of [2, 3, 5]) {
      const cases = (Object.keys(strikes) as Case[]).filter((what) => register === 'quorum' || !what.startsWith('host'))
      for (const what of cases) {
        it(`tells how long it takes, ${register} with ${count} members: ${what}`, async () => {
          const times: number[] = []
          let boundMs = 0
          for (const memory of [{}, { dataDir: false }] satisfies Memory[]) {
            for (const phaseMs of [0, 130, 310, 470, 1030]) {
              const measured = await measure(register, count, what, phaseMs, memory)
              boundMs = measured.boundMs
              times.push(measured.tookMs)
            }
          }
          if (process.env.HOLDFAST_PRINT !== undefined) console.log(`      ${times.map(Math.round).join(' ')} ≤ ${boundMs}`)
          const worst = Math.max(...times)
          expect(worst, 'never longer than that').to.be.at.most(boundMs)
          // Simulated machines answer at once: real ones may take the round trips that the bound allows them.
          expect(boundMs, 'and not much less').to.be.at.most(worst * 2 + 700)
        })
      }
    }
  }

  for (const [what, strange] of [
    ['after views that came in a row', () => undefined],
    ['after the wall clock was set back', (pool: Pool) => pool.simulation.host('host').clock.jumpWall(-3_600_000)],
  ] as const) {
    it(`counts the wait for the wall clock of one host: ${what}`, async () => {
      const pool = new Pool(7)
      await pool.startAll(2)
      strange(pool)
      let worst = 0
      let boundMs = 0
      for (let round = 0; round < 6; round++) {
        const struck = await pool.start()
        const [waiter] = pool.workers as [Worker]
        await pool.outcome(struck.node.acquire('door'))
        boundMs = (await pool.outcome(waiter.node.explain('door'))).cases.find((each) => each.case === 'holder killed')
          ?.boundMs as number
        const next = waiter.node.acquire('door')
        struck.world.crash()
        const fromMs = pool.simulation.time.nowMs
        const hold = await pool.outcome(next)
        worst = Math.max(worst, pool.simulation.time.nowMs - fromMs)
        await pool.outcome(hold.release())
      }
      expect(worst).to.be.within(50, boundMs)
      await pool.closeAll()
    })
  }

  describe('a member that is busy and holds nothing', () => {
    const lockCount = 30
    const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `lock ${index}`)

    /** Acquires locks that are new to the cluster in the middle of a member's pause, and counts those that waited for its end. */
    async function pauseOne(register: 'local' | 'quorum', algorithm: string, pausedMs: number) {
      const pool = new Pool(pausedMs)
      const workers =
        register === 'local'
          ? await pool.startAll(5, { algorithm })
          : await pool.startAll(
              5,
              { algorithm, dataDir: false, join: hosts.map((host) => `${host}:7000`) },
              (index) => hosts[index] as string,
            )
      const [asker, , busy] = workers as [Worker, Worker, Worker]
      await pool.simulation.runFor(5000)
      const report = await pool.outcome(asker.node.explain('lock 0'))
      const explained = report.cases.find(({ case: what }) => what === 'a member that does not hold this lock is busy')
      busy.world.pause()
      await pool.simulation.runFor(0.75 * pausedMs)
      const askedAtMs = pool.simulation.time.nowMs
      const grantedAtMs: number[] = []
      const holds = namesOf(lockCount).map(async (name) => {
        const hold = await asker.node.acquire(name)
        grantedAtMs.push(pool.simulation.time.nowMs)
        await hold.release()
      })
      await pool.simulation.runFor(0.25 * pausedMs)
      busy.world.resume()
      const resumedAtMs = pool.simulation.time.nowMs
      const waited = lockCount - grantedAtMs.length
      await pool.outcome(Promise.all(holds))
      const members = asker.node.members.map(({ id }) => id)
      const isMember = members.includes(busy.node.id)
      await pool.closeAll()
      const longestMs = Math.max(...grantedAtMs) - askedAtMs
      return { explained, waited, isMember, longestMs, lateMs: Math.max(...grantedAtMs) - resumedAtMs }
    }

    for (const register of ['local', 'quorum'] as const) {
      for (const algorithm of ['carvalho-roucairol', 'token-ring', 'home-queue']) {
        it(`stalls new locks until it goes on, and not a moment longer (${register}, ${algorithm})`, async () => {
          for (const pausedMs of [300, 1000, 2400]) {
            const { explained, waited, isMember, longestMs, lateMs } = await pauseOne(register, algorithm, pausedMs)
            expect(isMember, 'it stays a member').to.equal(true)
            // A request that skipped the busy member is repeated, perhaps after a pause of 10 ms; the others are answered in the first turn.
            expect(lateMs, 'nothing else is waited for').to.be.below(algorithm === 'token-ring' ? 25 : 10)
            expect(longestMs).to.be.at.most(explained?.boundMs as number)
            if (algorithm === 'carvalho-roucairol') expect(waited).to.equal(lockCount)
            else if (algorithm === 'home-queue') expect(waited).to.be.within(1, lockCount / 2)
            else if (pausedMs > 1000)
              expect(waited, 'it missed renewals, and is suspected by then').to.be.within(1, (2 / 3) * lockCount)
            else expect(waited).to.be.within(lockCount / 2, lockCount)
          }
        })
      }
    }

    it('is told with the requests that wait for it, which depend on the algorithm', async () => {
      for (const [algorithm, when] of [
        ['carvalho-roucairol', /unless this node was the last to have the lock/],
        ['home-queue', /is the home of the lock/],
        ['raymond:star', /in the tree/],
      ] as const) {
        const pool = new Pool(1)
        const [worker] = (await pool.startAll(2, { algorithm })) as [Worker]
        const { cases } = await pool.outcome(worker.node.explain('door'))
        expect(cases.map((each) => each.when).filter((each) => each !== undefined)).to.have.length(1)
        expect(cases.at(-1)?.when).to.match(when)
        await pool.closeAll()
      }
      const told = algorithms.map(({ name }) => waitsForBusy(name))
      expect(told.filter((sentence) => sentence === waitsForBusy('ricart-agrawala'))).to.have.length(3)
    })
  })
})
