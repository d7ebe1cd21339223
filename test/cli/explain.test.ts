import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { explainText } from '../../lib/cli/explain.ts'
import { painter } from '../../lib/cli/paint.ts'
import { createNode, type FailoverReport, type Node, type NodeOptions } from '../../lib/index.ts'
import { holdfast } from './holdfast.ts'

describe('holdfast explain', () => {
  let directory: string
  let nodes: Node[]
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    const options: NodeOptions = { cluster: 'explained', directory, wait: '15s' }
    nodes = [await createNode(options), await createNode(options)]
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    rmSync(directory, { recursive: true, force: true })
  })

  it('prints the bound with its terms and the holders of the lock as JSON', async () => {
    const [node] = nodes as [Node]
    const hold = await node.acquire('a*c')
    const other = await node.acquire('abc')
    const { code, stdout } = await holdfast(['explain', 'a*c', '--json', '--cluster', 'explained', '--directory', directory])
    expect(code).to.equal(0)
    const report = JSON.parse(stdout) as FailoverReport
    expect(report).to.deep.equal(JSON.parse(JSON.stringify(await node.explain('a*c'))))
    expect(report).to.include({ lock: 'a*c', algorithm: 'home-queue', register: 'local', members: 2, sessionMs: 5000 })
    expect(report.holders).to.deep.equal([node.id])
    for (const { terms, boundMs } of report.cases) expect(terms.reduce((sum, { ms }) => sum + ms, 0)).to.equal(boundMs)
    await hold.release()
    await other.release()
  })

  it('tells it to people, terms that take no time left out', () => {
    const report: FailoverReport = {
      lock: 'a',
      algorithm: 'token-ring',
      register: 'local',
      members: 3,
      sessionMs: 5000,
      holders: ['n1'],
      cases: [
        {
          case: 'holder killed',
          when: 'a request waits if it must',
          terms: [
            { name: 'detection', ms: 80, why: 'it is looked at' },
            { name: 'session', ms: 0, why: 'never' },
          ],
          boundMs: 80,
        },
      ],
      advice: ['a faster machine'],
    }
    expect(explainText(report, painter(false)).split('\n')).to.deep.equal([
      'lock a: token-ring, held by n1',
      '3 members, local register, sessions of 5000 ms',
      '',
      'holder killed: granted again within 80.0 ms',
      '  a request waits if it must',
      '  TERM       AT MOST  WHY',
      '  detection  80.0 ms  it is looked at',
      '',
      'What would change it:',
      '  a faster machine',
      '',
    ])
  })

  it('asks for the name of the lock', async () => {
    const { code, stderr } = await holdfast(['explain'])
    expect(code).to.equal(64)
    expect(stderr).to.match(/^holdfast: NAME is missing\nExample: holdfast explain invoice\/42\nSee 'holdfast explain --help'\n$/)
  })
})
