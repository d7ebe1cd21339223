import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { createNode, type Node } from '../../lib/index.ts'
import { locksText } from '../../lib/cli/locks.ts'
import { membersText } from '../../lib/cli/members.ts'
import { painter } from '../../lib/cli/paint.ts'

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const plain = painter(false)

/** Runs the command in a process of its own, while the node under test lives in this one. */
function holdfast(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

describe('holdfast members and holdfast locks', () => {
  let directory: string
  let node: Node
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    node = await createNode({ cluster: 'watched', directory, wait: '15s' })
  })
  after(async () => {
    await node.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('list the members of a running cluster without becoming one', async () => {
    const epoch = node.view?.epoch
    const { code, stdout } = await holdfast('members', '--json', '--cluster', 'watched', '--directory', directory)
    expect(code).to.equal(0)
    const report = JSON.parse(stdout) as { cluster: string; epoch: number; members: { id: string }[] }
    expect(report.members.map((member) => member.id)).to.deep.equal([node.id])
    expect(report).to.include({ cluster: 'watched', epoch })
    expect(node.view?.epoch).to.equal(epoch)
  })

  it('list who holds, with the whole fence, by pattern', async () => {
    const hold = await node.acquire('invoice/42')
    const other = await node.acquire('order/1')
    const { code, stdout } = await holdfast('locks', 'invoice/*', '--json', '--cluster', 'watched', '--directory', directory)
    expect(code).to.equal(0)
    const report = JSON.parse(stdout) as { held: { name: string; holder: string; fence: string }[] }
    expect(report.held.map(({ name, holder, fence }) => ({ name, holder, fence }))).to.deep.equal([
      { name: 'invoice/42', holder: node.id, fence: String(hold.fence) },
    ])
    await hold.release()
    await other.release()
  })

  it('say in one line and with 1 that nobody answers', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    const { code, stdout, stderr } = await holdfast('members', '--cluster', 'nobody', '--directory', empty)
    rmSync(empty, { recursive: true, force: true })
    expect(code).to.equal(1)
    expect(stdout).to.equal('')
    expect(stderr).to.match(/^holdfast: TIMEOUT: [^\n]+\n$/)
  })

  it('show tables to people', () => {
    expect(
      membersText({ cluster: 'c', epoch: 1200, members: [{ id: 'a', address: '127.0.0.1:1', since: 7, state: 'alive' }] }, plain),
    ).to.equal('cluster c, view 1,200, 1 member\nMEMBER  ADDRESS      SINCE  STATE\na       127.0.0.1:1      7  alive\n')
    const text = locksText(
      {
        held: [{ name: 'x', mode: 'exclusive', fence: 1234n, holder: 'a', heldMs: 5, meta: undefined }],
        pending: [
          { name: 'x', mode: 'exclusive', node: 'b', waitedMs: 2 },
          { name: 'x', mode: 'shared', node: 'c', waitedMs: 9 },
        ],
        cached: [],
        unanswered: ['d'],
        truncated: [],
      },
      plain,
    )
    expect(text).to.match(/x +held +a +exclusive +5\.00 ms +1,234\nx +waits +c +shared +9\.00 ms\nx +waits +b/)
    expect(text).to.include('no answer from d')
    expect(locksText({ held: [], pending: [], cached: [], unanswered: [], truncated: [] }, plain)).to.equal(
      'nobody holds or waits\n',
    )
  })
})
