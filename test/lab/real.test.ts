import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { HoldfastError } from '../../lib/base/errors.ts'
import { labAlgorithms } from '../../lib/lab/algorithms.ts'
import { withRealCluster } from '../../lib/lab/real/cluster.ts'
import type { RealOptions } from '../../lib/lab/real/options.ts'
import { type RealRow, realResultsOf } from '../../lib/lab/real/rows.ts'
import { runReal } from '../../lib/lab/real/run-real.ts'
import { sideBySide } from '../../lib/lab/real/side-by-side.ts'
import { measureSetting } from '../../lib/lab/settings.ts'
import { rowOf } from '../../lib/lab/rows.ts'
import { algorithms } from '../../lib/mutex/algorithms.ts'

const brief: RealOptions = { algorithms: ['ricart-agrawala'], nodes: [3], loads: ['saturated'], entries: 200, seeds: 1 }

async function failureOf(options: Partial<RealOptions>): Promise<HoldfastError> {
  const failure = await runReal({ ...brief, ...options }).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).to.be.instanceOf(Error)
  return failure as HoldfastError
}

/** Whether a process that this one had started has ended. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

describe('an experiment on real processes', function () {
  this.timeout(60_000)

  // Temporary folders of these tests are theirs alone, so that one that is left behind is seen.
  const before = process.env.TMPDIR
  const system = tmpdir()
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(system, 'holdfast-test-'))
    process.env.TMPDIR = folder
  })
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    const left = readdirSync(folder)
    rmSync(folder, { recursive: true, force: true })
    expect(left, 'left behind').to.deep.equal([])
    expect(existsSync(join(system, `holdfast-${process.getuid?.()}`, `lab-${process.pid}`)), 'in the local directory').to.equal(
      false,
    )
  })

  it('comes to the counts of the papers, and to no violation', async () => {
    const pids: number[] = []
    const rows = await runReal({
      ...brief,
      algorithms: ['ricart-agrawala', 'token-ring'],
      onStarted: (started) => void pids.push(...started),
    })
    const [ricart, ring] = rows as [RealRow, RealRow]
    expect(rows.map(({ algorithm, violations, entries }) => [algorithm, violations, entries])).to.deep.equal([
      ['ricart-agrawala', 0, 200],
      ['token-ring', 0, 200],
    ])
    expect(ricart.messagesByKind).to.deep.equal({ request: 2, reply: 2 })
    expect(ricart.messagesPerEntry.mean).to.equal(4)
    expect(ricart.formula.ratio).to.equal(1)
    // Exactly 1 when each wants it again before the token comes round, which a busy machine does not always grant.
    expect(ring.messagesPerEntry.mean).to.be.within(0.5, 2)
    for (const row of rows) {
      expect(row.delay).to.equal('measured')
      expect(row.delayMs).to.be.within(0.01, 1000)
      expect(row.syncDelay.mean).to.be.above(0)
      expect(row.inMs.response.p99).to.be.at.least(row.inMs.response.p50 as number)
      expect(row.entriesPerSecond.mean).to.be.above(1)
      expect(row.jain).to.be.above(0.9)
      expect(row.viewChanges).to.equal(0)
    }
    const { delayMs, machine } = realResultsOf(rows)
    expect(delayMs).to.be.within(Math.min(ricart.delayMs, ring.delayMs), Math.max(ricart.delayMs, ring.delayMs))
    expect(machine).to.match(/cores/)
    expect(pids).to.have.length(6)
    expect(pids.filter((pid) => !isGone(pid))).to.deep.equal([])
  })

  it('stands beside the simulation, row by row', async () => {
    const setting = { algorithm: 'carvalho-roucairol', nodes: 3, load: 'light', delay: 'constant:1', entries: 60, warmUp: 6 }
    const simulated = rowOf({ ...setting, sectionT: 0.1, sectionVaries: false, unordered: false, mode: 'exclusive' }, [
      measureSetting({ ...setting, sectionT: 0.1, sectionVaries: false, unordered: false, mode: 'exclusive' }, 1, () => 0),
    ])
    const real = await runReal({ ...brief, algorithms: ['carvalho-roucairol'], loads: ['light'], entries: 60 })
    const [pair, ...others] = sideBySide([simulated], real)
    expect(others).to.deep.equal([])
    const messages = pair?.measures.find(({ name }) => name === 'messagesPerEntry')
    // One request at a time, of the same sites in the same order: the permissions that are kept are the same as well.
    expect(messages?.real).to.be.closeTo(messages?.simulated as number, 0.3)
    expect(messages?.ratio).to.be.closeTo(1, 0.2)
    expect(pair?.measures.find(({ name }) => name === 'syncDelay')).to.deep.include({ simulated: null, real: null, ratio: null })
    expect(sideBySide([{ ...simulated, nodes: 4 }], real)).to.deep.equal([])
  })

  it('says which process ended in the middle, and ends the others', async () => {
    const pids: number[] = []
    const failure = await failureOf({
      entries: 20_000,
      onStarted(started) {
        pids.push(...started)
        process.kill(started[1] as number, 'SIGKILL')
      },
    })
    expect(failure.code).to.equal('CLOSED')
    expect(failure.message).to.equal(`process 2 of 3 (pid ${pids[1]}) ended in the middle of the run: SIGKILL`)
    expect(pids.map(isGone)).to.deep.equal([true, true, true])
  })

  it('says which process failed, and leaves none behind', async () => {
    const failure = await withRealCluster(3, 'no-such', () => expect.fail('formed'), new Promise(() => {})).catch(
      (error: unknown) => error,
    )
    expect(failure).to.include({ code: 'BAD_OPTION' })
    expect((failure as Error).message).to.match(/^process [123] of 3: .*no-such/)
  })

  it('ends when it is told to, with its processes', async () => {
    const end = new AbortController()
    const pids: number[] = []
    const failure = await failureOf({
      nodes: [2],
      entries: 20_000,
      signal: end.signal,
      onStarted(started) {
        pids.push(...started)
        end.abort(new Error('enough'))
      },
    })
    expect(failure.code).to.equal('ABORTED')
    expect((failure.cause as Error).message).to.equal('enough')
    expect(pids.map(isGone)).to.deep.equal([true, true])
    expect((await failureOf({ signal: AbortSignal.abort() })).code).to.equal('ABORTED')
  })

  it('gives up a run that takes too long', async () => {
    const failure = await failureOf({ nodes: [2], entries: 20_000, runMs: 200 })
    expect(failure.code).to.equal('TIMEOUT')
    expect(failure.message).to.match(/^ricart-agrawala with 2 processes under the load 'saturated' was not done within 0.2 s/)
  })

  it('leaves no file behind when its own process is ended', () => {
    const module = new URL('../../lib/lab/real/run-real.js', import.meta.url).href
    const script = `
      process.execArgv = []
      const { runReal } = await import(${JSON.stringify(module)})
      await runReal({ ...${JSON.stringify({ ...brief, nodes: [2], entries: 20_000 })}, onStarted: () => process.exit(7) })`
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: process.env, encoding: 'utf8' })
    expect(status).to.equal(7)
  })
})

describe('what real processes cannot run', () => {
  const refused: readonly (readonly [what: string, options: Partial<RealOptions>, option: string, message: RegExp])[] = [
    ['too many processes', { nodes: [3, 65] }, 'nodes', /2 to 64, not 65/],
    ['one process', { nodes: [1] }, 'nodes', /2 to 64, not 1/],
    ['more entries than can be kept', { entries: 20_001 }, 'entries', /from 1 to 20000/],
    ['no seed', { seeds: 0 }, 'seeds', /from 1 to 100/],
    [
      'an algorithm that there is not',
      { algorithms: ['no-such'] },
      'algorithm',
      /no algorithm 'no-such'; there are .*token-ring/,
    ],
    ['a load that there is not', { loads: ['heavy'] }, 'load', /'heavy' is no load/],
    ['permits', { permits: 3 }, 'permits', /leave 'permits' away/],
    ['an endless section', { sectionMs: Number.POSITIVE_INFINITY }, 'sectionMs', /from 0 to 10000/],
  ]
  for (const [what, options, option, message] of refused) {
    it(`is ${what}, which is said before a process is started`, async () => {
      const failure = await failureOf({ ...options, onStarted: () => expect.fail('started') })
      expect([failure.code, failure.option]).to.deep.equal(['BAD_OPTION', option])
      expect(failure.message).to.match(message)
    })
  }

  it('is an algorithm of the lab alone', async () => {
    for (const { name } of labAlgorithms.filter((kind) => !algorithms.some((own) => own === kind))) {
      const failure = await failureOf({ algorithms: [name] })
      expect(failure.code).to.equal('BAD_OPTION')
      expect(failure.message).to.match(/in the lab only/)
    }
  })
})
