import { expect } from 'chai'
import type { Locks } from '../../../lib/port/locks.ts'
import { tryAcquireAll } from '../../../lib/recipes/acquire-all.ts'
import { rwLock } from '../../../lib/recipes/rw-lock.ts'
import { errorOf } from '../../port/engine.ts'
import { onEachEngine } from '../engines.ts'

async function expectFree(locks: Locks, ...names: string[]): Promise<void> {
  for (const name of names) {
    const hold = await locks.tryAcquire(name)
    expect(hold, name).to.not.equal(null)
    await hold?.release()
  }
}

onEachEngine('a try of a read-write lock', (given) => {
  it('gives a free lock in each mode', async () => {
    const [a, b] = await given().two()
    const lock = rwLock(a, 'file')
    for (const [mode, attempt] of [
      ['shared', lock.tryRead],
      ['upgradable', lock.tryUpgradable],
      ['exclusive', lock.tryWrite],
    ] as const) {
      const hold = await attempt({ meta: { job: 1 } })
      expect(hold).to.include({ mode, state: 'held' })
      await hold?.release()
    }
    await expectFree(b, 'file', 'file#gate')
  })

  it('resolves to null beside a writer, and keeps nothing of the lock', async () => {
    const [a, b] = await given().two()
    const writer = await rwLock(a, 'file').write()
    const lock = rwLock(b, 'file')
    for (const attempt of [lock.tryRead, lock.tryUpgradable, lock.tryWrite]) expect(await attempt()).to.equal(null)
    await writer.release()
    await expectFree(a, 'file', 'file#gate')
  })

  it('gives the gate back if a reader is inside, and the writer comes later', async () => {
    const [a, b] = await given().two()
    const reader = await rwLock(a, 'file').read()
    expect(await rwLock(b, 'file').tryWrite()).to.equal(null)
    await expectFree(a, 'file#gate')
    await reader.release()
    await (await rwLock(b, 'file').tryWrite())?.release()
    await expectFree(a, 'file', 'file#gate')
  })

  it('lets an upgradable reader become the writer', async () => {
    const lock = rwLock(await given().open(), 'file')
    const hold = await lock.tryUpgradable()
    await hold?.upgrade()
    expect(hold?.mode).to.equal('exclusive')
    await hold?.release()
  })

  it('refuses wrong options', async () => {
    const lock = rwLock(await given().open(), 'file')
    expect(await errorOf(() => lock.tryRead({ wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
  })
})

onEachEngine('a try of several locks', (given) => {
  it('gives all of them in the order of the caller', async () => {
    const [a, b] = await given().two()
    const holds = await tryAcquireAll(a, ['z', { name: 'b', mode: 'shared' }, 'a'])
    expect(holds?.holds.map(({ name, mode }) => [name, mode])).to.deep.equal([
      ['z', 'exclusive'],
      ['b', 'shared'],
      ['a', 'exclusive'],
    ])
    expect(await b.tryAcquire('z')).to.equal(null)
    await holds?.release()
    await expectFree(b, 'a', 'b', 'z')
  })

  it('resolves to null, with none of them held, if one is not free', async () => {
    const [a, b] = await given().two()
    for (const name of ['a', 'b', 'z']) {
      const blocker = await b.acquire(name)
      expect(await tryAcquireAll(a, ['z', 'b', 'a']), name).to.equal(null)
      await blocker.release()
      await expectFree(b, 'a', 'b', 'z')
    }
  })

  it('refuses a list with a name twice, and an empty one, before it takes anything', async () => {
    const locks = await given().open()
    for (const names of [['a', 'a'], []])
      expect(await errorOf(() => tryAcquireAll(locks, names))).to.include({ code: 'BAD_OPTION', option: 'names' })
    await expectFree(locks, 'a')
  })
})
