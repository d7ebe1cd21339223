import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { project } from './project.ts'

describe('what is loaded before each file of tests', function () {
  this.timeout(80_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-every-file-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs mocha on a file with this one test, with the settings that matter here. */
  function mocha(body: string): string {
    const file = join(folder, 'made-up.test.mjs')
    writeFileSync(file, `describe('made up', () => { it('passes', () => { ${body} }) })`)
    const main = join(project, 'node_modules', 'mocha', 'bin', 'mocha.js')
    const args = [
      main,
      '--no-config',
      '--parallel',
      '--jobs=1',
      '--exit',
      '--timeout=20000',
      '--require',
      './dist/test/every-file.js',
      file,
    ]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', timeout: 35_000 })
    return stdout + stderr
  }

  it('lets a file pass that leaves nothing behind', () => {
    expect(mocha('setTimeout(() => {}, 100)'))
      .to.match(/1 passing/)
      .and.not.match(/failing/)
  })

  it('fails a file that leaves a timer or a server behind, and says which', () => {
    expect(mocha('setInterval(() => {}, 1000)'))
      .to.match(/1 failing/)
      .and.include('These outlive the tests of “made up”: 1 Timeout.')
    const server = mocha("process.getBuiltinModule('node:net').createServer().listen(0)")
    expect(server)
      .to.match(/1 failing/)
      .and.include('These outlive the tests of “made up”: 1 TCPServerWrap.')
  })
})
