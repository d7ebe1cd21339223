import { inspect } from 'node:util'
import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import type { RwHold } from '../../lib/recipes/rw-hold.ts'
import { rwLock } from '../../lib/recipes/rw-lock.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

onEachEngine('rwLock', (given) => {
  /** The same lock, as three clients have it. */
  const three = async () => {
    const [a, b, c] = await given().three()
    return [rwLock(a, 'file'), rwLock(b, 'file'), rwLock(c, 'file')] as const
  }

  it('lets readers in together, and a writer alone', async () => {
    const [a, b, c] = await three()
    const readers = [await a.read(), await b.read()]
    const writing = watch(c.write())
    await given().settle()
    expect(writing.outcome).to.equal(undefined)
    await readers[0]?.release()
    await given().settle()
    expect(writing.outcome).to.equal(undefined)
    await readers[1]?.release()
    const writer = await writing.promise
    expect(writer.mode).to.equal('exclusive')
    const late = [watch(a.read()), watch(b.write())]
    await given().settle()
    expect(late.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined])
    await writer.release()
    await Promise.all(late.map(async ({ promise }) => (await promise).release()))
  })

  it('lets readers that come later wait behind a writer that waits, so that it does not starve', async () => {
    const [a, b, c] = await three()
    const first = await a.read()
    const order: string[] = []
    const note = (name: string) => async (hold: RwHold) => {
      order.push(name)
      await hold.release()
    }
    const writing = b.write().then(note('writer'))
    await given().settle()
    const reading = [a, c].map((lock) => lock.read().then(note('reader')))
    await given().settle()
    expect(order).to.deep.equal([])
    await first.release()
    await Promise.all([writing, ...reading])
    expect(order).to.deep.equal(['writer', 'reader', 'reader'])
  })

  it('lets other readers in beside the upgradable one, and neither a writer nor a second upgradable one', async () => {
    const [a, b, c] = await three()
    const upgradable = await a.upgradable()
    expect(upgradable.mode).to.equal('upgradable')
    const others = [watch(b.upgradable()), watch(c.write())]
    await given().settle()
    const reader = await b.read({ wait: '5s' })
    expect(others.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined])
    await reader.release()
    await upgradable.release()
    await Promise.all(others.map(async ({ promise }) => (await promise).release()))
  })

  it('upgrades when the readers inside have left, before a writer that waits', async () => {
    const [a, b, c] = await three()
    const upgradable = await a.upgradable()
    const read = upgradable.fence
    const reader = await b.read()
    const writing = watch(c.write())
    const upgrading = watch(upgradable.upgrade())
    await given().settle()
    expect([writing.outcome, upgrading.outcome, upgradable.mode]).to.deep.equal([undefined, undefined, 'upgradable'])
    upgradable.check()
    await reader.release()
    await upgrading.promise
    expect(upgradable.mode).to.equal('exclusive')
    expect(upgradable.fence > read).to.equal(true)
    await given().settle()
    expect(writing.outcome).to.equal(undefined)
    const late = watch(b.read())
    await given().settle()
    expect(late.outcome).to.equal(undefined)
    const wrote = upgradable.fence
    await upgradable.release()
    // The reader waited at the main lock before the writer passed the gate.
    await (await late.promise).release()
    const writer = await writing.promise
    expect(writer.fence > wrote).to.equal(true)
    await writer.release()
  })

  it('has no effect to upgrade a writer, or to downgrade to what it is', async () => {
    const [a, b] = await three()
    const writer = await a.write()
    const { fence } = writer
    await writer.upgrade()
    expect([writer.mode, writer.fence]).to.deep.equal(['exclusive', fence])
    await writer.release()
    const [reader, upgradable] = [await a.read(), await b.upgradable()]
    await reader.downgrade()
    await upgradable.downgrade('upgradable')
    expect([reader.mode, upgradable.mode]).to.deep.equal(['shared', 'upgradable'])
    await Promise.all([reader.release(), upgradable.release()])
  })

  it('refuses the upgrade of a reader at once, and leaves it a reader', async () => {
    const [a, b] = await three()
    const [one, two] = [await a.read(), await b.read()]
    for (const hold of [one, two]) {
      const error = await errorOf(() => hold.upgrade())
      expect(error).to.include({ code: 'UPGRADE_CONFLICT', definite: true })
      expect(error.message).to.match(/upgradable\(\)/)
      expect(await errorOf(() => hold.downgrade('upgradable'))).to.include({ code: 'UPGRADE_CONFLICT' })
      hold.check()
      expect(hold.mode).to.equal('shared')
    }
    await Promise.all([one.release(), two.release()])
    await (await b.write({ wait: '5s' })).release()
  })

  it('is upgradable as before when an upgrade is not granted in time, and still keeps writers out', async () => {
    const [a, b, c] = await three()
    const upgradable = await a.upgradable()
    const reader = await b.read()
    const { fence } = upgradable
    expect(await errorOf(() => upgradable.upgrade({ wait: 20 }))).to.include({ code: 'TIMEOUT' })
    expect(upgradable.mode).to.equal('upgradable')
    upgradable.check()
    expect(upgradable.fence).to.equal(fence)
    const writing = watch(c.write())
    await given().settle()
    await reader.release()
    await (await b.read({ wait: '5s' })).release()
    expect(writing.outcome).to.equal(undefined)
    await upgradable.upgrade({ wait: '5s' })
    expect(upgradable.mode).to.equal('exclusive')
    await upgradable.release()
    await (await writing.promise).release()
  })

  it('is upgradable as before when an upgrade is aborted, with the reason as the cause', async () => {
    const [a, b] = await three()
    const upgradable = await a.upgradable()
    const reader = await b.read()
    const aborter = new AbortController()
    const upgrading = watch(upgradable.upgrade({ signal: aborter.signal }))
    await given().settle()
    aborter.abort('changed my mind')
    expect(await errorOf(() => upgrading.promise)).to.include({ code: 'ABORTED', cause: 'changed my mind' })
    expect([upgradable.mode, upgradable.state]).to.deep.equal(['upgradable', 'held'])
    expect(await errorOf(() => upgradable.upgrade({ signal: aborter.signal }))).to.include({ code: 'ABORTED' })
    await reader.release()
    await upgradable.upgrade()
    await upgradable.release()
  })

  it('refuses a second change of the mode while one is under way', async () => {
    const [a, b] = await three()
    const upgradable = await a.upgradable()
    const reader = await b.read()
    const upgrading = watch(upgradable.upgrade())
    expect(await errorOf(() => upgradable.upgrade())).to.include({ code: 'UPGRADE_CONFLICT' })
    expect(await errorOf(() => upgradable.downgrade())).to.include({ code: 'UPGRADE_CONFLICT' })
    await reader.release()
    await upgrading.promise
    const downgrading = upgradable.downgrade()
    expect(await errorOf(() => upgradable.upgrade())).to.include({ code: 'UPGRADE_CONFLICT' })
    await downgrading
    expect(upgradable.mode).to.equal('shared')
    await upgradable.release()
  })

  it('downgrades a writer to a reader with no writer between, and lets the next writer wait for it', async () => {
    const [a, b, c] = await three()
    const hold = await a.write()
    const wrote = hold.fence
    const [writing, reading] = [watch(b.write()), watch(c.read())]
    await given().settle()
    await hold.downgrade()
    expect(hold.mode).to.equal('shared')
    expect(hold.fence >= wrote).to.equal(true)
    hold.check()
    await (await reading.promise).release()
    await given().settle()
    expect(writing.outcome).to.equal(undefined)
    await hold.release()
    const writer = await writing.promise
    expect(writer.fence > wrote).to.equal(true)
    await writer.release()
  })

  it('downgrades a writer to an upgradable reader, which upgrades again before the writer that waits', async () => {
    const [a, b, c] = await three()
    const hold = await a.write()
    const writing = watch(b.write())
    await given().settle()
    await hold.downgrade('upgradable')
    expect(hold.mode).to.equal('upgradable')
    await (await c.read({ wait: '5s' })).release()
    await hold.upgrade()
    expect([hold.mode, writing.outcome]).to.deep.equal(['exclusive', undefined])
    await hold.release()
    await (await writing.promise).release()
  })

  it('downgrades an upgradable reader to a plain one, and lets the next upgradable one in', async () => {
    const [a, b] = await three()
    const hold = await a.upgradable()
    const next = watch(b.upgradable())
    await given().settle()
    expect(next.outcome).to.equal(undefined)
    await hold.downgrade()
    expect((await next.promise).mode).to.equal('upgradable')
    expect(await errorOf(() => hold.upgrade())).to.include({ code: 'UPGRADE_CONFLICT' })
    await hold.release()
    await (await next.promise).release()
  })

  it('leaves nothing taken when it is released in the middle of an upgrade', async () => {
    const [a, b] = await three()
    const hold = await a.upgradable()
    const reader = await b.read()
    const upgrading = watch(hold.upgrade())
    await given().settle()
    expect(await hold.release()).to.equal('released')
    expect(await errorOf(() => upgrading.promise)).to.include({ code: 'NOT_OWNER' })
    await reader.release()
    await (await b.write({ wait: '5s' })).release()
    expect(hold.state).to.equal('released')
    expect(await errorOf(() => hold.upgrade())).to.include({ code: 'NOT_OWNER' })
    expect(await errorOf(() => hold.downgrade())).to.include({ code: 'NOT_OWNER' })
  })

  it('leaves nothing taken when it is released in the turn in which an upgrade or downgrade begins', async () => {
    const [a, b] = await three()
    for (const [take, change] of [
      [() => a.upgradable(), (hold: RwHold) => hold.upgrade()],
      [() => a.write(), (hold: RwHold) => hold.downgrade()],
      [() => a.write(), (hold: RwHold) => hold.downgrade('upgradable')],
    ] as const) {
      const hold = await take()
      const changing = watch(change(hold))
      expect(await hold.release()).to.equal('released')
      expect(await errorOf(() => changing.promise)).to.include({ code: 'NOT_OWNER' })
      await (await b.write({ wait: '5s' })).release()
      await (await a.write({ wait: '5s' })).release()
    }
  })

  it('leaves nothing taken by a write that is not granted in time, neither the gate nor the lock', async () => {
    const [a, b, c] = await three()
    const reader = await a.read()
    expect(await errorOf(() => b.write({ wait: 20 }))).to.include({ code: 'TIMEOUT' })
    // On the mesh a request that gave up keeps its place at the main lock until the reader leaves.
    await reader.release()
    await (await c.upgradable({ wait: '5s' })).release()
    await (await b.write({ wait: '5s' })).release()
  })

  it('is lost as a whole when its client closes: signal, check, state and release tell the same', async () => {
    const [a, b] = await given().two()
    for (const mode of ['read', 'write', 'upgradable'] as const) {
      const client = await given().open()
      const hold = await rwLock(client, 'file')[mode]()
      const { signal } = hold
      await client.close({ drain: 0 })
      expect(signal.reason, mode).to.include({ code: 'LOST', reason: 'closed' })
      expect(await errorOf(() => hold.check())).to.equal(signal.reason)
      expect([hold.state, await hold.release(), hold.state]).to.deep.equal(['lost', 'lost', 'lost'])
      expect(await errorOf(() => hold.upgrade())).to.equal(signal.reason)
      expect(await errorOf(() => hold.downgrade())).to.equal(signal.reason)
      await (await rwLock(b, 'file').write({ wait: '5s' })).release()
    }
    await a.close()
  })

  it('is lost, and its upgrade rejects with LOST, when its client closes in the middle of it', async () => {
    const [a, b] = await given().two()
    const hold = await rwLock(a, 'file').upgradable()
    const reader = await rwLock(b, 'file').read()
    const upgrading = watch(hold.upgrade())
    await given().settle()
    await a.close({ drain: 0 })
    expect(await errorOf(() => upgrading.promise)).to.include({ code: 'LOST', reason: 'closed' })
    expect([hold.state, hold.signal.aborted]).to.deep.equal(['lost', true])
    await reader.release()
    await (await rwLock(b, 'file').write({ wait: '5s' })).release()
  })

  it('becomes a plain reader after an upgrade that failed, when it can read again, and lets the writer that waits follow', async () => {
    const [a, b, c] = await three()
    const hold = await a.upgradable()
    const reader = await b.read()
    expect(await errorOf(() => hold.upgrade({ wait: 20 }))).to.include({ code: 'TIMEOUT' })
    const writing = watch(c.write())
    const downgrading = watch(hold.downgrade())
    await given().settle()
    await reader.release()
    await downgrading.promise
    expect(hold.mode).to.equal('shared')
    await given().settle()
    expect(writing.outcome).to.equal(undefined)
    await hold.release()
    await (await writing.promise).release()
  })

  it('is upgradable after an upgrade or a downgrade that the engine refused, and passes its error on', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const lock = rwLock(spied, 'file')
    const [upgradable, broken] = [await lock.upgradable(), new Error('broken')]
    const others = rwLock(b, 'file')
    spied.before = () => {
      throw broken
    }
    expect(await errorOf(() => upgradable.upgrade())).to.equal(broken)
    expect(await errorOf(() => upgradable.downgrade())).to.equal(broken)
    expect([upgradable.mode, upgradable.state]).to.deep.equal(['upgradable', 'held'])
    const writing = watch(others.write())
    await (await others.read({ wait: '5s' })).release()
    spied.before = () => undefined
    await upgradable.upgrade()
    spied.before = () => {
      throw broken
    }
    expect(await errorOf(() => upgradable.downgrade())).to.equal(broken)
    expect([upgradable.mode, upgradable.state, writing.outcome]).to.deep.equal(['upgradable', 'held', undefined])
    await upgradable.release()
    await (await writing.promise).release()
  })

  it('does not keep a main lock that is granted to it after its release', async () => {
    const [a, b] = await given().two()
    for (const [mode, change] of [
      ['upgradable', (hold: RwHold) => hold.upgrade()],
      ['write', (hold: RwHold) => hold.downgrade()],
    ] as const) {
      const spied = new SpiedLocks(a)
      const hold = await rwLock(spied, 'file')[mode]()
      spied.after = () => hold.release()
      expect(await errorOf(() => change(hold))).to.include({ code: 'NOT_OWNER' })
      await (await rwLock(b, 'file').write({ wait: '5s' })).release()
    }
  })

  it('stays upgradable while its client drains, and rejects a change with CLOSED', async () => {
    const [a, b] = await given().two()
    const hold = await rwLock(a, 'file').upgradable()
    const reader = await rwLock(b, 'file').read()
    const upgrading = watch(hold.upgrade())
    await given().settle()
    const closing = a.close()
    expect(await errorOf(() => upgrading.promise)).to.include({ code: 'CLOSED' })
    expect([hold.mode, hold.state]).to.deep.equal(['upgradable', 'held'])
    await hold.release()
    await closing
    await reader.release()
    await (await rwLock(b, 'file').write({ wait: '5s' })).release()
  })

  it('has one signal through all its modes, aborted by a loss after a downgrade', async () => {
    const client = await given().open()
    const hold = await rwLock(client, 'file').upgradable()
    const { signal } = hold
    await hold.upgrade()
    await hold.downgrade('upgradable')
    await hold.downgrade()
    expect([signal === hold.signal, signal.aborted]).to.deep.equal([true, false])
    await client.close({ drain: 0 })
    expect(signal.reason).to.include({ code: 'LOST' })
  })

  it('runs functions as reader, writer and upgradable reader, and passes on their results and errors', async () => {
    const [a, b] = await three()
    const own = new Error('mine')
    for (const run of [a.withRead, a.withWrite, a.withUpgradable]) {
      expect(await run((hold) => hold.mode)).to.be.oneOf(['shared', 'exclusive', 'upgradable'])
      expect(await run({ wait: '5s' }, async () => 7)).to.equal(7)
      const throwing = (): never => {
        throw own
      }
      expect(await errorOf(() => run(throwing))).to.equal(own)
      expect(await errorOf(() => run(() => Promise.reject(own)))).to.equal(own)
      expect(await errorOf(() => run('no function' as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    }
    await (await b.write({ wait: '5s' })).release()
  })

  it('ends with the block that uses it, and shows itself in a line and as JSON', async () => {
    const [a, b] = await three()
    {
      await using hold = await a.write()
      expect(JSON.parse(JSON.stringify(hold))).to.deep.equal({
        name: 'file',
        mode: 'exclusive',
        fence: String(hold.fence),
        state: 'held',
      })
      expect(inspect(hold, { breakLength: 200 })).to.equal(
        `RwHold { name: 'file', mode: 'exclusive', fence: ${hold.fence}n, state: 'held' }`,
      )
    }
    await (await b.write({ wait: '5s' })).release()
  })

  it('refuses wrong arguments by their name', async () => {
    const client = await given().open()
    for (const name of ['', 5, 'x'.repeat(252), '\ud800'])
      expect(() => rwLock(client, name as string))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'name' })
    const lock = rwLock(client, 'file')
    for (const options of [{ wait: 0 }, { wait: Number.NaN }]) {
      expect(await errorOf(() => lock.read(options))).to.include({ code: 'BAD_OPTION', option: 'wait' })
      expect(await errorOf(() => lock.write(options))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    }
    expect(await errorOf(() => lock.read({ mode: 'exclusive' } as never))).to.include({ code: 'BAD_OPTION', option: 'mode' })
    const hold = await lock.write()
    expect(await errorOf(() => hold.downgrade('exclusive' as never))).to.include({ code: 'BAD_OPTION', option: 'to' })
    expect(await errorOf(() => hold.upgrade({ wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(hold.mode).to.equal('exclusive')
    await hold.release()
  })

  it('keeps what was read until it is written: many that read, upgrade and write lose no update', async () => {
    const clients: readonly Locks[] = await given().three()
    let stored = 0
    const runs = Array.from({ length: 30 }, (_, i) => {
      const lock = rwLock(clients[i % 3] as Locks, 'counter')
      if (i % 5 === 0) return lock.withRead(() => undefined)
      return lock.withUpgradable(async (hold) => {
        const read = stored
        await hold.upgrade()
        stored = read + 1
      })
    })
    await Promise.all(runs)
    expect(stored).to.equal(24)
  })
})
