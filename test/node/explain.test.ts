import { expect } from 'chai'
import type { FailoverCase } from '../../lib/node/explain.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import type { NodeOptions } from '../../lib/index.ts'
import { Pool, type Worker } from './pool.ts'

type Case = FailoverCase['case']

const hosts = ['one', 'two', 'three', 'four', 'five']

/** What the disk remembers: with it voters wait for no clock, without it they do. */
type Memory = Pick<NodeOptions, 'dataDir'>

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
  const workers = await begin(pool, register, count, memory)
  const [waiter, struck] = [workers[0], workers.at(-1)] as [Worker, Worker]
  const hold = await pool.outcome(struck.node.acquire('door'))
  const report = await pool.outcome(waiter.node.explain('door'))
  expect(report.holders).to.deep.equal([struck.node.id])
  await pool.simulation.runFor(phaseMs)
  const isOther = what === 'a member that cannot hold this lock dies'
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
})
