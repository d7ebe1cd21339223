import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'

const main = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'lib', 'cli', 'main.js')

describe('holdfast lab diagram', function () {
  this.timeout(60_000)
  let folder = ''
  const diagram = (...args: string[]) =>
    spawnSync(process.execPath, [main, 'lab', 'diagram', ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000 })

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-diagram-'))
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('writes a page with the scenario in it', () => {
    const { status, stdout, stderr } = diagram(
      '--algorithm',
      'raymond:star',
      '--nodes',
      '5',
      '--do',
      '3:drop:2,9:crash:B',
      '--unordered',
    )
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
    expect(stdout).to.match(/diagram\.html: open it in a browser\n$/)
    const page = readFileSync(join(folder, 'diagram.html'), 'utf8')
    expect(page).to.include('{"link":"algorithm=raymond:star&nodes=5&fifo=no&do=3:drop:2,9:crash:B&at=16"}')
  })

  it('opens on a run in progress, unless the run is by hand or the link names a step', () => {
    const opensAt = (...args: string[]): string | undefined => {
      expect(diagram(...args).status).to.equal(0)
      return /"link":"[^"]*?(?:at=(\d+))?"/.exec(readFileSync(join(folder, 'diagram.html'), 'utf8'))?.[1]
    }
    expect(opensAt()).to.equal('24')
    expect(opensAt('--load', 'hands')).to.equal(undefined)
    expect(opensAt('--link', 'nodes=3&at=5')).to.equal('5')
  })

  it('draws a picture of the first steps', () => {
    const { status, stdout } = diagram('--svg', 'a.svg', '--steps', '20', '--vertical', '--algorithm', 'token-ring')
    expect(status).to.equal(0)
    expect(stdout).to.match(/a\.svg: 20 steps of token-ring\n$/)
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).to.match(/^<svg /)
  })

  it('refuses what cannot be played, and writes nothing', () => {
    const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--nodes', '1'], 64, /--nodes must be a whole number from 2 to 50, got '1'/],
      [['--algorithm', 'perhaps'], 64, /there is no algorithm 'perhaps'; there are/],
      [['--load', 'heavy'], 64, /'heavy' is no load/],
      [['--do', '3:crash:Z'], 64, /names 'Z'; the nodes are A, B, C, D/],
      [['--link', 'nodes=3', '--seed', '2'], 64, /leave the other options out/],
      [['--steps', '5'], 64, /go with --svg/],
    ]
    for (const [args, status, message] of refusals) {
      const said = diagram(...args, ...(args.includes('--steps') ? [] : ['--out', 'none.html']))
      expect(said.status, args.join(' ')).to.equal(status)
      expect(said.stderr).to.match(message)
      expect(existsSync(join(folder, 'none.html'))).to.equal(false)
    }
  })
})
