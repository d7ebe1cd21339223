/**
 * Runs each program that a page shows, each in a process of its own, and compares what it prints with the comments beside its
 * `console.log` lines. The programs get nodes of this host in a folder of the test, whatever hosts the page names.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { codeBlocks, pages } from './markdown.ts'
import { project, readProject } from './project.ts'

/** Programs that stay until a signal ends them: test/processes/shutdown.test.ts runs them. */
const staying = 'docs/shutdown.md'

interface Program {
  /** Page and number, as a file name. */
  readonly name: string
  readonly source: string
}

describe('the programs that the pages show', () => {
  // `runReal` measures for half a minute; its own tests run it.
  const programs = [...programsOf('ts'), ...programsOf('js')].filter(({ source }) => !source.includes('runReal('))
  let folder: string

  before(function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'holdfast-pages-'))
    prepare(folder, programs)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are found', () => {
    expect(programs.length).to.be.greaterThan(20)
  })

  for (const program of programs) {
    it(`${program.name} runs to its end and prints what its comments say`, async function () {
      this.timeout(60_000)
      const { status, output } = await run(folder, program)
      expect(status, output).to.equal(0)
      for (const printed of promised(program.source)) expect(output.split('\n')).to.include(printed)
    })
  }

  it('would fail if a program printed another text, or ended by an error', async function () {
    this.timeout(60_000)
    const wrong = { name: 'made-up', source: 'console.log(1 + 1) // 3' }
    writeFileSync(join(folder, 'made-up.js'), wrong.source)
    expect((await run(folder, wrong)).output.split('\n')).not.to.include(promised(wrong.source)[0])
    writeFileSync(join(folder, 'made-up.js'), "throw new Error('broken')")
    expect((await run(folder, wrong)).status).to.equal(1)
  })
})

function programsOf(language: 'ts' | 'js'): Program[] {
  const ending = pages().filter((page) => page !== staying)
  return ending.flatMap((page) =>
    codeBlocks(readProject(page), language).map((source, index) => ({
      name: `${page.replaceAll(/\W/g, '-')}-${language}-${index + 1}`,
      source,
    })),
  )
}

/** What `console.log(…) // TEXT` says will be printed; an explanation after a colon does not count. */
function promised(source: string): string[] {
  return [...source.matchAll(/^ *console\.log\(.*\) \/\/ (.+?)(?:: .*)?$/gm)].map((match) => match[1] as string)
}

/** What a program may use without saying where it comes from, as the pages' compiler knows it. */
const surroundings = `
globalThis.invoice = { id: '42' }
globalThis.store = { read: async () => null, write: async () => undefined }
globalThis.fetch = async () => new Response('an answer')
globalThis.endOfPage = () => undefined
`

/** The same for a program that uses a node or a hold that it does not make; a node costs each other program as much as its start. */
const surroundingNode = `
import './surroundings.js'
import { createNode } from 'holdfast'
globalThis.node = await createNode({ cluster: 'around' })
globalThis.hold = await node.acquire('another lock')
const own = node
globalThis.endOfPage = () => own.close({ drain: 0 })
`

function usesSurroundingNode(source: string): boolean {
  return ['node', 'hold'].some((name) => new RegExp(`\\b${name}\\.`).test(source) && !source.includes(` ${name} = `))
}

/** The library as the package has it, and as a page's program sees it: every node is one of this host, in the folder of the test. */
function library(folder: string): string {
  const index = pathToFileURL(join(project, 'dist', 'bundled', 'index.js')).href
  const directory = JSON.stringify(join(folder, 'nodes'))
  return `
import { createNode as create, createObserver as observe } from '${index}'
export * from '${index}'
const here = (options = {}) => {
  const { listen, advertise, secret, tls, join, ...rest } = options
  return { ...rest, directory: ${directory}, cluster: (rest.cluster ?? 'page') + process.pid, ...(join === 'memory' ? { join } : {}) }
}
export const createNode = (options) => {
  const { directory, ...rest } = here(options)
  return create(rest.join === 'memory' ? rest : { ...rest, directory })
}
export const createObserver = async (options) => {
  const observed = await createNode(options)
  const observer = await observe(here(options))
  const close = observer.close.bind(observer)
  observer.close = () => Promise.all([close(), observed.close()])
  return observer
}
`
}

/** Compiles the programs into the folder, beside the files that they read. */
function prepare(folder: string, programs: readonly Program[]): void {
  const sources = join(folder, 'sources')
  const modules = join(folder, 'node_modules', 'holdfast')
  for (const each of [sources, modules, join(folder, 'nodes')]) mkdirSync(each, { recursive: true, mode: 0o700 })
  for (const { name, source } of programs) {
    const around = usesSurroundingNode(source) ? 'surrounding-node' : 'surroundings'
    writeFileSync(join(sources, `${name}.ts`), `import './${around}.js'\n${source}\nawait globalThis.endOfPage()\n`)
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'surroundings.js'), surroundings)
  writeFileSync(join(folder, 'surrounding-node.js'), surroundingNode)
  writeFileSync(join(modules, 'index.js'), library(folder))
  const exports: Record<string, string> = { '.': './index.js' }
  for (const part of ['engines/memory', 'recipes', 'sim', 'lab']) {
    const name = basename(part)
    const url = pathToFileURL(join(project, 'dist', 'bundled', part, 'index.js')).href
    writeFileSync(join(modules, `${name}.js`), `export * from '${url}'\n`)
    exports[`./${name}`] = `./${name}.js`
  }
  writeFileSync(join(modules, 'package.json'), JSON.stringify({ type: 'module', exports }))
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc')
  const compilerOptions = { noCheck: true, target: 'es2022', module: 'nodenext', rootDir: sources, outDir: folder }
  writeFileSync(join(sources, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'], exclude: [] }))
  const compiled = spawnSync(process.execPath, [compiler, '-p', sources], { encoding: 'utf8' })
  if (compiled.status !== 0) throw new Error(compiled.stdout)
  const command = join(project, 'dist', 'bundled', 'cli', 'main.js')
  spawnSync(process.execPath, [command, 'sim', '--from', '27', '--history', join(folder, 'run.jsonl')])
}

function run(folder: string, program: Program): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [`./${program.name}.js`], { cwd: folder, timeout: 50_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr })
    })
  })
}
