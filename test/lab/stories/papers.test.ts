import { expect } from 'chai'
import { experimentOf } from '../../../lib/lab/experiment.ts'
import type { Row } from '../../../lib/lab/results.ts'
import { runExperiment } from '../../../lib/lab/run-experiment.ts'

async function measured(algorithm: string, load: string, nodes: number, entries: number, delay = 'constant:1'): Promise<Row> {
  const experiment = experimentOf({ algorithms: [algorithm], loads: [load], nodes: [nodes], delays: [delay], entries, seeds: 1 })
  const [row] = (await runExperiment(experiment, { threads: 0 })).rows
  if (row === undefined) throw new Error('a row was asked for')
  expect(row.violations, `${algorithm}: ${row.firstViolation}`).to.equal(0)
  return row
}

describe('counts that papers give exactly', function () {
  this.timeout(60_000)
  const nodes = [2, 5, 10]
  const always: readonly (readonly [algorithm: string, count: (n: number) => number])[] = [
    ['lamport', (n) => 3 * (n - 1)],
    ['ricart-agrawala', (n) => 2 * (n - 1)],
    ['raymond-k', (n) => 2 * (n - 1)],
  ]
  for (const [algorithm, count] of always) {
    it(`${algorithm}: at every load, under any law of delays`, async () => {
      for (const n of nodes) {
        for (const load of ['light', 'saturated', 'poisson:0.7']) {
          for (const delay of ['constant:1', 'exponential:1', 'lognormal:1,1']) {
            const { messagesPerEntry } = await measured(algorithm, load, n, 200, delay)
            expect(messagesPerEntry.mean, `${n} nodes, ${load}, ${delay}`).to.equal(count(n))
          }
        }
      }
    })
  }

  const saturated: readonly (readonly [algorithm: string, count: (n: number) => number])[] = [
    ['carvalho-roucairol', (n) => 2 * (n - 1)],
    ['token-ring', () => 1],
    ['token-ring-perpetual', () => 1],
    ['suzuki-kasami', (n) => n],
    ['raymond', (n) => (4 * (n - 1)) / n],
    ['raymond:star', (n) => (4 * (n - 1)) / n],
    ['raymond:line', (n) => (4 * (n - 1)) / n],
    ['home-queue', (n) => 3 - 2 / n],
    ['central', (n) => (3 * (n - 1)) / n],
  ]
  for (const [algorithm, count] of saturated) {
    it(`${algorithm}: saturated`, async () => {
      for (const n of [3, 5, 10]) {
        const { messagesPerEntry } = await measured(algorithm, 'saturated', n, n * 200)
        expect(messagesPerEntry.mean, `${n} nodes`).to.be.closeTo(count(n), 0.005)
      }
    })
  }
})

describe('means that papers give in closed form, at 100,000 entries', function () {
  this.timeout(60_000)
  const light = [
    'carvalho-roucairol',
    'token-ring',
    'home-queue',
    'suzuki-kasami',
    'singhal-heuristic',
    'singhal-dynamic',
    'naimi-trehel',
    'raymond',
    'raymond:star',
    'raymond:line',
    'maekawa',
    'agrawal-el-abbadi',
    'central',
    'lodha-kshemkalyani',
  ]
  for (const algorithm of light) {
    it(`${algorithm}: within 1 %, one request at a time`, async () => {
      const { formula } = await measured(algorithm, 'light', 10, 100_000, 'exponential:1')
      expect(formula.ratio, formula.text).to.be.within(0.99, 1.01)
    })
  }
})

describe('the delay from one that leaves to the next, saturated', () => {
  for (const algorithm of [
    'lamport',
    'ricart-agrawala',
    'carvalho-roucairol',
    'suzuki-kasami',
    'singhal-heuristic',
    'naimi-trehel',
    'mueller',
    'home-queue',
    'token-ring',
  ]) {
    it(`${algorithm}: one T`, async () => {
      const { syncDelay } = await measured(algorithm, 'saturated', 8, 800)
      expect(syncDelay.mean).to.be.closeTo(1, 0.01)
    })
  }

  it('central: two T, but for the coordinator itself; raymond: the mean of a walk round the tree', async () => {
    expect((await measured('central', 'saturated', 8, 800)).syncDelay.mean).to.be.closeTo(1.75, 0.01)
    expect((await measured('raymond', 'saturated', 8, 800)).syncDelay.mean).to.be.closeTo(1.75, 0.02)
  })
})

describe('in which order sites enter', () => {
  for (const algorithm of ['lamport', 'ricart-agrawala', 'lodha-kshemkalyani']) {
    it(`${algorithm}: no entry before an earlier stamp, and no site is overtaken twice by the same site`, async () => {
      for (const load of ['saturated', 'poisson:0.7']) {
        const { inversions, bypassMax } = await measured(algorithm, load, 6, 2000, 'exponential:1')
        expect(inversions, load).to.equal(0)
        expect(bypassMax, load).to.be.at.most(5)
      }
    })
  }

  it('carvalho-roucairol: a site with all permissions overtakes a request on its way', async () => {
    expect((await measured('carvalho-roucairol', 'poisson:0.7', 6, 2000, 'exponential:1')).inversions).to.be.greaterThan(0)
  })
})
