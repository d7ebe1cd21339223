import { expect } from 'chai'
import { csvOf } from '../../../lib/lab/report/csv.ts'
import { unmeasured } from '../../../lib/lab/results.ts'
import { results, row } from '../report-sample.ts'

/** Reads RFC 4180, as its grammar has it. */
function parse(text: string): string[][] {
  const lines: string[][] = [[]]
  let rest = text
  while (rest !== '') {
    const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest)
    if (field === null) throw new Error(`no field at ${JSON.stringify(rest.slice(0, 40))}`)
    lines.at(-1)?.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '')
    rest = rest.slice(field[0].length)
    if (field[3] === '\r\n' && rest !== '') lines.push([])
  }
  return lines
}

/** The lines as objects, by the names in the first one. */
function records(text: string): Record<string, string>[] {
  const [names = [], ...lines] = parse(text)
  return lines.map((line) => Object.fromEntries(names.map((name, at) => [name, line[at] ?? ''])))
}

describe('results as CSV', () => {
  it('has a line for each row, all as long as the first', () => {
    const [names = [], ...lines] = parse(csvOf(results()))
    expect(lines).to.have.length(results().rows.length)
    for (const line of lines) expect(line).to.have.length(names.length)
    expect(new Set(names).size).to.equal(names.length)
  })

  it('names its columns like the paths in the JSON, and says where the numbers come from', () => {
    const [first] = records(csvOf(results()))
    expect(first).to.include({
      source: 'simulated',
      algorithm: 'ricart-agrawala',
      nodes: '3',
      load: 'light',
      'messagesPerEntry.mean': '4',
      'syncDelay.p99': '3',
      'formula.text': '2(N − 1)',
      'formula.ratio': '1',
      'formulas.syncDelay.text': 'T',
      'messagesByKind.request': '2',
      'messagesByKind.token': '',
      'provenance.version': '1.2.3',
    })
  })

  it('leaves a field empty where nothing was measured', () => {
    const none = { ...unmeasured, p50: null, p95: null, p99: null }
    const [first] = records(csvOf(results({ rows: [row({ syncDelay: none, bytesPerEntry: null })] })))
    expect(first).to.include({ 'syncDelay.mean': '', 'syncDelay.p50': '', bytesPerEntry: '' })
  })

  it('quotes what has commas, quotes or line ends in it', () => {
    const text = 'A enters,\r\nwhile "B" is inside'
    const [first] = records(csvOf(results({ rows: [row({ violations: 1, firstViolation: text, load: 'zipf:0.5,1' })] })))
    expect(first).to.include({ firstViolation: text, load: 'zipf:0.5,1' })
  })

  it('has rows of real processes after the simulated ones', () => {
    const real = { rows: [row({ nodes: 3 })], delayMs: 0.2, machine: 'this one' }
    const sources = records(csvOf(results({ real }))).map(({ source }) => source)
    expect(sources.at(-1)).to.equal('real')
    expect(sources.filter((source) => source === 'simulated')).to.have.length(results().rows.length)
  })
})
