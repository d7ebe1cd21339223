import { expect } from 'chai'
import type { SimReport } from '../../../lib/cli/sim/tally.ts'
import { type CommandEnd, holdfast } from '../holdfast.ts'
import { sometimesNames } from '../../../lib/sim/history/sometimes.ts'
import { faultKinds } from '../../../lib/sim/swarm/plan.ts'

describe('an interrupted holdfast sim', () => {
  /** Interrupted before the first seed is through. */
  function interrupted(...args: readonly string[]): Promise<CommandEnd> {
    const interrupt = new AbortController()
    // An interrupt that comes while the command is being loaded ends it without a report; it asks for that when it is loaded.
    interrupt.signal.throwIfAborted = () => void setImmediate(() => interrupt.abort())
    return holdfast(['sim', '--seeds', '50', '--threads', '1', ...args], {}, {}, interrupt.signal)
  }

  it('is not clean: it says so in its report, with a zero for what was not reached', async () => {
    const { code, stdout } = await interrupted('--json')
    expect(code).to.equal(1)
    const report = JSON.parse(stdout) as SimReport
    expect(report).to.deep.include({ seeds: 0, failed: 0, failures: [], unreached: [], interrupted: true })
    expect(report.sometimes).to.have.all.keys(...sometimesNames, ...faultKinds.map((kind) => `fault ${kind}`))
    expect(new Set(Object.values(report.sometimes))).to.deep.equal(new Set([0]))
  })

  it('says it in the text for people too, without a clean verdict', async () => {
    const { code, stdout } = await interrupted()
    expect(code).to.equal(1)
    expect(stdout).to.match(/^0 seeds[\s\S]*\ninterrupted after 0 seeds: the other seeds did not run and may fail\n$/)
    expect(stdout).not.to.include('clean')
  })
})
