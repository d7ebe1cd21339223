import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { expect } from 'chai'
import * as first from '../../lib/engines/memory/index.ts'
import { project } from '../house/project.ts'
import { conformance } from '../port/conformance.ts'
import { errorOf } from '../port/engine.ts'

const { memoryLocks } = first

conformance({
  name: 'the engine in memory',
  open: async (cluster) => memoryLocks({ cluster }),
  isStrict: true,
})

describe('the engine in memory', () => {
  it('lets clients of one cluster exclude each other, and of another not', async () => {
    const [a, b, c] = [memoryLocks(), memoryLocks({ cluster: 'default' }), memoryLocks({ cluster: 'other' })]
    const hold = await a.acquire('door')
    expect(await b.tryAcquire('door')).to.equal(null)
    expect((await c.tryAcquire('door'))?.state).to.equal('held')
    expect(new Set([a.id, b.id]).size).to.equal(2)
    await hold.release()
    await Promise.all([a, b, c].map((client) => client.close({ drain: 0 })))
  })

  it('takes a bounded number of orders for one hold', async () => {
    const locks = memoryLocks({ cluster: 'orders' })
    const hold = await locks.acquire('door', { revocable: true })
    const orders = Array.from({ length: 1000 }, () => locks.admin.revoke('door', hold.fence))
    expect(await errorOf(() => locks.admin.revoke('door', hold.fence))).to.include({ code: 'OVERLOADED' })
    await hold.release()
    expect(new Set(await Promise.all(orders))).to.deep.equal(new Set(['released']))
    await locks.close({ drain: 0 })
  })

  it('serves by priority however many priorities there are', async () => {
    const locks = memoryLocks({ cluster: 'priorities', limits: { waitersPerLockMax: 150_000 } })
    const hold = await locks.acquire('door')
    const asked = Array.from({ length: 150_000 }, (_, i) => locks.acquire('door', { priority: (i * 7919) % 150_000 }))
    await hold.release()
    const first = await Promise.race(asked)
    expect(first).to.equal(await asked[Array.from(asked.keys()).find((i) => (i * 7919) % 150_000 === 149_999) as number])
    const refused = Promise.allSettled(asked)
    await locks.close({ drain: 0 })
    await refused
  }).timeout(60_000)

  it('grants in the order in which all clients asked, by priority first', async () => {
    const [a, b] = [memoryLocks(), memoryLocks()]
    const hold = await a.acquire('door')
    const order: string[] = []
    const enter = (client: first.MemoryLocks, name: string, priority: number): Promise<void> =>
      client.withLock('door', { priority }, () => void order.push(name))
    const waiting = [enter(b, 'b', 0), enter(a, 'a', 0), enter(b, 'b first', 1), enter(b, 'b last', 0)]
    await hold.release()
    await Promise.all(waiting)
    expect(order).to.deep.equal(['b first', 'b', 'a', 'b last'])
    await Promise.all([a.close(), b.close()])
  })

  it('refuses what is beyond a limit with OVERLOADED, and no more than that', async () => {
    const a = memoryLocks({ cluster: 'limits', limits: { waitersPerLockMax: 1, locksMax: 2 } })
    const hold = await a.acquire('door')
    const waiting = a.acquire('door')
    expect(await errorOf(() => a.acquire('door'))).to.include({ code: 'OVERLOADED' })
    await (await a.acquire('second')).release()
    const second = await a.acquire('second')
    expect(await errorOf(() => a.acquire('third'))).to.include({ code: 'OVERLOADED' })
    await second.release()
    await hold.release()
    await (await waiting).release()
    await (await a.acquire('third')).release()
    await a.close()
  })

  it('forgets a lock that is at rest', async () => {
    const a = memoryLocks({ cluster: 'rest', limits: { locksMax: 1 } })
    for (let i = 0; i < 100; i++) await a.withLock(`lock ${i}`, () => {})
    const hold = await a.acquire('held')
    const aborter = new AbortController()
    const waiting = errorOf(() => a.acquire('held', { signal: aborter.signal }))
    await hold.release()
    aborter.abort()
    await waiting.catch(() => {})
    await a.close({ drain: 0 })
    await memoryLocks({ cluster: 'rest', limits: { locksMax: 1 } }).acquire('another')
  })

  it('refuses wrong options by their name', () => {
    const wrong: readonly (readonly [string, unknown])[] = [
      ['cluster', { cluster: '' }],
      ['cluster', { cluster: 5 }],
      ['limits.locksMax', { limits: { locksMax: 0 } }],
      ['locks', { limits: { locks: 5 } }],
      ['join', { join: 'memory' }],
      ['options', null],
    ]
    for (const [option, options] of wrong) {
      expect(() => memoryLocks(options as never), inspect(options))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option })
    }
  })

  it('prints what a person needs', async () => {
    const a = memoryLocks({ cluster: 'printed' })
    const hold = await a.acquire('door')
    expect(inspect(a, { breakLength: 200 })).to.equal(
      `MemoryLocks { cluster: 'printed', id: '${a.id}', state: 'active', holds: 1, waiters: 0 }`,
    )
    const closing = a.close()
    expect(a.state).to.equal('draining')
    await hold.release()
    await closing
    expect(JSON.parse(JSON.stringify(a))).to.deep.equal({ cluster: 'printed', id: a.id, state: 'closed', holds: 0, waiters: 0 })
  })

  it('is one engine for two copies of the package, which recognise each other\u2019s errors', async () => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-memory-'))
    try {
      cpSync(join(project, 'dist', 'bundled'), join(folder, 'dist', 'bundled'), { recursive: true })
      cpSync(join(project, 'package.json'), join(folder, 'package.json'))
      symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
      const path = join(folder, 'dist', 'bundled', 'engines', 'memory', 'index.js')
      const second = (await import(pathToFileURL(path).href)) as typeof first
      expect(second.memoryLocks).not.to.equal(memoryLocks)
      const [a, b] = [memoryLocks({ cluster: 'copies' }), second.memoryLocks({ cluster: 'copies' })]
      const hold = await a.acquire('door')
      expect(await b.tryAcquire('door')).to.equal(null)
      const waiting = b.acquire('door')
      await hold.release()
      expect((await waiting).fence > hold.fence).to.equal(true)
      await b.close({ drain: 0 })
      expect(await errorOf(() => b.acquire('door'))).to.be.instanceOf(first.ClosedError)
      await a.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
