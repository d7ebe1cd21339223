import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

function sim(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'sim', ...args], { encoding: 'utf8', timeout: 60_000 })
}

interface Report {
  readonly seeds: number
  readonly entries: number
  readonly simulatedMs: number
  readonly wallMs: number
  readonly failures: readonly { readonly seed: number; readonly property: string; readonly replay: string }[]
  readonly sometimes: Readonly<Record<string, number>>
}

describe('holdfast sim', function () {
  this.timeout(60_000)

  it('runs seeds and says how it went, in one document', () => {
    const { status, stdout, stderr } = sim('--seeds', '4', '--from', '3', '--json')
    expect(status).to.equal(0)
    expect(stderr).to.equal('')
    const report = JSON.parse(stdout) as Report
    expect(report).to.include({ seeds: 4 })
    expect(report.failures).to.deep.equal([])
    expect(report).to.include({ interrupted: false })
    expect(report.entries).to.be.at.least(4 * 60)
    expect(report.simulatedMs).to.be.at.least(4 * 35_000)
    expect(report.sometimes['granted']).to.equal(report.entries)
  })

  it('says the same however many threads there are, apart from how long it took', () => {
    const [one, two] = ['1', '2'].map((threads) => {
      const { wallMs: _, ...report } = JSON.parse(sim('--seeds', '6', '--threads', threads, '--json').stdout) as Report
      return report
    })
    expect(two).to.deep.equal(one)
  })

  it('finds a seeded bug, stops there, and gives the command that tells its story', () => {
    const { status, stdout } = sim('--seeds', '1000', '--bug', 'canary', '--json')
    expect(status).to.equal(1)
    const report = JSON.parse(stdout) as Report
    expect(report.failures).to.have.length(1)
    const [failure] = report.failures
    expect(failure?.replay).to.equal(`holdfast sim --seeds 1 --from ${failure?.seed} --bug canary --story`)
    expect(report.seeds).to.be.below(1000)

    const [, , ...args] = (failure?.replay ?? '').split(' ')
    const story = sim(...args)
    expect(story.status).to.equal(1)
    expect(story.stdout).to.include(`${failure?.property}: `)
    expect(story.stdout).to.match(/made smaller in \d+ attempts/)
  })

  it('tells of what the seed was made smaller for, and of nothing that is only for want of a calm', () => {
    const { status, stdout } = sim('--seeds', '1', '--from', '12', '--bug', 'no-id-tie-break', '--story')
    expect(status).to.equal(1)
    const properties = [...stdout.matchAll(/^([a-z -]+)\n {2}\d+\.\d ms: /gm)].map((match) => match[1])
    expect(properties[0]).to.equal('exclusion')
    expect(stdout).to.match(/! +\d+ exclusion: /)
    expect(stdout).not.to.match(/liveness|lost wake-up|agreement/)
  })

  it('lists the seeded bugs', () => {
    const { status, stdout } = sim('--bug', 'list', '--json')
    expect(status).to.equal(0)
    const bugs = JSON.parse(stdout) as { name: string; breaks: string }[]
    expect(bugs.length).to.be.at.least(30)
    for (const bug of bugs) expect(bug).to.have.keys('name', 'breaks')
  })

  for (const [args, complaint] of [
    [['--bug', 'nope'], "there is no 'nope'; 'holdfast sim --bug list' lists those there are"],
    [['--seeds', '0'], '--seeds must be a whole number from 1'],
    [['--seeds', 'many'], "--seeds must be a whole number from 1 to 4294967295, got 'many'"],
    [['--from', '-1'], '--from'],
    [['--story', '--seeds', '2'], '--story tells of one seed'],
    [['--whole'], '--whole goes with --story'],
  ] as const) {
    it(`refuses '${args.join(' ')}' with 64, and says what to do`, () => {
      const { status, stdout, stderr } = sim(...args)
      expect(status).to.equal(64)
      expect(stdout).to.equal('')
      expect(stderr).to.include(complaint)
    })
  }
})
