import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BadOptionError } from '../../lib/base/errors.ts'
import { writeReport } from '../../lib/lab/report/write.ts'
import type { Results } from '../../lib/lab/results.ts'
import { results } from './report-sample.ts'

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

  it('that cannot be written are named with their flag and the reason', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => writeReport(results(), { csv: folder })).to.throw(
      BadOptionError,
      `--csv: cannot write '${folder}': it is a folder`,
    )
    expect(() => writeReport(results(), { vega: join(folder, 'file') })).to.throw(
      BadOptionError,
      /--vega: .* is a file, not a folder/,
    )
  })
})
