import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import type { Row } from '../../../lib/lab/results.ts'
import { type CommandEnd, holdfast } from '../holdfast.ts'

const lab = (...args: string[]): Promise<CommandEnd> => holdfast(['lab', ...args])

async function rowsOf(...args: string[]): Promise<readonly Row[]> {
  const { code, stdout, stderr } = await lab('run', ...args, '--json')
  expect(stderr).to.equal('')
  expect(code).to.equal(0)
  return JSON.parse(stdout) as Row[]
}

describe('holdfast lab run', function () {
  this.timeout(60_000)
  let folder = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-'))
  })

  after(() => {
    rmSync(folder, { recursive: true })
  })

  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  it('measures each algorithm at each size, beside what its paper says', async () => {
    const rows = await rowsOf(
      '--algorithms',
      'lamport,ricart-agrawala',
      '--nodes',
      '5,10',
      '--load',
      'light',
      '--entries',
      '200',
      '--seeds',
      '3',
    )
    expect(rows.map(({ algorithm, nodes, messagesPerEntry }) => [algorithm, nodes, messagesPerEntry.mean])).to.deep.equal([
      ['lamport', 5, 12],
      ['ricart-agrawala', 5, 8],
      ['lamport', 10, 27],
      ['ricart-agrawala', 10, 18],
    ])
    expect(rows[0]).to.include({ load: 'light', entries: 200, seeds: 3, violations: 0, inversions: 0 })
    expect(rows[0]?.formula).to.include({ text: '3(N − 1)', value: 12, ratio: 1 })
  })

  it('says the same at every run', async () => {
    const args = [
      '--algorithms',
      'carvalho-roucairol',
      '--load',
      'poisson:0.5',
      '--delay',
      'exponential:1',
      '--entries',
      '300',
      '--seeds',
      '4',
    ]
    expect(await rowsOf(...args, '--threads', '1')).to.deep.equal(await rowsOf(...args, '--threads', '2'))
  })

  it('prints a table, the formulas, and how fast the simulation went', async () => {
    const { code, stdout } = await lab('run', '--algorithms', 'token-ring', '--entries', '1000', '--seeds', '2')
    expect(code).to.equal(0)
    expect(stdout).to.match(/saturated load, constant:1 delay/)
    expect(stdout).to.match(/token-ring +5 +1 +1 +1\.000/)
    expect(stdout).to.match(/messages simulated in .* of one core: [\d.]+ million a second/)
  })

  it('takes an experiment from a file, and flags beat it', async () => {
    const path = file('lab.json', JSON.stringify({ algorithms: ['token-ring'], nodes: [3, 4], entries: 50, seeds: 2 }))
    expect((await rowsOf(path)).map(({ nodes }) => nodes)).to.deep.equal([3, 4])
    expect((await rowsOf(path, '--nodes', '6')).map(({ nodes }) => nodes)).to.deep.equal([6])
  })

  it('tells what is wrong in a file by the fields of the file, and not by options', async () => {
    const path = file('lab.json', JSON.stringify({ algorithms: ['token-ring'], nodes: 5 }))
    const { code, stderr } = await lab('run', path)
    expect(code).to.equal(64)
    expect(stderr).to.equal(
      `holdfast: ${path}: 'nodes' must be a list of 1 to 64 whole numbers from 2 to 1000, such as [5, 10], got 5. 'holdfast lab schema' prints what such a file may hold\nSee 'holdfast lab run --help'\n`,
    )
  })

  it('tells what was probably meant by a misspelt value or field of a file, and of an option', async () => {
    const cases: readonly (readonly [experiment: object, says: string])[] = [
      [{ algorithms: ['token-rng'] }, "algorithms[0]: there is no algorithm 'token-rng'; did you mean 'token-ring'? There are "],
      [
        { algorithms: ['maekawa:gird'] },
        "there is no algorithm 'maekawa:gird'; did you mean 'grid'? 'maekawa' takes grid, plane",
      ],
      [
        { algorithms: ['gallery:votes-kep'] },
        "there is no 'gallery:votes-kep'; did you mean 'votes-kept'? There are no-tie-break",
      ],
      [{ loads: ['poison:0.5'] }, "loads[0]: 'poison:0.5' is no load; did you mean 'poisson'? Write light, "],
      [{ loads: ['poisson'] }, "loads[0]: 'poisson' is no load; write light, "],
      [{ delays: ['exponental:1'] }, "delays[0]: 'exponental:1' is no delay law; did you mean 'exponential'? Write constant:T"],
      [{ sectionLaw: 'exponental' }, `got "exponental"; did you mean "exponential"? 'holdfast lab schema' prints`],
      [{ link: 'fifo' }, "there is no 'link'; did you mean 'links'? There are $schema, title, "],
      [
        { algorithms: undefined, algoritms: ['raymond'] },
        "names no algorithms either: it has 'algoritms'; did you mean 'algorithms'?",
      ],
    ]
    for (const [experiment, says] of cases) {
      const { code, stderr } = await lab('run', file('wrong.json', JSON.stringify({ algorithms: ['token-ring'], ...experiment })))
      expect(code, stderr).to.equal(64)
      expect(stderr).to.include(says)
    }
    expect((await lab('run', '--algorithms', 'raymond', '--load', 'poison:0.5')).stderr).to.include(
      "--load: 'poison:0.5' is no load; did you mean",
    )
  })

  it('measures an algorithm of one’s own, out of a file, and a broken one beside the others', async () => {
    const mine = file('mine.mjs', ownRing)
    const { code, stdout } = await lab(
      'run',
      '--algorithms',
      `${mine},gallery:no-tie-break`,
      '--entries',
      '200',
      '--seeds',
      '3',
      '--json',
    )
    expect(code).to.equal(1)
    const [own, broken] = JSON.parse(stdout) as Row[]
    expect(own).to.include({ algorithm: mine, violations: 0 })
    expect(own?.messagesPerEntry.mean).to.be.closeTo(1, 0.05)
    expect(broken?.violations).to.be.greaterThan(0)
    const { stderr } = await lab('run', '--algorithms', file('empty.mjs', ''))
    expect(stderr).to.match(/empty.mjs must export 'algorithm'/)
  })

  it('writes a report, a table, specs, logs and all of it as JSON', async () => {
    const out = (name: string): string => join(folder, 'out', name)
    const { code, stderr } = await lab(
      ...['run', '--algorithms', 'ricart-agrawala,token-ring', '--nodes', '3,4', '--entries', '30', '--seeds', '2', '--json'],
      ...['--csv', out('rows.csv'), '--vega', out('vega'), '--shiviz', out('run.shiviz'), '--out', out('all.json')],
    )
    expect(code).to.equal(0)
    expect(stderr).to.match(/^wrote /)
    expect(readFileSync(out('rows.csv'), 'utf8').split('\r\n')).to.have.length.of.at.least(5)
    expect(readdirSync(out('vega'))).to.have.length.of.at.least(3)
    const all = JSON.parse(readFileSync(out('all.json'), 'utf8')) as { provenance: { command: string; optionsHash: string } }
    expect(all.provenance.command).to.match(/^holdfast lab run --algorithms ricart-agrawala,token-ring/)
    expect(all.provenance.optionsHash).to.match(/^[0-9a-f]{14}$/)
  })

  it('prints a schema by which an experiment can be judged', async () => {
    const { stdout } = await lab('schema')
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object)
    expect(validate({ algorithms: ['token-ring'], nodes: [2, 1000] })).to.equal(true)
    expect(validate({ algorithms: ['token-ring'], node: [2] })).to.equal(false)
    expect(validate({ algorithms: ['token-ring'], nodes: [1] })).to.equal(false)
  })

  it('lists the algorithms', async () => {
    const rows = JSON.parse((await lab('algorithms', '--json')).stdout) as { name: string; forLocks: boolean }[]
    expect(rows.find(({ name }) => name === 'ricart-agrawala')).to.include({ forLocks: true })
    expect(rows.find(({ name }) => name === 'central')).to.include({ forLocks: false })
  })

  it('refuses what it cannot run, with the place and the cure', async () => {
    const complaint = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await lab(...args)
      expect(code, args.join(' ')).to.equal(64)
      expect(stdout).to.equal('')
      return stderr
    }
    expect(await complaint('run')).to.equal(
      "holdfast: --algorithms is missing\nExample: holdfast lab run --algorithms ricart-agrawala,token-ring\nSee 'holdfast lab run --help'\n",
    )
    expect(await complaint('run', '--algorithms', 'ra')).to.match(/there is no algorithm 'ra'; there are .*ricart-agrawala/)
    expect(await complaint('run', '--algorithms', 'token-ring', '--nodes', '1')).to.match(
      /--nodes must be a whole number from 2 to 1000, got '1'/,
    )
    expect(await complaint('run', '--algorithms', 'token-ring', '--nodes', '0')).to.match(/--nodes must be/)
    expect(await complaint('run', '--algorithms', 'token-ring', '--load', 'heavy')).to.match(/'heavy' is no load; write light/)
    expect(await complaint('run', '--algorithms', 'token-ring', '--delay', 'fast')).to.match(
      /'fast' is no delay law; write constant/,
    )
    expect(await complaint('run', '--algorithms', 'token-ring', '--section', 'long')).to.match(
      /--section must be a number from 0 to 1000, got 'long'/,
    )
    expect(await complaint('run', join(folder, 'none.json'))).to.match(/cannot read .*none.json/)
    expect(await complaint('run', file('broken.json', '{'))).to.match(/broken.json' is not JSON/)
    expect(await complaint('run', file('list.json', '[]'))).to.match(/must hold one JSON object/)
    expect(await complaint('run', file('wrong.json', '{"algorithms": ["token-ring"], "node": [3]}'))).to.match(
      /wrong.json: there is no 'node'; did you mean 'nodes'\? There are .*nodes/,
    )
    expect(await complaint('walk')).to.match(/unknown command 'lab walk': lab has run, /)
    expect(await complaint()).to.match(/lab: a command is missing: run, /)
  })
})

/** A token that goes round, in as few words as it takes. */
const ownRing = `
import { defineAlgorithm } from 'holdfast/lab'

class Ring {
  wants = false
  constructor(site) {
    this.site = site
    if (site.firstPlace === site.self) this.pass()
  }
  request() { this.wants = true }
  receive() { if (this.wants) this.site.granted(); else this.pass() }
  release() { this.wants = false; this.pass() }
  pass() { this.site.send(this.site.peers[0], { kind: 'token' }) }
}

export const algorithm = defineAlgorithm({ name: 'ring', create: (site) => new Ring(site) })
`
