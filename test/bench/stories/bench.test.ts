import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { withFolder } from '../../../lib/children/folder.ts'
import { type BenchReport, labelOf } from '../../../lib/bench/rows.ts'

const main = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))

const algorithms = ['carvalho-roucairol']
const brief = [
  '--scenarios',
  'contended',
  '--processes',
  '3',
  '--algorithms',
  algorithms.join(),
  '--seconds',
  '1',
  '--warm-up',
  '0.1',
]

describe('holdfast bench, briefly', function () {
  this.timeout(240_000)

  it('prints one JSON document of the promised shape', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [main, 'bench', '--json', '--processes', '3', '--algorithms', algorithms.join(), '--seconds', '0.2', '--warm-up', '0.1'],
      { encoding: 'utf8' },
    )
    expect(status).to.equal(0)
    const report = JSON.parse(stdout) as BenchReport
    expect(report.wsRttMs).to.be.above(0)
    expect(report.machine).to.include.keys('cpu', 'cores', 'node')
    const labels = ['floor', ...algorithms]
    const joined = algorithms.flatMap((name) => [name, `${name} (join list)`])
    expect(report.rows.map((row) => `${row.scenario} ${row.phase ?? '-'} ${labelOf(row)}`)).to.deep.equal([
      ...['reacquire', 'first', 'distinct64', 'contended'].flatMap((scenario) =>
        ['cold', 'warm'].flatMap((phase) => labels.map((label) => `${scenario} ${phase} ${label}`)),
      ),
      ...labels.map((label) => `failover - ${label}`),
      ...['floor', ...joined].map((label) => `idle - ${label}`),
      ...labels.map((label) => `start - ${label}`),
    ])
    for (const row of report.rows) {
      expect(row.processes).to.equal(3)
      expect(row.rssMb).to.be.above(0)
      if (row.scenario === 'idle') expect(row.cpuPercent).to.be.at.least(0)
      else expect(row.perSec).to.be.above(0)
      expect(row.steadyAfterSec, 'no second of warm-up').to.equal(null)
      const peers = report.rows.filter((each) => each.scenario === row.scenario && each.phase === row.phase && each !== row)
      expect(Object.keys(row.ratios)).to.have.members(peers.map(labelOf))
    }
    const messages = (scenario: string, algorithm: string): number | null | undefined =>
      report.rows.find((row) => row.scenario === scenario && row.phase === 'warm' && row.algorithm === algorithm)
        ?.messagesPerEntry
    // What the node had last costs nothing to have again; what is new costs a request and a reply for each peer.
    expect(messages('reacquire', 'carvalho-roucairol')).to.equal(0)
    expect(messages('first', 'carvalho-roucairol')).to.be.at.least(4)
  })

  it('writes a plot, a CPU profile and a flame graph of each process, and tells where the time went', async () => {
    await withFolder('bench-profile-', async (folder) => {
      const into = join(folder, 'new', 'profiles')
      const plot = join(folder, 'new', 'plot.svg')
      const args = [main, 'bench', '--json', ...brief, '--profile', into, '--plot', plot]
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(status).to.equal(0)
      expect(readFileSync(plot, 'utf8')).to.contain('</tspan>, N = 3: ms, release to next grant')
      const { profiles } = JSON.parse(stdout) as BenchReport
      expect(profiles.map(labelOf)).to.deep.equal(['floor', ...algorithms])
      const names = ['floor', ...algorithms].flatMap((label) => [1, 2, 3].map((number) => `contended-3-${label}-${number}`))
      expect(readdirSync(into)).to.have.members(names.flatMap((name) => [`${name}.cpuprofile`, `${name}.svg`]))
      for (const { top, busyMs, flameGraphs } of profiles) {
        expect(busyMs).to.be.above(0)
        expect(top).to.have.lengthOf.within(1, 15)
        for (const file of flameGraphs) expect(readFileSync(file, 'utf8')).to.match(/^<svg .*writeBuffer.*<\/svg>\n$/s)
      }
      expect(profiles[1]?.top.map(({ place }) => place).join()).to.match(/\blib\/\w/)
    })
  })

  it('refuses a file for the plot and a folder for profiles that cannot be written, before it measures', async () => {
    await withFolder('bench-profile-', async (folder) => {
      const file = join(folder, 'file')
      writeFileSync(file, '')
      for (const option of ['--profile', '--plot']) {
        const path = join(file, 'in', 'here')
        const { status, stderr } = spawnSync(process.execPath, [main, 'bench', ...brief, option, path], { encoding: 'utf8' })
        expect(status).to.equal(64)
        expect(stderr).to.contain(`${option}: cannot write '${path}': '${file}' is a file, not a folder`)
        expect(stderr).to.not.contain('cold')
      }
    })
  })
})
