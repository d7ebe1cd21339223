/** Promises of `query`, of events, and of what a client shows of itself. */
import { inspect } from 'node:util'
import { expect } from 'chai'
import type { LockEvent, LockEventType } from '../../lib/port/events.ts'
import { type Clients, errorOf, watch } from './engine.ts'

const types: readonly LockEventType[] = ['lockGranted', 'lockReleased', 'lockLost']

export function itTells(given: () => Clients, isPlain: boolean): void {
  it('name the holders and the waiters of the locks that fit a pattern', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('invoice/1', { meta: { job: 'nightly' } })
    const other = await a.acquire('order/1', { mode: given().shared })
    const waiting = watch(b.acquire('invoice/1', { mode: isPlain ? 'exclusive' : 4 }))
    await given().settle()
    for (const client of [a, b]) {
      const { held } = isPlain ? await a.query('invoice/*') : await client.query('invoice/*')
      const { pending } = isPlain ? await b.query('invoice/*') : await client.query('invoice/*')
      expect(held).to.have.length(1)
      expect(held[0]).to.deep.include({
        name: 'invoice/1',
        mode: 'exclusive',
        fence: hold.fence,
        holder: a.id,
        meta: { job: 'nightly' },
      })
      expect(held[0]?.heldMs).to.be.at.least(0)
      expect(pending).to.have.length(1)
      expect(pending[0]).to.include({ name: 'invoice/1', mode: isPlain ? 'exclusive' : 4, node: b.id })
      expect(pending[0]?.waitedMs).to.be.at.least(0)
      expect((await (isPlain ? a : client).query()).held.map(({ name }) => name)).to.have.members(['invoice/1', 'order/1'])
      expect((await client.query('invoice')).held).to.deep.equal([])
    }
    await hold.release()
    await other.release()
    await (await waiting.promise).release()
    await given().settle()
    expect(await b.query()).to.deep.include({ held: [], pending: [] })
  })

  it('name the owner of each request, which stays when the waiter becomes a holder, and is one for each call', async () => {
    const a = await given().open()
    const holds = [await a.acquire('door'), await a.acquire('gate')]
    const waiting = watch(a.acquire('door'))
    await given().settle()
    const before = await a.query()
    const waiter = before.pending[0]?.owner
    expect(new Set([...before.held.map(({ owner }) => owner), waiter]).size).to.equal(3)
    await holds[0]?.release()
    const next = await waiting.promise
    expect((await a.query('door')).held.map(({ owner }) => owner)).to.deep.equal([waiter])
    await next.release()
    await holds[1]?.release()
  })

  it('hand out copies: no reader can change what the next one sees', async () => {
    const a = await given().open()
    const bytes = new Uint8Array([1, 2])
    const meta = { list: [1], bytes }
    const hold = await a.acquire('door', { meta })
    meta.list.push(2)
    bytes[0] = 9
    for (let i = 0; i < 2; i++) {
      const row = (await a.query('door')).held[0] ?? expect.fail('the hold is told')
      expect(row.meta).to.deep.equal({ list: [1], bytes: new Uint8Array([1, 2]) })
      const told = row.meta as typeof meta
      told.bytes.fill(7)
      Reflect.set(told, 'list', 'spoilt')
      Reflect.set(row, 'name', 'spoilt')
    }
    expect(JSON.parse(JSON.stringify(await a.query('door'))).held[0].fence).to.equal(String(hold.fence))
    await hold.release()
  })

  it('tell of grants, releases and losses, with the fence of the hold', async () => {
    const [a, b] = await given().two()
    const heard: LockEvent[] = []
    for (const type of types) a.on(type, (event: LockEvent) => heard.push(event))
    const hold = await a.acquire('door')
    await hold.release()
    await (await b.acquire('door')).release()
    const lost = await a.acquire('door')
    await a.close({ drain: 0 })
    expect(heard.map(({ type, fence }) => [type, fence])).to.deep.equal([
      ['lockGranted', hold.fence],
      ['lockReleased', hold.fence],
      ['lockGranted', lost.fence],
      ['lockLost', lost.fence],
    ])
  })

  it('tell of a release before the grant that it makes possible, of two waiters of one client too', async () => {
    const a = await given().open()
    const heard: string[] = []
    for (const type of types) a.on(type, (event: LockEvent) => heard.push(`${type} ${event.fence}`))
    const hold = await a.acquire('door')
    const next = a.acquire('door')
    const later = a.acquire('door')
    await hold.release()
    const second = await next
    await second.release()
    const third = await later
    expect(heard).to.deep.equal([
      `lockGranted ${hold.fence}`,
      `lockReleased ${hold.fence}`,
      `lockGranted ${second.fence}`,
      `lockReleased ${second.fence}`,
      `lockGranted ${third.fence}`,
    ])
    await third.release()
  })

  it('tell a listener until it is taken away, and another all the same when one throws', async () => {
    const a = await given().open()
    const heard: string[] = []
    const silence = (): void => {}
    // A client may tell the process of it by a warning.
    process.on('warning', silence)
    const stopFirst = a.on('lockGranted', () => {
      throw new Error('mine')
    })
    const stopSecond = a.on('lockGranted', (() => Promise.reject(new Error('later'))) as () => void)
    const stop = a.on('lockGranted', ({ lock }) => heard.push(lock))
    await (await a.acquire('one')).release()
    stop()
    stop()
    await (await a.acquire('two')).release()
    stopFirst()
    stopSecond()
    expect(heard).to.deep.equal(['one'])
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', silence)
  })

  it('know their names', async () => {
    const a = await given().open()
    const on = a.on.bind(a) as (type: unknown, listener: unknown) => void
    for (const type of ['lockgranted', '', 'toString', null, 5, Symbol('x'), {}]) {
      expect(await errorOf(() => on(type, () => {})), String(type)).to.include({ code: 'BAD_OPTION', option: 'type' })
    }
    expect(await errorOf(() => on('lockGrant', () => {})))
      .to.have.property('message')
      .that.includes("Did you mean 'lockGranted'?")
    expect(await errorOf(() => on('lockGranted', null))).to.include({ code: 'BAD_OPTION', option: 'listener' })
  })

  it('are beside a client that prints in a few lines and survives JSON', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { meta: { secret: 'not shown' } })
    expect(inspect(a).split('\n').length).to.be.at.most(8)
    expect(inspect([[[a]]], { depth: 9, showHidden: true })).not.to.include('not shown')
    expect(JSON.parse(JSON.stringify(a))).to.include({ id: a.id })
    await hold.release()
  })
}
