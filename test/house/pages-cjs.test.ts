/**
 * Runs the CommonJS files that a page shows, each under the name in its first line: a program until it is ready and a signal ends
 * it, a configuration of pm2 by what it names. The programs get nodes in a folder of the test.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { codeBlocks, pages } from './markdown.ts'
import { project, readProject } from './project.ts'

interface CommonFile {
  readonly page: string
  readonly name: string
  readonly source: string
}

describe('the CommonJS files that the pages show', () => {
  const files = pages().flatMap((page) => codeBlocks(readProject(page), 'cjs').map((source) => fileOf(page, source)))
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-pages-'))
    const modules = join(folder, 'node_modules', 'holdfast')
    for (const each of [modules, join(folder, 'nodes')]) mkdirSync(each, { recursive: true, mode: 0o700 })
    writeFileSync(join(modules, 'index.js'), library(folder))
    for (const { name, source } of files) writeFileSync(join(folder, name), source)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are found, each with a name of its own in its first line', () => {
    expect(files.length).to.be.greaterThan(1)
    expect(new Set(files.map(({ name }) => name)).size).to.equal(files.length)
  })

  for (const { page, name, source } of files) {
    if (source.includes('module.exports')) {
      it(`${page}: ${name} configures pm2 for a script of the page`, () => {
        const { apps } = createRequire(join(folder, 'x'))(join(folder, name)) as { apps: readonly { script: string }[] }
        expect(apps).to.have.length.greaterThan(0)
        for (const { script } of apps) expect(existsSync(join(folder, script)), script).to.equal(true)
      })
    } else {
      it(`${page}: ${name} says that it is ready, and ends with 0 when it is told to`, async function () {
        this.timeout(40_000)
        const child = fork(join(folder, name), { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
        const ended = once(child, 'exit')
        expect((await Promise.race([once(child, 'message'), ended]))[0]).to.equal('ready')
        child.kill('SIGINT')
        expect(await ended).to.deep.equal([0, null])
      })
    }
  }
})

function fileOf(page: string, source: string): CommonFile {
  const name = /^\/\/ ([\w.]+\.cjs)\n/.exec(source)?.[1]
  if (name === undefined) throw new Error(`${page}: a cjs block must begin with its file's name, such as '// worker.cjs'`)
  return { page, name, source }
}

/** The library as a page's program sees it: every node is one of this host, in the folder of the test. */
function library(folder: string): string {
  const real = JSON.stringify(join(project, 'dist', 'bundled', 'cjs', 'index.cjs'))
  const directory = JSON.stringify(join(folder, 'nodes'))
  return `
const real = require(${real})
module.exports = { ...real, createNode: (options) => real.createNode({ cluster: 'page', ...options, directory: ${directory} }) }
`
}
