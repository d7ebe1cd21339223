import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type CommandEnd, holdfast } from '../holdfast.ts'

describe('holdfast lab diagram', function () {
  this.timeout(60_000)
  let folder = ''
  const former = process.cwd()
  const diagram = (...args: string[]): Promise<CommandEnd> => holdfast(['lab', 'diagram', ...args])

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-diagram-'))
    process.chdir(folder)
  })

  after(() => {
    process.chdir(former)
    rmSync(folder, { recursive: true, force: true })
  })

  it('writes a page with the scenario in it', async () => {
    const { code, stdout, stderr } = await diagram(
      '--algorithm',
      'raymond:star',
      '--nodes',
      '5',
      '--do',
      '3:drop:2,9:crash:B',
      '--unordered',
    )
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(/diagram\.html: open it in a browser\n$/)
    const page = readFileSync(join(folder, 'diagram.html'), 'utf8')
    expect(page).to.include('{"link":"algorithm=raymond:star&nodes=5&fifo=no&do=3:drop:2,9:crash:B&at=16"}')
  })

  it('opens on a run in progress, unless the run is by hand or the link names a step', async () => {
    const opensAt = async (...args: string[]): Promise<string | undefined> => {
      expect((await diagram(...args)).code).to.equal(0)
      return /"link":"[^"]*?(?:at=(\d+))?"/.exec(readFileSync(join(folder, 'diagram.html'), 'utf8'))?.[1]
    }
    expect(await opensAt()).to.equal('24')
    expect(await opensAt('--load', 'hands')).to.equal(undefined)
    expect(await opensAt('--link', 'nodes=3&at=5')).to.equal('5')
  })

  it('draws a picture of the first steps', async () => {
    const { code, stdout } = await diagram('--svg', 'a.svg', '--steps', '20', '--vertical', '--algorithm', 'token-ring')
    expect(code).to.equal(0)
    expect(stdout).to.match(/a\.svg: 20 steps of token-ring\n$/)
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).to.match(/^<svg /)
  })

  it('refuses what cannot be played, and writes nothing', async () => {
    const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--nodes', '1'], 64, /--nodes must be a whole number from 2 to 50, got '1'/],
      [['--algorithm', 'perhaps'], 64, /there is no algorithm 'perhaps'; there are/],
      [['--load', 'heavy'], 64, /'heavy' is no load/],
      [['--do', '3:crash:Z'], 64, /names 'Z'; the nodes are A, B, C, D/],
      [['--link', 'nodes=3', '--seed', '2'], 64, /leave the other options out/],
      [['--steps', '5'], 64, /go with --svg/],
    ]
    for (const [args, status, message] of refusals) {
      const said = await diagram(...args, ...(args.includes('--steps') ? [] : ['--out', 'none.html']))
      expect(said.code, args.join(' ')).to.equal(status)
      expect(said.stderr).to.match(message)
      expect(existsSync(join(folder, 'none.html'))).to.equal(false)
    }
  })
})
