import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { withFolder } from '../../lib/children/folder.ts'

describe('a folder for a run', () => {
  it('is new and empty, and gone with what is in it when the run is over, also when it failed', async () => {
    const before = process.listenerCount('exit')
    const folders: string[] = []
    const run = (failure: Error | null) =>
      withFolder('holdfast-test-folder-', async (folder) => {
        expect(readdirSync(folder)).to.deep.equal([])
        writeFileSync(join(folder, 'file'), 'x')
        folders.push(folder)
        if (failure !== null) throw failure
        return 'done'
      })
    expect(await run(null)).to.equal('done')
    expect(await run(new Error('failed')).catch((error: unknown) => (error as Error).message)).to.equal('failed')
    expect(new Set(folders).size).to.equal(2)
    expect(folders.filter((folder) => existsSync(folder))).to.deep.equal([])
    expect(process.listenerCount('exit')).to.equal(before)
  })

  it('is gone as well when the process ends in the middle', () => {
    const module = new URL('../../lib/children/folder.js', import.meta.url).href
    const code = `import { withFolder } from '${module}'
      await withFolder('holdfast-test-folder-', async (folder) => { console.log(folder); process.exit(3) })`
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(status).to.equal(3)
    expect(stdout).to.match(/holdfast-test-folder-/)
    expect(existsSync(stdout.trim())).to.equal(false)
  })
})
