import { expect } from 'chai'
import { type ExperimentInput, experimentJsonSchema, experimentOf, optionsHash } from '../../lib/lab/experiment.ts'
import { estimate, studentT } from '../../lib/lab/measures/confidence.ts'
import type { Row } from '../../lib/lab/results.ts'
import { runExperiment } from '../../lib/lab/run-experiment.ts'

interface Bounded {
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly enum?: readonly string[]
  readonly items?: Bounded
}

/** What is said about a wrong experiment in `lab.json`. */
function complaint(input: unknown): string {
  try {
    experimentOf(input, 'lab.json')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

async function rowsOf(input: ExperimentInput): Promise<readonly Row[]> {
  return (await runExperiment(experimentOf(input), { threads: 0 })).rows
}

async function rowOf(algorithm: string, load: string, more: Partial<ExperimentInput> = {}): Promise<Row> {
  const [row] = await rowsOf({ algorithms: [algorithm], loads: [load], nodes: [6], seeds: 3, ...more })
  if (row === undefined) throw new Error('a row was asked for')
  return row
}

describe('what an entry costs', () => {
  for (const load of ['light', 'saturated', 'poisson:0.5']) {
    for (const delay of ['constant:1', 'exponential:1']) {
      it(`ricart-agrawala, ${load}, ${delay}: exactly 2(N − 1), and no entry before an earlier stamp`, async () => {
        const row = await rowOf('ricart-agrawala', load, { delays: [delay] })
        expect(row.messagesPerEntry).to.deep.equal({ mean: 10, low: 10, high: 10 })
        expect(row.formula).to.include({ text: '2(N − 1)', value: 10, ratio: 1, kind: 'exact' })
        expect(row.inversions).to.equal(0)
        expect(row.violations).to.equal(0)
      })
    }
  }

  it('ricart-agrawala: stamps follow requests, not replies, so news in a chain of replies moves no clock', async () => {
    const even = await rowOf('ricart-agrawala', 'saturated')
    expect(even.inversionsBy.happensBefore).to.equal(0)
    const uneven = await rowOf('ricart-agrawala', 'saturated', { delays: ['exponential:1'] })
    expect(uneven.inversionsBy.happensBefore).to.be.greaterThan(0)
  })

  it('token-ring, saturated: one message, and one T from the one who leaves to the next', async () => {
    const row = await rowOf('token-ring', 'saturated')
    expect(row.messagesPerEntry.mean).to.be.closeTo(1, 1e-9)
    expect(row.syncDelay.mean).to.be.closeTo(1, 1e-9)
    expect(row.throughput.mean).to.be.closeTo(1 / 1.1, 1e-9)
    expect(row.jain).to.be.closeTo(1, 1e-4)
  })

  it('carvalho-roucairol, light: N − 1 at the mean, and inversions where there is a load', async () => {
    const light = await rowOf('carvalho-roucairol', 'light', { entries: 20_000 })
    expect(light.formula.ratio).to.be.closeTo(1, 0.02)
    const loaded = await rowOf('carvalho-roucairol', 'poisson:0.5', { delays: ['exponential:1'] })
    expect(loaded.inversions).to.be.greaterThan(0)
  })
})

describe('an experiment', () => {
  it('comes out the same on threads as without', async () => {
    const experiment = experimentOf({ algorithms: ['ricart-agrawala', 'token-ring'], nodes: [3, 4], seeds: 4, entries: 100 })
    const here = await runExperiment(experiment, { threads: 0 })
    const there = await runExperiment(experiment, { threads: 2 })
    expect(there.rows).to.deep.equal(here.rows)
    expect(here.speed.messages).to.be.greaterThan(1000)
  })

  it('sends the same users to every algorithm', async () => {
    const [first, second] = await rowsOf({ algorithms: ['ricart-agrawala', 'token-ring'], loads: ['poisson:0.2'], seeds: 1 })
    expect(first?.throughput.mean).to.be.closeTo(second?.throughput.mean ?? 0, 0.01)
  })

  it('has intervals that shrink with the number of seeds', async () => {
    const width = async (seeds: number): Promise<number> => {
      const { messagesPerEntry } = await rowOf('carvalho-roucairol', 'light', { seeds, entries: 200 })
      return (messagesPerEntry.high ?? 0) - (messagesPerEntry.low ?? 0)
    }
    expect(await width(30)).to.be.lessThan(await width(4))
  })

  it('gives no delay of handing over if no request waited', async () => {
    const row = await rowOf('ricart-agrawala', 'light')
    expect(row.syncDelay).to.deep.equal({ mean: null, low: null, high: null, p50: null, p95: null, p99: null })
  })

  it('ends early by a signal', async () => {
    const experiment = experimentOf({ algorithms: ['ricart-agrawala'] })
    const error = await runExperiment(experiment, { signal: AbortSignal.abort() }).catch((reason: unknown) => reason)
    expect(error).to.have.property('code', 'ABORTED')
  })

  it('is refused with the place and the cure of everything that is wrong', () => {
    expect(complaint({})).to.match(/^lab.json: 'algorithms' is missing: it must be a list of 1 to 64 names, /)
    expect(complaint({ algorithms: ['ra'] })).to.match(
      /lab.json: algorithms\[0\]: there is no algorithm 'ra'; there are .*ricart-agrawala/,
    )
    expect(complaint({ algorithms: ['token-ring'], node: [3] })).to.match(
      /there is no 'node'; did you mean 'nodes'\? There are .*nodes/,
    )
    expect(complaint({ algorithms: ['token-ring'], nodes: 5 })).to.equal(
      "lab.json: 'nodes' must be a list of 1 to 64 whole numbers from 2 to 1000, such as [5, 10], got 5",
    )
    expect(complaint({ algorithms: ['token-ring'], nodes: [0, 5.5, 1001] })).to.match(
      /: 'nodes' must be [^;]*, got \[0,5.5,1001\]$/,
    )
    expect(complaint({ algorithms: ['token-ring'], loads: ['heavy'] })).to.match(/loads\[0\]: 'heavy' is no load/)
    expect(complaint({ algorithms: ['token-ring'], delays: ['fast'] })).to.match(/delays\[0\]: 'fast' is no delay law/)
    expect(complaint({ algorithms: ['token-ring'], permits: 2 })).to.match(/'token-ring' knows no permits requests/)
    expect(complaint({ algorithms: [], seeds: 0 })).to.match(/'algorithms' must be .* got \[\]; 'seeds' must be .* got 0$/)
    expect(complaint('token-ring')).to.equal('lab.json: an experiment must be one JSON object, got "token-ring"')
    expect(complaint({ algorithms: ['token-ring'], title: 7n, links: 'x'.repeat(99) })).to.match(
      /'title' must be [^;]* got a bigint; 'links' must be "fifo" or "unordered", got "x{58}…$/,
    )
    expect(complaint({ algorithms: ['token-ring'], nodes: [2] })).to.equal('')
  })

  it('is refused with the bounds that its JSON Schema has', () => {
    const { properties } = experimentJsonSchema() as { properties: Record<string, Bounded> }
    for (const [field, { items, ...own }] of Object.entries(properties)) {
      const [, form] = /' must be (.*), got \{\}$/.exec(complaint({ algorithms: ['token-ring'], [field]: {} })) ?? []
      const { minItems, maxItems, minimum, maximum, maxLength, enum: words } = { ...own, ...items }
      const bounds = [minItems, maxItems, minimum, maximum, maxLength, ...(words ?? [])]
      for (const bound of bounds.filter((each) => each !== undefined)) expect(form, field).to.match(new RegExp(`\\b${bound}\\b`))
      expect(form, field).to.be.a('string')
    }
  })

  it('has one hash in any spelling of its defaults, and another for other options', () => {
    const plain = experimentOf({ algorithms: ['token-ring'] })
    expect(optionsHash(experimentOf({ algorithms: ['token-ring'], nodes: [5], title: 'a name' }))).to.equal(optionsHash(plain))
    expect(optionsHash(experimentOf({ algorithms: ['token-ring'], nodes: [6] }))).not.to.equal(optionsHash(plain))
  })

  it('has a schema that knows its keys', () => {
    expect(experimentJsonSchema()).to.have.nested.property('properties.algorithms')
    expect(experimentJsonSchema()).to.have.property('additionalProperties', false)
  })
})

describe('means over seeds', () => {
  it('have the interval of Student’s t', () => {
    expect(estimate([9, 10, 11])).to.deep.include({ mean: 10 })
    expect(estimate([9, 10, 11])?.high).to.be.closeTo(10 + 4.303 / Math.sqrt(3), 1e-9)
    // Quantiles as tables print them.
    for (const [degrees, t] of [
      [1, 12.706],
      [5, 2.571],
      [11, 2.201],
      [20, 2.086],
      [29, 2.045],
      [100, 1.984],
    ] as const)
      expect(studentT(degrees)).to.be.closeTo(t, 0.001)
  })

  it('are nothing of nothing, and leave runs out that have no figure', () => {
    expect(estimate([])).to.equal(null)
    expect(estimate([Number.NaN])).to.equal(null)
    expect(estimate([2, Number.NaN])).to.deep.equal({ mean: 2, low: 2, high: 2 })
  })
})
