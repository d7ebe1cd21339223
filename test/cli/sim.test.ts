import { expect } from 'chai'
import { type CommandEnd, holdfast } from './holdfast.ts'

/** Two seeds whose runs are short. */
const brief = ['--from', '54', '--seeds', '2', '--json']

const sim = (...args: string[]): Promise<CommandEnd> => holdfast(['sim', ...args])

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

  it('runs seeds and says how it went, in one document, the same however many threads there are', async () => {
    const { code, stdout, stderr } = await sim(...brief, '--threads', '1')
    expect(code).to.equal(0)
    expect(stderr).to.equal('')
    const report = JSON.parse(stdout) as Report
    expect(report).to.include({ seeds: 2 })
    expect(report.failures).to.deep.equal([])
    expect(report).to.include({ interrupted: false })
    expect(report.entries).to.be.at.least(2 * 60)
    expect(report.simulatedMs).to.be.at.least(2 * 35_000)
    expect(report.sometimes['granted']).to.equal(report.entries)
    const byTwo = JSON.parse((await sim(...brief, '--threads', '2')).stdout) as Report
    expect(byTwo).to.deep.equal({ ...report, wallMs: byTwo.wallMs })
  })

  it('finds a seeded bug, stops there, and gives the command that tells its story', async () => {
    const { code, stdout } = await sim('--seeds', '1000', '--bug', 'canary', '--json')
    expect(code).to.equal(1)
    const report = JSON.parse(stdout) as Report
    expect(report.failures).to.have.length(1)
    const [failure] = report.failures
    expect(failure?.replay).to.equal(`holdfast sim --seeds 1 --from ${failure?.seed} --bug canary --story`)
    expect(report.seeds).to.be.below(1000)

    const [, , ...args] = (failure?.replay ?? '').split(' ')
    const story = await sim(...args)
    expect(story.code).to.equal(1)
    expect(story.stdout).to.include(`${failure?.property}: `)
    expect(story.stdout).to.match(/made smaller in \d+ attempts/)
  })

  it('tells of what the seed was made smaller for, and of nothing that is only for want of a calm', async () => {
    const { code, stdout } = await sim('--seeds', '1', '--from', '13', '--bug', 'no-id-tie-break', '--story')
    expect(code).to.equal(1)
    const properties = [...stdout.matchAll(/^([a-z -]+)\n {2}\d+\.\d ms: /gm)].map((match) => match[1])
    expect(properties[0]).to.equal('exclusion')
    expect(stdout).to.match(/! +\d+ exclusion: /)
    expect(stdout).not.to.match(/liveness|lost wake-up|agreement/)
  })

  it('lists the mistakes of the catalogue', async () => {
    const { code, stdout } = await sim('--bug', 'list', '--json')
    expect(code).to.equal(0)
    const rows = JSON.parse(stdout) as Record<string, string | null>[]
    expect(rows.length).to.be.at.least(80)
    for (const row of rows) {
      expect(row).to.have.keys('name', 'breaks', 'property', 'source', 'gallery', 'shownBy', 'command')
      expect(row.command ?? row.shownBy).to.be.a('string')
    }
  })

  it('takes a mistake by its name in the gallery', async () => {
    const { code, stdout } = await sim('--seeds', '1', '--from', '12', '--bug', 'no-tie-break')
    expect(code).to.equal(1)
    expect(stdout).to.include('--bug no-id-tie-break')
  })

  for (const [args, complaint] of [
    [['--bug', 'nope'], "there is no 'nope'; 'holdfast sim --bug list' lists those there are"],
    [['--bug', 'votes-kept'], 'holdfast lab check gallery:votes-kept'],
    [['--seeds', '0'], '--seeds must be a whole number from 1'],
    [['--seeds', 'many'], "--seeds must be a whole number from 1 to 4294967295, got 'many'"],
    [['--from', '-1'], '--from'],
    [['--story', '--seeds', '2'], '--story tells of one seed'],
    [['--whole'], '--whole goes with --story'],
  ] as const) {
    it(`refuses '${args.join(' ')}' with 64, and says what to do`, async () => {
      const { code, stdout, stderr } = await sim(...args)
      expect(code).to.equal(64)
      expect(stdout).to.equal('')
      expect(stderr).to.include(complaint)
    })
  }
})
