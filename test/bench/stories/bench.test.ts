import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { BenchReport } from '../../../lib/bench/rows.ts'

const main = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))

describe('holdfast bench, briefly', function () {
  this.timeout(90_000)

  it('prints one JSON document of the promised shape', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [main, 'bench', '--json', '--processes', '3', '--algorithms', 'token-ring,carvalho-roucairol', '--seconds', '0.2'],
      { encoding: 'utf8' },
    )
    expect(status).to.equal(0)
    const report = JSON.parse(stdout) as BenchReport
    expect(report.wsRttMs).to.be.above(0)
    expect(report.machine).to.include.keys('cpu', 'cores', 'node')
    expect(report.rows.map((row) => `${row.scenario} ${row.system} ${row.algorithm ?? ''}`.trim())).to.deep.equal([
      'reacquire holdfast token-ring',
      'reacquire holdfast carvalho-roucairol',
      'first floor',
      'first holdfast token-ring',
      'first floor',
      'first holdfast carvalho-roucairol',
      'contended holdfast token-ring',
      'contended holdfast carvalho-roucairol',
      'failover holdfast token-ring',
      'failover holdfast carvalho-roucairol',
    ])
    for (const row of report.rows) {
      expect(row).to.include.keys(
        'perSec',
        'p50Ms',
        'p99Ms',
        'ratioToWs',
        'jain',
        'longestWaitMs',
        'sameHolderAgain',
        'messagesPerEntry',
        'cpuUsPerGrant',
        'rssMb',
      )
      expect(row.processes).to.equal(3)
      expect(row.perSec).to.be.above(0)
    }
    const messages = (scenario: string, algorithm: string): number | null | undefined =>
      report.rows.find((row) => row.scenario === scenario && row.algorithm === algorithm)?.messagesPerEntry
    // What the node had last costs nothing to have again; what is new costs a request and a reply for each peer.
    expect(messages('reacquire', 'carvalho-roucairol')).to.equal(0)
    expect(messages('reacquire', 'token-ring')).to.equal(0)
    expect(messages('first', 'carvalho-roucairol')).to.be.at.least(4)
  })
})
