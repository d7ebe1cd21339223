import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandEnd, holdfast } from '../holdfast.ts'
import { encodeEvent } from '../../../lib/sim/history/jsonl.ts'
import { Script } from '../../sim/history/writing.ts'

describe('holdfast sim --check', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-check-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const written = (...lines: readonly string[]): string => {
    const file = join(folder, 'run.jsonl')
    writeFileSync(file, lines.join('\n'))
    return file
  }
  const linesOf = (script: Script): string[] => script.events.map(encodeEvent)
  const run = (...args: readonly string[]): Promise<CommandEnd> => holdfast(['sim', ...args])
  const complaint = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await run(...args)
    expect(code).to.equal(64)
    return stderr
  }

  const clean = (): Script => new Script().members('ann', 'bob').enters('ann', 1).later(5).leaves().enters('bob', 2).leaves()
  const broken = (): Script => new Script().members('ann', 'bob').enters('ann', 1).enters('bob', 2)

  it('says that a history is clean, and exits 0', async () => {
    const { code, stdout } = await run('--check', written(...linesOf(clean()), ''))
    expect(code).to.equal(0)
    expect(stdout).to.match(/2 entries[\s\S]*clean\n$/)
  })

  it('says what is wrong and draws it, and exits 1', async () => {
    const { code, stdout } = await run('--check', written(...linesOf(broken())))
    expect(code).to.equal(1)
    expect(stdout).to.match(/ann bob[\s\S]*exclusion at 0\.0 ms\n {2}bob \(call 2[\s\S]*1 violation\n$/)
  })

  it('prints one JSON document and nothing else', async () => {
    const file = written(...linesOf(broken()))
    const { code, stdout } = await run('--check', file, '--json')
    expect(code).to.equal(1)
    const report = JSON.parse(stdout) as { violations: readonly unknown[]; sometimes: object }
    expect(report).to.include({ file, entries: 2, violationsInAll: 1 })
    expect(report.violations[0]).to.include({ property: 'exclusion', atMs: 0 })
    expect(report.sometimes).to.include({ granted: 2, lost: 0 })
  })

  it('names file, line and field of what is no history, and a file that is not there', async () => {
    const lines = linesOf(clean())
    expect(await complaint('--check', written(...lines, '{"atMs":9,"type":"granted"}'))).to.match(
      /run\.jsonl: line 14, field 'call'/,
    )
    expect(await complaint('--check', written(''))).to.match(/run\.jsonl: there is no history/)
    expect(await complaint('--check', join(folder, 'none'))).to.match(/ENOENT/)
  })

  it('runs nothing beside, so other flags are refused', async () => {
    expect(await complaint('--check', 'x', '--seeds', '5')).to.match(/leave --seeds out/)
    expect(await complaint('--history', 'x', '--seeds', '5')).to.match(/of one seed/)
  })

  it('says in one document what --history wrote, and judges that as the run itself was judged', async () => {
    const file = join(folder, 'seed.jsonl')
    const { code, stdout } = await run('--from', '27', '--history', file, '--json')
    const events = readFileSync(file, 'utf8').trimEnd().split('\n').length
    expect(events).to.be.greaterThan(100)
    expect(JSON.parse(stdout)).to.deep.equal({ file, seed: 27, events, failures: 0 })
    expect([code, (await run('--check', file)).code]).to.deep.equal([0, 0])
  })
})
