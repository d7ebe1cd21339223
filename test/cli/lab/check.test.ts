import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { loadAlgorithm, LoadProblem } from '../../../lib/lab/own/load.ts'

const main = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Report {
  readonly explored: number
  readonly complete: boolean
  readonly seeds: number
  readonly score: number
  readonly violations: readonly {
    readonly property: string
    readonly problem: string
    readonly story: readonly string[]
    readonly diagram: string
  }[]
}

describe('holdfast lab, for algorithms of one’s own', function () {
  this.timeout(120_000)
  let folder = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-'))
  })

  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  function lab(...args: string[]): Outcome {
    return spawnSync(process.execPath, [main, 'lab', ...args], { cwd: folder, encoding: 'utf8', timeout: 100_000 })
  }

  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text)
    return name
  }

  function checked(file: string, ...args: string[]): Report & { readonly status: number | null } {
    const { status, stdout, stderr } = lab('check', file, '--json', '--seeds', '10', ...args)
    expect(stdout, stderr).to.match(/^\{.*\}\n$/)
    return { status, ...(JSON.parse(stdout) as Report) }
  }

  /** An algorithm in JavaScript whose methods are these. */
  const algorithm = (methods: string): string =>
    `class Own {\n  constructor(site) { this.site = site }\n${methods}\n}\n` +
    `export const algorithm = { name: 'own', create: (site) => new Own(site) }\n`

  const idle = '  request() {}\n  receive() {}\n  release() {}'

  for (const file of ['my-mutex.ts', 'my-mutex.mjs', 'other.js']) {
    it(`new writes ${file}, in which check finds nothing, and does not overwrite it`, () => {
      const made = lab('new', file)
      expect([made.status, made.stdout]).to.deep.equal([0, `wrote ${file}\nNext: holdfast lab check ${file}\n`])
      const text = readFileSync(join(folder, file), 'utf8')
      expect(text.trimEnd().split('\n').length).to.be.at.most(50)
      const again = lab('new', file)
      expect(again.status).to.equal(64)
      expect(again.stderr).to.match(/is there already, and is left as it is/)
      expect(readFileSync(join(folder, file), 'utf8')).to.equal(text)

      const { status, violations, explored, complete, seeds, score } = checked(file, '--html', 'report.html')
      expect([status, violations, complete, seeds]).to.deep.equal([0, [], true, 10])
      expect(explored).to.be.above(1000)
      expect(score).to.be.above(95)
      expect(readFileSync(join(folder, 'report.html'), 'utf8')).to.match(/^<!doctype html>[\s\S]*Nothing wrong was found/)
    })
  }

  it('new says what a file must be called', () => {
    for (const [file, says] of [
      ['mutex.py', /must end in \.ts, \.mts, \.js or \.mjs/],
      ['1st.ts', /'1st' cannot name an algorithm/],
      ['nowhere/mutex.ts', /cannot write 'nowhere\/mutex.ts'/],
    ] as const) {
      const { status, stderr } = lab('new', file)
      expect(status).to.equal(64)
      expect(stderr).to.match(says)
    }
    expect(lab('new').stderr).to.match(/FILE is missing\nExample: holdfast lab new my-mutex\.ts\n/)
  })

  it('check tells the shortest story of what is wrong, and draws it', () => {
    const { status, violations, score } = checked('gallery:no-merge', '--html', 'no-merge.html')
    expect(status).to.equal(1)
    expect(violations).to.have.length(1)
    const [violation] = violations
    expect(violation?.property).to.equal('exclusion')
    expect(violation?.story).to.have.length(7)
    expect(violation?.story.at(-1)).to.equal('a and b are inside together')
    expect(violation?.diagram).to.match(/├|─►█/)
    expect(score).to.be.below(60)
    const page = readFileSync(join(folder, 'no-merge.html'), 'utf8')
    expect(page).to.match(/Breaks exclusion[\s\S]*<svg/)
    expect(page).to.not.match(/https?:/)

    const { status: told, stdout } = lab('check', 'gallery:no-merge', '--seeds', '5')
    expect(told).to.equal(1)
    expect(stdout).to.match(/no-merge breaks: exclusion with 2 sites, in 6 steps \(every order\)/)
    expect(stdout).to.match(/the algorithm is wrong\n$/)
    expect(lab('check', 'mended:no-merge', '--seeds', '5', '--states', '500').status).to.equal(0)
  })

  it('gallery lists what is broken', () => {
    const { status, stdout } = lab('gallery', '--json')
    expect(status).to.equal(0)
    const rows = JSON.parse(stdout) as readonly { readonly name: string; readonly breaks: object }[]
    expect(rows.length).to.be.at.least(10)
    expect(rows[0]?.breaks).to.have.all.keys('property', 'nodes', 'why')
    expect(lab('gallery').stdout).to.match(
      /no-tie-break: breaks exclusion with 2 sites \(Lamport 1978\)\n {4}Requests with equal stamps/,
    )
  })

  it('scores by seeds of a file, the same each time, and others by others', () => {
    write('seeds.txt', '7 8 9 10 11 12\n')
    const scored = (...args: string[]): string => lab('check', 'other.js', '--score', '--states', '200', ...args).stdout
    const [one, two, other] = [scored('--seeds-file', 'seeds.txt'), scored('--seeds-file', 'seeds.txt'), scored('--seeds', '6')]
    expect(one).to.equal(two)
    expect(one).to.not.equal(other)
    const score = JSON.parse(one) as { readonly score: number; readonly parts: Record<string, { points: number; of: number }> }
    expect(score).to.include({ name: 'other', seeds: 6 })
    const parts = Object.values(score.parts)
    expect(parts.map(({ of }) => of)).to.deep.equal([40, 30, 15, 15])
    expect(parts.reduce((sum, { points }) => sum + points, 0)).to.be.closeTo(score.score, 0.11)
  })

  it('gives no points to an algorithm that lets no site in', () => {
    const { violations, score } = checked(write('still.mjs', algorithm(idle)))
    expect(violations[0]?.property).to.equal('liveness')
    expect(violations[0]?.story).to.deep.equal(['1. a asks', 'a waits for ever'])
    expect(score).to.equal(20)
  })

  const wrong: readonly (readonly [what: string, file: string, text: string, property: string, says: RegExp])[] = [
    [
      'throws as it is loaded',
      'import.mjs',
      "\nthrow new Error('not today')",
      'loads',
      /throws as it is loaded: Error: not today \(import\.mjs:2\)/,
    ],
    [
      'throws in request',
      'throws.mjs',
      algorithm('  request() {\n    null.x\n  }\n  receive() {}\n  release() {}'),
      'throws',
      /[ab] throws in request: TypeError: .* \(throws\.mjs:4\)/,
    ],
    [
      'throws in request, in TypeScript',
      'throws.ts',
      `interface Never {\n  a: string\n}\n\n${algorithm("  request(): void {\n    throw new Error('line six' as string)\n  }\n  receive() {}\n  release() {}").replace('constructor(site)', 'site: unknown\n  constructor(site: unknown)').replace('(site) =>', '(site: unknown) =>')}`,
      'throws',
      /line six \(throws\.ts:9\)/,
    ],
    [
      'has a syntax error',
      'syntax.mjs',
      'export const algorithm = {\n  name: ,\n}',
      'loads',
      /syntax error: Unexpected token ','.* \(line 2\)/,
    ],
    ['has a syntax error, in TypeScript', 'syntax.ts', 'export const algorithm: = 1', 'loads', /syntax error: .*line 1/],
    ['exports nothing', 'nothing.mjs', 'const algorithm = 1', 'loads', /must export 'algorithm'.*it exports nothing/],
    ['exports something else', 'else.mjs', 'export const mutex = 1', 'loads', /must export 'algorithm'.*it exports mutex/],
    [
      'exports no algorithm',
      'number.mjs',
      'export const algorithm = 7',
      'loads',
      /'algorithm' is number: it must be an object with a name/,
    ],
    [
      'lacks a method',
      'lacks.mjs',
      algorithm('  request() {}\n  release() {}'),
      'throws',
      /what 'create' returns has no receive\(\)/,
    ],
    [
      'imports what is not there',
      'imports.mjs',
      "import './not-there.mjs'",
      'loads',
      /imports what is not there: .*not-there\.mjs/,
    ],
    [
      'sends to no site',
      'no-site.mjs',
      algorithm("  request() { this.site.send(this.next, { kind: 'x' }) }\n  receive() {}\n  release() {}"),
      'bad message',
      /[ab] sends to no site, and its peers are [ab]/,
    ],
    [
      'sends no kind',
      'kind.mjs',
      algorithm('  request() { this.site.send(this.site.peers[0], {}) }\n  receive() {}\n  release() {}'),
      'bad message',
      /a message without a kind/,
    ],
    [
      'ends the process',
      'exit.mjs',
      algorithm('  request() { process.exit(3) }\n  receive() {}\n  release() {}'),
      'throws',
      /ends its own process/,
    ],
    [
      'loops in request',
      'loops.mjs',
      algorithm("  request() { this.site.send(this.site.peers[0], { kind: 'x' }) }\n  receive() { for (;;); }\n  release() {}"),
      'endless',
      /does not return from receive 'x': does it loop\?/,
    ],
    ['loops as it is loaded', 'loading.mjs', 'for (;;);', 'loads', /does not finish loading: does it loop\?/],
  ]
  for (const [what, file, text, property, says] of wrong) {
    it(`check names a file that ${what}`, () => {
      const { status, violations } = checked(write(file, text), '--patience', '0.5')
      expect(status).to.equal(1)
      expect(violations.map((each) => each.property)).to.deep.equal([property])
      expect(violations[0]?.problem).to.match(says)
    })
  }

  it('check tells the story that leads to the endless call', () => {
    const [violation] = checked('loops.mjs', '--patience', '0.5').violations
    expect(violation?.story[0]).to.match(/^1\. [ab] asks: sends x to [ab]$/)
    expect(violation?.story[1]).to.match(/^2\. [ab] receives x from [ab]$/)
  })

  it('keeps what a file prints apart from the document', () => {
    const { status, stdout, stderr } = lab(
      'check',
      write('prints.mjs', `console.log('I am here')\n${algorithm(idle)}`),
      '--json',
      '--seeds',
      '1',
    )
    expect(status).to.equal(1)
    expect(stdout.split('\n')).to.have.length(2)
    expect(stderr).to.include('I am here')
  })

  it('says what is wrong with the command line, and exits with 64', () => {
    write('empty.txt', '')
    write('words.txt', '1 two')
    const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [[], /FILE is missing\nExample: holdfast lab check my-mutex\.ts\n/],
      [['absent.ts'], /there is no file 'absent\.ts'/],
      [['.'], /'\.' is not a file/],
      [['words.txt'], /must be TypeScript or JavaScript/],
      [
        ['bug:no-quarantine'],
        /whole nodes, and in no algorithm: 'holdfast sim --bug no-quarantine' finds it\nExample: holdfast sim/,
      ],
      [['bug:session-from-answer'], /in no algorithm: the model of the view change of this project shows it/],
      [['gallery:absent'], /there is no 'gallery:absent'; there are no-tie-break/],
      [['other.js', '--nodes', '1'], /--nodes must be a whole number from 2 to 6/],
      [['other.js', '--links', 'wet'], /--links must be fifo or unordered/],
      [['other.js', '--seeds-file', 'absent.txt'], /cannot read 'absent\.txt'/],
      [['other.js', '--seeds-file', 'empty.txt'], /'empty\.txt' holds no seeds/],
      [['other.js', '--seeds-file', 'words.txt'], /holds "two" as seed 2/],
      [['other.js', '--seeds-file', 'words.txt', '--seeds', '3'], /leave --seeds and --from out/],
      [['other.js', 'another.js'], /unexpected argument 'another\.js'/],
    ]
    for (const [args, says] of cases) {
      const { status, stdout, stderr } = lab('check', ...args)
      expect([status, stdout], stderr).to.deep.equal([64, ''])
      expect(stderr).to.match(says)
    }
  })

  it('says how to get tsx where it is missing, and needs none for JavaScript', async () => {
    const missing = (): null => null
    const file = write('typed.ts', 'export const algorithm: number = 1')
    const problem = await loadAlgorithm(join(folder, file), missing).catch((error: unknown) => error)
    // Node itself can read TypeScript from 22.18 on.
    if (!('typescript' in process.features)) {
      expect(problem).to.be.instanceOf(LoadProblem)
      expect((problem as LoadProblem).why).to.equal('no tsx')
      expect((problem as LoadProblem).message).to.match(
        /tsx is not installed: install it .*npm install --save-dev tsx.*, or write .* JavaScript/,
      )
    }
    const { kind } = await loadAlgorithm(join(folder, 'still.mjs'), missing)
    expect(kind.name).to.equal('own')
  })
})
