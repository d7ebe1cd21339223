import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect } from 'chai'
import * as first from '../../lib/index.ts'
import * as vaults from '../../lib/mesh/vault.ts'

// A monorepo, a duplicate in node_modules or a test runner that resets its modules loads the package twice.
describe('processes: two copies of the package in one process', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-copy-'))
  let second: typeof first

  before(async () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    cpSync(join(root, 'dist', 'lib'), join(folder, 'dist', 'lib'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    cpSync(join(root, 'package.json'), join(folder, 'package.json'))
    second = (await import(pathToFileURL(join(folder, 'dist', 'lib', 'index.js')).href)) as typeof first
  })

  after(() => rmSync(folder, { recursive: true }))

  for (const where of ['memory', 'local'] as const) {
    it(`exclude each other (join: '${where}')`, async () => {
      const options = { join: where, cluster: `two copies ${process.pid}`, ...(where === 'local' ? { directory: folder } : {}) }
      const nodes = [await first.createNode(options), await second.createNode(options)] as const
      try {
        expect(nodes[1].members).to.have.length(2)
        const hold = await nodes[0].tryAcquire('x')
        expect(hold).not.to.equal(null)
        expect(await nodes[1].tryAcquire('x')).to.equal(null)
        await hold?.release()
        expect(await nodes[1].tryAcquire('x')).not.to.equal(null)
      } finally {
        await Promise.all(nodes.map((node) => node.close({ drain: 0 })))
      }
    })
  }

  it('open the folder of a vote once, although the name on it is gone', async () => {
    const { openFileVault } = (await import(pathToFileURL(join(folder, 'dist', 'lib', 'mesh', 'vault.js')).href)) as typeof vaults
    const path = join(folder, 'voter')
    const vault = vaults.openFileVault(path)
    rmSync(join(path, 'owner'))
    expect(() => openFileVault(path)).to.throw(/is in use by another node of this process/)
    vault.close()
    openFileVault(path).close()
  })

  it('recognise the errors of each other', async () => {
    expect(second.HoldfastError).not.to.equal(first.HoldfastError)
    const node = await second.createNode({ join: 'memory', cluster: `errors ${process.pid}` })
    const error: unknown = await node.acquire('x', { wait: -1 }).catch((reason: unknown) => reason)
    await node.close()
    expect([
      error instanceof first.HoldfastError,
      error instanceof first.BadOptionError,
      error instanceof first.LostError,
    ]).to.deep.equal([true, true, false])
  })
})
