import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { experimentOf } from '../../../lib/lab/experiment.ts'
import { checkReport, writeReport } from '../../../lib/lab/report/write.ts'
import type { Results } from '../../../lib/lab/results.ts'
import { results } from '../report-sample.ts'

describe('the files of a report', () => {
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('are those that are asked for, and no others', () => {
    const csv = join(folder, 'rows.csv')
    expect(writeReport(results(), { csv })).to.deep.equal([csv])
    expect(readdirSync(folder)).to.deep.equal(['rows.csv'])
  })

  it('come in folders that are made for them', () => {
    const vega = join(folder, 'a', 'b')
    const written = writeReport(results(), { vega })
    expect(written).to.have.length.above(10)
    expect(readdirSync(vega)).to.include('messages-by-nodes-saturated-constant-1.vl.json')
  })

  it('hold the results as they are, as JSON', () => {
    const json = join(folder, 'results.json')
    writeReport(results(), { json })
    expect(JSON.parse(readFileSync(json, 'utf8')) as Results).to.deep.equal(results())
  })

  it('are one for each algorithm where a history is of one run', () => {
    const written = writeReport(results(), { history: join(folder, 'run.jsonl'), shiviz: join(folder, 'run.log') })
    expect(written.map((file) => file.slice(folder.length + 1))).to.deep.equal([
      'run.log',
      'run.ricart-agrawala.jsonl',
      'run.token-ring.jsonl',
    ])
  })

  it('that cannot be written are named with their flag and the reason, before anything is written', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const csv = join(folder, 'rows.csv')
    const { experiment } = results()
    expect(() => writeReport(results(), { csv, json: folder })).to.throw(
      BadOptionError,
      `--out: cannot write '${folder}': it is a folder`,
    )
    expect(() => checkReport(experiment, { vega: file })).to.throw(
      BadOptionError,
      `--vega: cannot write '${file}': '${file}' is a file`,
    )
    expect(() => checkReport(experiment, { html: join(file, 'a', 'b') })).to.throw(
      BadOptionError,
      /--html: .* is a file, not a folder/,
    )
    expect(readdirSync(folder)).to.deep.equal(['file'])
  })

  it('are refused where no folder can be made, in which Node would try for ever', function () {
    if (process.platform !== 'linux') this.skip()
    expect(() => writeReport(results(), { csv: '/proc/nowhere/rows.csv' })).to.throw(
      BadOptionError,
      "cannot write '/proc/nowhere",
    )
  })

  it('are no log for ShiViz where there are too many nodes for a diagram', () => {
    const experiment = experimentOf({ algorithms: ['ricart-agrawala'], nodes: [1000] })
    expect(() => checkReport(experiment, { shiviz: 'run.log' })).to.throw(BadOptionError, '1000 nodes are too many')
    checkReport(experiment, { history: 'run.jsonl' })
  })
})
