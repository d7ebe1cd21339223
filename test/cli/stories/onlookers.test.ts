import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createNode, type Node } from '../../../lib/index.ts'
import { freeAddresses } from '../../processes/crew.ts'
import { locksText } from '../../../lib/cli/locks.ts'
import { membersText } from '../../../lib/cli/members.ts'
import { painter } from '../../../lib/cli/paint.ts'
import { holdfast, holdfastProcess } from '../holdfast.ts'

const plain = painter(false)

const secret = 'a secret of sixteen'

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
    const { code, stdout } = await holdfastProcess(['members', '--json', '--cluster', 'watched', '--directory', directory])
    expect(code).to.equal(0)
    const report = JSON.parse(stdout) as { cluster: string; epoch: number; members: { id: string }[] }
    expect(report.members.map((member) => member.id)).to.deep.equal([node.id])
    expect(report).to.include({ cluster: 'watched', epoch })
    expect(node.view?.epoch).to.equal(epoch)
  })

  it('list the holders, with the whole fence, by pattern', async () => {
    const hold = await node.acquire('invoice/42')
    const other = await node.acquire('order/1')
    const { code, stdout } = await holdfast(['locks', 'invoice/*', '--json', '--cluster', 'watched', '--directory', directory])
    expect(code).to.equal(0)
    const report = JSON.parse(stdout) as { held: { name: string; holder: string; fence: string }[] }
    expect(report.held.map(({ name, holder, fence }) => ({ name, holder, fence }))).to.deep.equal([
      { name: 'invoice/42', holder: node.id, fence: String(hold.fence) },
    ])
    await hold.release()
    await other.release()
  })

  it('say in one line and with 69 that no node runs there', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    const { code, stdout, stderr } = await holdfast(['members', '--cluster', 'nobody', '--directory', empty])
    expect(readdirSync(empty), 'looking makes no folders').to.deep.equal([])
    rmSync(empty, { recursive: true, force: true })
    expect(code).to.equal(69)
    expect(stdout).to.equal('')
    expect(stderr).to.match(/^holdfast: NOT_RUNNING: there is no local directory of cluster 'nobody'[^\n]+\n$/)
    expect(stderr, 'an onlooker has no wait and no query()').not.to.match(/Wait longer|query\(\)/)
  })

  it('say of a node that has no majority that it is in no view: in words, and with 69 where there is nothing to tell', async () => {
    const [own, ...others] = await freeAddresses(3)
    const join = [own, ...others] as string[]
    const giveUp = new AbortController()
    const starting = createNode({ join, listen: own as string, secret, signal: giveUp.signal }).catch((error: unknown) => error)
    try {
      const at = ['--join', own as string]
      const members = await holdfast(['members', ...at], { HOLDFAST_SECRET: secret })
      expect(members.code, members.stderr).to.equal(0)
      expect(members.stdout).to.equal(
        'cluster default: the node that answered is in no view at present, so nothing can be granted there\n',
      )
      expect(JSON.parse((await holdfast(['members', '--json', ...at], { HOLDFAST_SECRET: secret })).stdout)).to.deep.equal({
        cluster: 'default',
        epoch: 0,
        members: [],
      })
      for (const args of [['explain', 'x'], ['locks']]) {
        const { code, stdout, stderr } = await holdfast([...args, ...at], { HOLDFAST_SECRET: secret })
        expect(code).to.equal(69)
        expect(stdout).to.equal('')
        expect(stderr).to.match(/^holdfast: NO_QUORUM: [^\n]+ is in no view at present\. [^\n]+\n$/)
      }
    } finally {
      giveUp.abort()
      await starting
    }
  })

  it('show tables to people', () => {
    expect(
      membersText({ cluster: 'c', epoch: 1200, members: [{ id: 'a', address: '127.0.0.1:1', since: 7, state: 'alive' }] }, plain),
    ).to.equal('cluster c, view 1200, 1 member\nMEMBER  ADDRESS      SINCE  STATE\na       127.0.0.1:1      7  alive\n')
    const text = locksText(
      {
        held: [{ name: 'x', mode: 'exclusive', fence: 1234n, holder: 'a', owner: 1, heldMs: 5, meta: undefined }],
        pending: [
          { name: 'x', mode: 'exclusive', node: 'b', owner: 1, place: 1, waitedMs: 2, meta: undefined },
          { name: 'x', mode: 'shared', node: 'c', owner: 1, place: 1, waitedMs: 9, meta: undefined },
        ],
        cached: [],
        unanswered: ['d'],
        truncated: [],
      },
      plain,
    )
    expect(text).to.match(/x +held +a +exclusive +5\.00 ms +1234\nx +waits +c +shared +9\.00 ms\nx +waits +b/)
    expect(text).to.include('no answer from d')
    expect(locksText({ held: [], pending: [], cached: [], unanswered: [], truncated: [] }, plain)).to.equal(
      'no holders and no waiters\n',
    )
  })
})
