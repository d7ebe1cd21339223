import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createNode, type NodeOptions } from '../../lib/index.ts'
import { rejection } from '../node/pool.ts'

/** A port that is free, at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

describe('a dataDir on a real disk', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-data-'))
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  async function options(): Promise<NodeOptions> {
    const address = `127.0.0.1:${await freePort()}`
    return {
      join: [address],
      listen: address,
      dataDir: join(root, 'vote'),
      wait: '20s',
      profile: { base: 'lan', session: '500ms' },
    }
  }

  it('holds a vote that the next process goes on from, and that no other voter may use', async () => {
    const mine = await options()
    const first = await createNode(mine)
    const before = await first.acquire('door')
    const other = await options()
    const refused = await rejection(createNode(other))
    expect(refused).to.include({ code: 'REFUSED', reason: 'data-dir', option: 'dataDir' })
    expect(refused.message).to.match(/in use by another node of this process/)
    await first.close()
    expect(readdirSync(join(root, 'vote'))).to.deep.equal(['vote'])
    const second = await createNode(mine)
    const after = await second.acquire('door')
    expect(after.fence > before.fence).to.equal(true)
    await second.close()
    expect((await rejection(createNode(other))).message).to.match(/the vote of the voter at/)
    const file = join(root, 'vote', 'vote')
    writeFileSync(file, readFileSync(file, 'utf8').slice(1))
    expect((await rejection(createNode(mine))).message).to.match(/is damaged: see that the clocks/)
  }).timeout(30_000)
})
