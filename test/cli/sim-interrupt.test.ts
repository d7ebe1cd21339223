import { expect } from 'chai'
import { simCommand } from '../../lib/cli/sim.ts'
import type { SimReport } from '../../lib/cli/sim/tally.ts'
import { quietTerminal } from './quiet-terminal.ts'
import { sometimesNames } from '../../lib/sim/history/sometimes.ts'
import { faultKinds } from '../../lib/sim/swarm/plan.ts'

type Listener = NodeJS.SignalsListener

describe('an interrupted holdfast sim', () => {
  let others: readonly Listener[] = []
  // Those of whoever runs the tests: they are not meant.
  beforeEach(() => {
    others = process.listeners('SIGINT') as Listener[]
    process.removeAllListeners('SIGINT')
  })
  afterEach(() => {
    for (const listener of others) process.on('SIGINT', listener)
  })

  /** Interrupted before the first seed is through. */
  async function interrupted(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
    const { terminal, written } = quietTerminal()
    const running = simCommand.run(['--seeds', '50', '--threads', '1', ...args], terminal)
    process.emit('SIGINT')
    return { code: await running, out: written() }
  }

  it('is not clean: it exits 130 and says so in its report, with a zero for whatever was not reached', async () => {
    const { code, out } = await interrupted('--json')
    expect(code).to.equal(130)
    const report = JSON.parse(out) as SimReport
    expect(report).to.deep.include({ seeds: 0, failed: 0, failures: [], unreached: [], interrupted: true })
    expect(report.sometimes).to.have.all.keys(...sometimesNames, ...faultKinds.map((kind) => `fault ${kind}`))
    expect(new Set(Object.values(report.sometimes))).to.deep.equal(new Set([0]))
  })

  it('says it to people too, who read of no clean run', async () => {
    const { code, out } = await interrupted()
    expect(code).to.equal(130)
    expect(out).to.match(/^0 seeds[\s\S]*\ninterrupted after 0 seeds: those that did not run may fail\n$/)
    expect(out).not.to.include('clean')
  })
})
