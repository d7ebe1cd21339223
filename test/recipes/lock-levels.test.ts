import { inspect } from 'node:util'
import { expect } from 'chai'
import { acquireAll } from '../../lib/recipes/acquire-all.ts'
import { lockLevels } from '../../lib/recipes/lock-levels.ts'
import { errorOf } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

const levels = { 'account/*': 1, ledger: 2, 'l*': 5 }

onEachEngine('lockLevels', (given) => {
  it('lets locks be taken in rising levels, and others at any place', async () => {
    const locks = lockLevels(await given().open(), levels)
    const got = await locks.withLock('other', () =>
      locks.withLock('account/alice', { wait: '5s' }, () =>
        locks.withLock('other too', async () => {
          await (await locks.acquire('ledger')).release()
          return await locks.withLock('ledger', ({ name }) => name)
        }),
      ),
    )
    expect(got).to.equal('ledger')
    await locks.withLock('ledger', () => locks.withLock('ledger/1', () => {}))
    await locks.withLock('account/alice', () => {})
  })

  it('rejects a request against the levels by each call, names both locks, and takes nothing', async () => {
    const spied = new SpiedLocks(await given().open())
    const locks = lockLevels(spied, levels)
    await locks.withLock('ledger', async () => {
      await Promise.resolve()
      for (const name of ['account/alice', 'ledger']) {
        for (const call of [
          () => locks.acquire(name),
          () => locks.tryAcquire(name),
          () => locks.withLock(name, () => {}),
          () => locks.withLock(name, { mode: 'shared' }, () => {}),
        ]) {
          const error = await errorOf(call)
          expect(error).to.include({ code: 'LOCK_ORDER', definite: true })
          expect(error.message).to.include(`'${name}' of level`).and.include("under 'ledger' of level 2")
        }
      }
    })
    expect(spied.asked).to.deep.equal([])
    expect((await locks.query()).held).to.deep.equal([])
  })

  it('judges each chain of calls by itself: siblings, and what goes on after its lock', async () => {
    const locks = lockLevels(await given().open(), levels)
    let later: Promise<unknown> = Promise.resolve()
    await Promise.all([
      locks.withLock('ledger', async () => {
        later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => locks.withLock('account/bob', ({ name }) => name))
        await new Promise((resolve) => setImmediate(resolve))
      }),
      locks.withLock('account/alice', () => locks.withLock('ledger', () => {})),
    ])
    expect(await later).to.equal('account/bob')
  })

  it('lets two locks of one level be taken together', async () => {
    const locks = lockLevels(await given().open(), levels)
    const both = await acquireAll(locks, ['account/alice', 'account/bob'])
    expect(both.state).to.equal('held')
    await both.release()
  })

  it('passes on an error of the function unchanged, and the lock is free again', async () => {
    const locks = lockLevels(await given().open(), levels)
    const own = new Error('mine')
    const throwing = (): never => {
      throw own
    }
    expect(await errorOf(() => locks.withLock('ledger', throwing))).to.equal(own)
    expect(await errorOf(() => locks.withLock('ledger', () => Promise.reject(own)))).to.equal(own)
    await (await locks.tryAcquire('ledger'))?.release()
    await locks.withLock('account/alice', () => {})
  })

  it('refuses wrong levels, and passes on what the engine refuses', async () => {
    const client = await given().open()
    const wrong = [undefined, null, 5, [], {}, { a: '1' }, { a: Number.NaN }, { a: Infinity }, { '': 1 }]
    for (const each of wrong)
      expect(await errorOf(() => lockLevels(client, each as never)), inspect(each)).to.include({
        code: 'BAD_OPTION',
        option: 'levels',
      })
    const locks = lockLevels(client, levels)
    expect(await errorOf(() => locks.acquire(5 as never))).to.include({ code: 'BAD_OPTION', option: 'lock name' })
    expect(await errorOf(() => locks.withLock('ledger', 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect(await errorOf(() => locks.acquire('ledger', { mode: 'both' as never }))).to.include({
      code: 'BAD_OPTION',
      option: 'mode',
    })
  })

  it('is the same locks otherwise: id, events, query, close, and a line that tells its levels', async () => {
    const client = await given().open()
    const locks = lockLevels(client, levels)
    const granted: string[] = []
    const stop = locks.on('lockGranted', ({ lock }) => granted.push(lock))
    await locks.withLock('ledger', async () => {
      expect((await locks.query('ledger')).held).to.have.length(1)
    })
    stop()
    expect(granted).to.deep.equal(['ledger'])
    expect(locks.id).to.equal(client.id)
    expect(inspect(locks)).to.match(/^LevelledLocks \{\s+id: .*levels: \{ 'account\/\*': 1, ledger: 2/s)
    await locks.close()
    expect(await errorOf(() => client.acquire('ledger'))).to.include({ code: 'CLOSED' })
  })
})
