import { expect } from 'chai'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import type { World } from '../../../lib/world/world.ts'
import { systemWorld } from '../../../lib/mesh/system-world.ts'
import { startNode } from '../../../lib/node/node.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { codeOf, join, TestMesh } from '../peers.ts'

describe('mesh: an id that is claimed twice', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('is refused to the second by a node that is connected with the first', async () => {
    const [host, first, second] = [await mesh.peer('host'), await mesh.peer('twin'), await mesh.peer('twin')]
    await join(first, host)
    second.transport.dial(host.address)
    await second.until(() => second.failures.length > 0 && host.refusals.length > 0)
    expect(codeOf(second.failures)).to.equal('REFUSED id')
    expect(codeOf(host.refusals)).to.equal('REFUSED id')
    expect(host.transport.isConnected('twin')).to.equal(true)
    expect(host.infos.get('twin')?.address).to.equal(first.address)
    expect(first.log.filter((line) => line.startsWith('disconnected'))).to.deep.equal([])
  })

  it('is noticed by a node that dials the second as well', async () => {
    const [host, first, second] = [await mesh.peer('host'), await mesh.peer('twin'), await mesh.peer('twin')]
    await join(host, first)
    host.transport.dial(second.address)
    await host.until(() => host.failures.length > 0)
    expect(codeOf(host.failures)).to.equal('REFUSED id')
    expect(second.infos.size).to.equal(0)
  })

  it('is not mistaken for oneself when the other of the two is dialled', async () => {
    const [first, second] = [await mesh.peer('twin'), await mesh.peer('twin')]
    first.transport.dial(second.address)
    await first.until(() => first.failures.length > 0)
    expect(codeOf(first.failures)).to.equal('REFUSED id')
    first.transport.dial(first.address)
    await first.until(() => first.failures.length > 1)
    expect(codeOf(first.failures)).to.equal('REFUSED id, REFUSED self')
  })

  it('never becomes a second node of a local cluster: it is refused before it takes part', async () => {
    const directory = realpathSync(mkdtempSync(joinPath(tmpdir(), 'holdfast-test-')))
    const options = parseOptions({ cluster: 'twins', directory })
    const world = (): World => ({ ...systemWorld({ directory }), newId: () => 'twin' })
    const first = await startNode(world(), options)
    const hold = await first.acquire('lock')
    const refusal = await startNode(world(), options).then(
      () => null,
      (error: unknown) => error,
    )
    expect(refusal).to.include({ code: 'REFUSED', reason: 'id' })
    hold.check()
    expect(first.members.map(({ id }) => id)).to.deep.equal(['twin'])
    await hold.release()
    await first.close()
    rmSync(directory, { recursive: true, force: true })
  })
})
