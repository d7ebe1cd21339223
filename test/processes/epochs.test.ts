import { mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createNode, type Node } from '../../lib/index.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'

const profile = { base: 'local', session: '800ms' } as const

async function fenceOf(node: Node): Promise<bigint> {
  const hold = await node.acquire('door', { wait: '15s' })
  await hold.release()
  return hold.fence
}

describe('epochs in real processes', () => {
  let root: string
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-epochs-')))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('rise for a process whose directory is moved away and put back', async () => {
    const options = { directory: root, dataDir: false, profile } as const
    const [a, b] = [await createNode(options), await createNode(options)]
    const clusterPath = join(root, 'default')
    let highest = 0n
    const rises = async (): Promise<void> => {
      for (const node of [a, b]) {
        const fence = await fenceOf(node)
        expect(fence > highest).to.equal(true)
        highest = fence
      }
    }
    await rises()
    const ended = new Promise((resolve) => a.on('sessionEnded', resolve))
    renameSync(clusterPath, `${clusterPath}-moved`)
    await ended
    await rises()
    const again = new Promise((resolve) => a.on('sessionEnded', resolve))
    renameSync(clusterPath, `${clusterPath}-second`)
    renameSync(`${clusterPath}-moved`, clusterPath)
    await again
    await rises()
    for (const node of [a, b]) await node.close()
  }).timeout(40_000)

  it('rise when nothing but a mark on the disk, or the directory of a former boot, is left of them', async () => {
    const far = 30_000_000_000
    const dataDir = join(root, 'state')
    mkdirSync(join(dataDir, 'marked'), { recursive: true })
    writeFileSync(join(dataDir, 'marked', `epoch-${far}`), '')
    const boots = join(root, 'booted')
    const place = join(boots, 'an-earlier-boot', `views-${far - 7}-x-1`)
    mkdirSync(place, { recursive: true, mode: 0o700 })
    mkdirSync(join(boots, processFacts().bootId), { mode: 0o700 })
    writeFileSync(join(place, `after-${far}`), '')
    for (const cluster of ['marked', 'booted']) {
      const node = await createNode({ cluster, directory: root, dataDir })
      expect(node.view?.epoch).to.be.within(far + 1, far + 2)
      // The clock is far behind: the next view does not wait for it, since the disk remembers.
      const other = await createNode({ cluster, directory: root, dataDir, wait: '5s' })
      expect(other.view?.epoch).to.be.above(node.view?.epoch === undefined ? 0 : far)
      await other.close()
      await node.close()
      const [mark] = readdirSync(join(dataDir, cluster))
      expect(Number(mark?.slice('epoch-'.length))).to.be.above(far)
    }
  }).timeout(30_000)
})
