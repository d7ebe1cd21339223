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

  it('holds a vote that the next process goes on from, beside those of other voters', async () => {
    const mine = await options()
    const first = await createNode(mine)
    const before = await first.acquire('door')
    const other = await createNode(await options())
    // The same cluster, and another list: its fences go on above.
    expect((await other.acquire('door')).fence > before.fence).to.equal(true)
    for (const node of [other, first]) await node.close({ drain: 0 })
    const folder = join(root, 'vote', 'default')
    const names = readdirSync(folder)
    expect(names.map((name) => name.replace(/-.*/, '')).sort()).to.deep.equal(['epoch', 'voter', 'voter'])
    const second = await createNode(mine)
    const after = await second.acquire('door')
    expect(after.fence > before.fence).to.equal(true)
    await second.close({ drain: 0 })
    for (const name of names.filter((each) => each.startsWith('voter'))) {
      const file = join(folder, name, 'vote')
      writeFileSync(file, readFileSync(file, 'utf8').slice(1))
    }
    expect((await rejection(createNode(mine))).message).to.match(/is damaged: make sure that the clocks/)
  }).timeout(30_000)
})

describe('the state folder that cannot be used', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-nowhere-'))
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  it('costs no node its start: the log and explain say what is missing', async () => {
    const stateHome = process.env['XDG_STATE_HOME']
    writeFileSync(join(root, 'file'), '')
    process.env['XDG_STATE_HOME'] = join(root, 'file')
    const address = `127.0.0.1:${await freePort()}`
    const profile = { base: 'lan', session: '500ms' } as const
    const lines: string[] = []
    const note = (line: string): void => void lines.push(line)
    const logger = { debug: note, info: note, warn: note, error: note }
    try {
      for (const options of [{ directory: root }, { join: [address], listen: address, profile }]) {
        lines.length = 0
        const node = await createNode({ ...options, logger, wait: '20s' })
        const { advice } = await node.explain('door')
        expect(advice.join()).to.match(/a folder in which this host can store epochs/)
        expect(lines.join()).to.match(/fences depend on the clock of this host/)
        await (await node.acquire('door', { wait: '10s' })).release()
        await node.close()
        // A folder that is named is one that must do.
        if ('join' in options)
          expect(await rejection(createNode({ ...options, dataDir: join(root, 'file') }))).to.include({ reason: 'data-dir' })
      }
    } finally {
      if (stateHome !== undefined) process.env['XDG_STATE_HOME'] = stateHome
      else delete process.env['XDG_STATE_HOME']
    }
  }).timeout(40_000)
})
