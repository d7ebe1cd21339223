import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import * as outer from '../../lib/index.ts'
import { project } from './project.ts'
import { loadInNewRealm } from './realm.ts'

const commonJs = join(project, 'dist', 'bundled', 'cjs', 'index.cjs')

describe('a second copy of the package in a realm of its own', () => {
  let directory = ''
  const nodes: outer.Node[] = []

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-realm-'))
  })

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const start = async (copy: typeof outer): Promise<outer.Node> => {
    const node = await copy.createNode({ directory, cluster: 'realms', dataDir: false })
    nodes.push(node)
    return node
  }

  it('is another copy, whose nodes take turns with those of the first under addresses of their own', async () => {
    const inner = loadInNewRealm(commonJs) as typeof outer
    expect(inner.createNode).not.to.equal(outer.createNode)
    const all = [await start(outer), await start(inner), await start(inner)]
    expect(new Set(all.map((node) => node.address)).size).to.equal(3)
    const fences: bigint[] = []
    let inside = 0
    await Promise.all(
      all.map(async (node) => {
        for (let i = 0; i < 5; i++)
          await node.withLock('turns', async (hold) => {
            expect(++inside).to.equal(1)
            fences.push(hold.fence)
            await sleep(1)
            inside--
          })
      }),
    )
    expect(fences).to.have.length(15)
    expect(fences.every((fence, i) => i === 0 || fence > (fences[i - 1] as bigint))).to.equal(true)
  })

  it('knows the errors of the first, and the epochs that the process was in', async () => {
    const inner = loadInNewRealm(commonJs) as typeof outer
    const node = await start(inner)
    await node.acquire('a')
    const other = await start(outer)
    const error: unknown = await other.acquire('a', { wait: 100 }).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(inner.TimeoutError)
    expect(error).to.be.instanceOf(inner.HoldfastError)
    const epochs = (EventEmitter as unknown as Record<symbol, Map<string, number>>)[Symbol.for('holdfast.epochs')]
    expect([...(epochs ?? [])].find(([key]) => key.includes(directory))?.[1]).to.equal(node.view?.epoch)
  })

  it('takes plain objects, promises and errors of the outer realm', async () => {
    const inner = loadInNewRealm(commonJs) as typeof outer
    const node = await start(inner)
    const hold = await node.acquire('a', { meta: structuredClone({ why: ['test', { deep: true }] }) })
    expect((await node.query()).held[0]?.meta).to.deep.equal({
      why: ['test', { deep: true }],
    })
    await hold.release()
    const actor = {
      init: () => 0,
      // A promise of Node's own.
      receive: (state: number, _: unknown, context: outer.ActorContext) =>
        sleep(1, state + 1).then((next) => {
          context.reply(next)
          return next
        }),
    }
    const ref = node.spawn('counter', actor)
    expect([await ref.ask(null), await ref.ask(null)]).to.deep.equal([1, 2])
  })
})
