import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Patience } from '../../lib/world/world.ts'
import { createNode, createObserver, type NodeOptions } from '../../lib/index.ts'
import { Beacon } from '../../lib/mesh/beacon.ts'
import { openLocalDirectory } from '../../lib/mesh/directory-opening.ts'
import { DirectoryPlaces } from '../../lib/mesh/directory-path.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'
import { startNode } from '../../lib/node/node.ts'
import { parseOptions } from '../../lib/node/options.ts'
import { skipUnless } from '../processes/needs.ts'

/** Less than any of the waits: 3 s, 5 s, 10 s. */
const soonMs = 2_000

describe('mesh: a local directory whose opening takes long', () => {
  let root: string
  let ends: (() => void)[]

  beforeEach(function () {
    skipUnless(this, process.platform === 'linux', 'entries of other namespaces, beacons and descriptors are seen on Linux')
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
    ends = []
  })
  afterEach(() => {
    for (const end of ends ?? []) end()
    if (root !== undefined) rmSync(root, { recursive: true, force: true })
  })

  /** A directory in which views were decided by nodes that are gone. */
  async function desertedPath(): Promise<string> {
    const directory = await openLocalDirectory('c', root)
    directory.createOnce('after-0', new Uint8Array([1]))
    directory.close()
    return directory.path
  }

  const prefix = (): string => new DirectoryPlaces('c', root).prefix
  /** What a node leaves behind if it leaves anything: entries, beacons, descriptors. */
  const traces = (path: string): unknown => ({
    entries: readdirSync(join(path, 'entries')),
    beacons: readFileSync('/proc/net/unix', 'latin1').split(prefix()).length - 1,
    descriptors: readdirSync('/proc/self/fd').length,
  })

  const obstacles: readonly (readonly [what: string, make: (path: string) => Promise<void>, says: RegExp])[] = [
    [
      'an entry of another namespace',
      async (path) => {
        const entry = { id: 'foreign', address: 'x:1', ...processFacts(), pidNamespace: 'pid:[1]' }
        writeFileSync(join(path, 'entries', 'foreign.json'), JSON.stringify(entry))
      },
      /node foreign of another namespace to show whether it lives, by its entry in .*entries/,
    ],
    [
      'a secret that was deleted',
      async (path) => {
        writeFileSync(join(path, 'entries', 'n.json'), JSON.stringify({ id: 'n', address: 'x:1', ...processFacts() }))
        rmSync(join(path, 'secret'))
      },
      new RegExp(`process ${process.pid} to restore the file .*secret`),
    ],
    [
      'a node in another folder',
      async () => {
        const beacon = await Beacon.raise(prefix(), 'ff:ff')
        if (typeof beacon !== 'string') ends.push(() => beacon.lower())
      },
      new RegExp(`process ${process.pid} of this user to leave the cluster, which it is in by another folder`),
    ],
  ]

  const calls: readonly (readonly [name: string, call: (options: NodeOptions) => Promise<AsyncDisposable>])[] = [
    ['createNode', createNode],
    ['createObserver', createObserver],
  ]

  for (const [what, make, says] of obstacles) {
    for (const [name, call] of calls) {
      // An observer does not wait for the other folder: it is refused at once.
      if (name === 'createObserver' && what === 'a node in another folder') continue
      it(`by ${what} is given up by ${name} after 'wait', which tells what it waited for, and by 'signal'`, async () => {
        const path = await desertedPath()
        await make(path)
        const before = traces(path)
        for (const [options, code] of [
          [() => ({ wait: 300 }), 'TIMEOUT'],
          [() => ({ signal: AbortSignal.timeout(300) }), 'ABORTED'],
        ] as const) {
          const beganMs = performance.now()
          const error = (await call({ cluster: 'c', directory: root, dataDir: false, ...options() }).catch(
            (reason: unknown) => reason,
          )) as Error
          expect(error, `after ${performance.now() - beganMs} ms`).to.include({ code })
          if (code === 'TIMEOUT') expect(error.message).to.match(says)
          expect(performance.now() - beganMs).to.be.lessThan(soonMs)
          expect(traces(path)).to.deep.equal(before)
        }
      })
    }
  }

  it("by a host name of 'listen' that is looked up slowly is given up after 'wait', which tells so, and by 'signal'", async () => {
    const path = await desertedPath()
    const before = traces(path)
    for (const [given, code] of [
      [() => ({ wait: 300 }), 'TIMEOUT'],
      [() => ({ signal: AbortSignal.timeout(300) }), 'ABORTED'],
    ] as const) {
      const options = { cluster: 'c', directory: root, dataDir: false, listen: 'slow.example:0', insecure: true } as const
      const world = systemWorld({ ...options, lookup: () => new Promise(() => undefined) })
      const beganMs = performance.now()
      const error = (await startNode(world, parseOptions({ ...options, ...given() })).catch((reason: unknown) => reason)) as Error
      expect(error, `after ${performance.now() - beganMs} ms`).to.include({ code })
      if (code === 'TIMEOUT')
        expect(error.message).to.include("still waits for the system to resolve the host name slow.example of 'listen'")
      expect(performance.now() - beganMs).to.be.lessThan(soonMs)
      expect(traces(path)).to.deep.equal(before)
    }
  })

  it('while a node comes back is given up when that is closed', async () => {
    const real = systemWorld({ directory: root })
    let opened = 0
    let isBack = (): void => {}
    const back = new Promise<void>((resolve) => {
      isBack = resolve
    })
    const openDirectory = (cluster: string, patience?: Patience): ReturnType<typeof real.openDirectory> => {
      if (opened++ === 0) return real.openDirectory(cluster, patience)
      return new Promise((_, reject) => {
        patience?.signal.addEventListener('abort', () => reject(new Error('given up')))
        isBack()
      })
    }
    const said: string[] = []
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (text: string) => void said.push(text) }
    const node = await startNode(
      { ...real, openDirectory },
      parseOptions({ cluster: 'c', directory: root, dataDir: false, logger }),
    )
    rmSync(join(root, 'c'), { recursive: true })
    await back
    await node.close()
    expect([node.state, opened]).to.deep.equal(['closed', 2])
    expect(said.filter((text) => text.includes('given up'))).to.deep.equal([])
  })
})
