import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { errorRegistry } from '../../lib/base/errors.ts'
import { defaultLimits } from '../../lib/node/limits.ts'
import { parseOptions } from '../../lib/node/options.ts'
import { algorithms } from '../../lib/mutex/algorithms.ts'
import { senders } from '../../lib/wire/senders.ts'
import { errorsPage, errorsPagePath } from './errors-page.ts'
import { brokenLinks, codeBlocks, headings, pages } from './markdown.ts'
import { project, readManifest, readProject } from './project.ts'
import { sourcesOf } from './sources.ts'

describe('the documentation', () => {
  it('lists the errors as the registry has them (npm run docs writes the page)', () => {
    expect(readProject(errorsPagePath)).to.equal(errorsPage())
  })

  it('tells of every algorithm which requests wait for a busy member', () => {
    const [, section = ''] = readProject('docs/failover.md').split('## What a busy event loop costs')
    expect(algorithms.map(({ name }) => name).filter((name) => !section.includes(`\`${name}\``))).to.deep.equal([])
  })

  it('lists an error exactly if some code of the library makes it', () => {
    const sources = readdirSync(join(project, 'lib'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && path !== join('base', 'errors.ts') && path !== join('cli', 'advice.ts'))
      .map((path) => readProject(join('lib', path)))
      .join()
    const page = readProject(errorsPagePath)
    for (const [code, { className }] of Object.entries(errorRegistry)) {
      const isMade = sources.includes(`new ${className}(`) || sources.includes(`'${code}'`)
      expect(page.includes(`| \`${code}\` |`), code).to.equal(isMade)
    }
  })

  it('lists every limit with its default', () => {
    const page = readProject('docs/limits.md')
    const rows = [...page.matchAll(/^\| `limits\.(\w+)` \| ([\d,]+) \|/gm)].map((match) => [
      match[1],
      match[2]?.replaceAll(',', ''),
    ])
    expect(Object.fromEntries(rows)).to.deep.equal(
      Object.fromEntries(Object.entries(defaultLimits).map(([name, value]) => [name, String(value)])),
    )
  })

  it('names every option of createNode, and no other', () => {
    const page = readProject('docs/options.md')
    const described = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
    expect(described).to.have.members(optionNames())
  })

  it('names every algorithm on its first page, and no other', () => {
    const [, part = ''] = readProject('README.md').split('\n## Algorithms\n')
    const [section = ''] = part.split('\n## ')
    const named = [...section.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map((match) => match[1])
    expect(new Set(named)).to.deep.equal(new Set([...algorithms.map(({ name }) => name), 'central', 'majority-lease']))
  })

  it('names every algorithm that has more modes than exclusive', () => {
    const [, section = ''] = readProject('docs/locking.md').split('\n## Modes\n')
    const [sentence = ''] = section.match(/`[^.]*have all modes[^.]*\./) ?? []
    const named = [...sentence.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map((match) => match[1])
    expect(named).to.deep.equal(algorithms.filter(({ modes }) => modes.length > 1).map(({ name }) => name))
  })

  it('names only files that there are, and every kind of message, in the architecture', () => {
    const page = readProject('docs/architecture.md')
    const named = [...page.matchAll(/`((?:lib|test|docs|examples)\/[\w./-]+\.c?ts)`/g)].map((match) => match[1] as string)
    expect(named.length).to.be.greaterThan(50)
    expect(named.filter((path) => !existsSync(join(project, path)))).to.deep.equal([])
    for (const type of Object.keys(senders)) expect(page).to.include(`\`${type}\``)
  })

  it('has a row of the map for each file of the core', () => {
    const page = readProject('docs/architecture.md')
    const core = sourcesOf('lib').filter((file) => !/^lib\/(?:sim|lab|bench|cli)\//.test(file))
    expect(core.length).to.be.greaterThan(250)
    expect(core.filter((file) => !page.includes(`\`${file}\``))).to.deep.equal([])
  })

  it('names only environment variables that a test sets', () => {
    const tests = readdirSync(join(project, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('docs.test.ts'))
      .map((path) => readProject(join('test', path)))
      .join()
    const named = new Set(pages().flatMap((page) => readProject(page).match(/\bHOLDFAST_[A-Z_]*[A-Z]\b/g) ?? []))
    expect(named.size).to.be.greaterThan(5)
    expect([...named].filter((name) => !new RegExp(`\\b${name}\\b`).test(tests))).to.deep.equal([])
  })

  it('types each command as a shell finds it, by npx', () => {
    const bare = /(?:^(?:\$ )?|`)holdfast (?:demo|members|locks|explain|recover|bench|sim|lab|completion|help)\b/
    const isHeading = (line: string): boolean => line.startsWith('#')
    const found = pages()
      .filter((page) => !page.includes('decisions/') && !page.startsWith('CHANGELOG'))
      .flatMap((page) =>
        readProject(page)
          .split('\n')
          .map((line) => `${page}: ${line}`)
          .filter((told) => {
            const line = told.slice(page.length + 2)
            return bare.test(line) && !isHeading(line)
          }),
      )
    expect(found).to.deep.equal([])
  })

  it('has no broken link', () => {
    expect(pages().flatMap((page) => brokenLinks(page, readProject(page)))).to.deep.equal([])
  })

  it('names only scripts that there are', () => {
    const { scripts } = readManifest()
    for (const page of pages()) {
      for (const [, script] of readProject(page).matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
        expect(Object.keys(scripts), page).to.include(script)
      }
    }
  })

  it('tells the way in by the two lines that must work', () => {
    expect(readProject('README.md')).to.include('npm ci && npm run demo').and.to.include('npm ci && npm test')
  })

  it('shows code that compiles', function () {
    this.timeout(60_000)
    const blocks = pages().flatMap((page) =>
      codeBlocks(readProject(page), 'ts').map((block, index) => [`${page} ${index + 1}`, block] as const),
    )
    expect(blocks.length).to.be.greaterThan(5)
    expect(compile(blocks)).to.equal('')
  })
})

describe('the reader of pages', () => {
  it('finds links that lead nowhere', () => {
    expect(
      brokenLinks('README.md', '[a](docs/nowhere.md) [b](LICENSE) [c](#d)\n\n# D\n\n[e](https://example.org/)'),
    ).to.deep.equal(['README.md: docs/nowhere.md'])
    expect(brokenLinks('README.md', '[c](#e)\n\n# D')).to.deep.equal(['README.md: #e'])
  })

  it('makes anchors of headings', () => {
    expect(headings('# What it is, and `what` not\n## Two words')).to.deep.equal(['what-it-is-and-what-not', 'two-words'])
  })

  it('sees code that does not compile', function () {
    this.timeout(60_000)
    expect(compile([['made up', "await node.acquire('invoice/42', { waitt: '5s' })"]])).to.include('waitt')
  })

  it('takes the blocks of one language', () => {
    expect(codeBlocks('```ts\na\n```\ntext\n```sh\nb\n```\n', 'ts')).to.deep.equal(['a\n'])
  })
})

/** The names that `parseOptions` offers when it is given one that it does not know. */
function optionNames(): string[] {
  try {
    parseOptions({ 'no such option': true } as object)
  } catch (error) {
    return (/It has (.+)$/.exec((error as Error).message)?.[1] ?? '').split(', ')
  }
  return []
}

/** What a block may use without saying where it comes from. */
const surroundings = `
declare const node: import('holdfast').Node
declare const hold: import('holdfast').Hold
declare const invoice: { readonly id: string }
declare const store: {
  read<T>(key: string): Promise<T | null>
  write(what: unknown, options?: { fence?: bigint; signal?: AbortSignal }): Promise<void>
}
`

/** Compiles each block as a module of its own against the library as it was built with this test; gives the compiler's complaints. */
function compile(blocks: readonly (readonly [name: string, block: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-docs-'))
  try {
    writeFileSync(join(folder, 'surroundings.d.ts'), surroundings)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    for (const [name, block] of blocks) writeFileSync(join(folder, `${name.replaceAll(/\W/g, '-')}.ts`), `${block}\nexport {}\n`)
    const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc')
    const { stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
    return stdout + stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const library = fileURLToPath(new URL('../../lib/', import.meta.url))

const compilerOptions = {
  paths: {
    holdfast: [join(library, 'index.d.ts')],
    'holdfast/engines/postgres': [join(library, 'engines', 'postgres', 'index.d.ts')],
    'holdfast/engines/redis': [join(library, 'engines', 'redis', 'index.d.ts')],
    'holdfast/lab': [join(library, 'lab', 'index.d.ts')],
    'holdfast/memory': [join(library, 'engines', 'memory', 'index.d.ts')],
    'holdfast/recipes': [join(library, 'recipes', 'index.d.ts')],
    'holdfast/sim': [join(library, 'sim', 'index.d.ts')],
  },
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2023', 'esnext.disposable'],
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [join(project, 'node_modules', '@types')],
}
