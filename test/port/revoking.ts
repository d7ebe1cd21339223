/** Promises of the option `revocable`, of `onRevoke`, and of `admin`, where an engine has it. */
import { expect } from 'chai'
import type { Admin, RevokeOptions } from '../../lib/port/admin.ts'
import type { LockEvent } from '../../lib/port/events.ts'
import type { Locks } from '../../lib/port/locks.ts'
import type { Revocation } from '../../lib/port/revocable.ts'
import { aborted } from './ending.ts'
import { type Clients, errorOf, watch } from './engine.ts'

/** Longer than a test needs for what it does in the meantime. */
const longMs = 60_000

/** An engine whose holds nobody can ask back. */
export function itRefusesToRevoke(given: () => Clients): void {
  it('is refused where the engine cannot carry it, and a hold without it says so', async () => {
    const a = await given().open()
    for (const revocable of [true, { grace: '5s' }] as const)
      expect(await errorOf(() => a.acquire('door', { revocable }))).to.include({ code: 'BAD_OPTION', option: 'revocable' })
    const hold = await a.acquire('door', { revocable: false })
    expect(await errorOf(() => hold.onRevoke(() => {}))).to.include({ code: 'BAD_OPTION', option: 'revocable' })
    await hold.release()
  })
}

export function itRevokes(given: () => Clients): void {
  it('makes a hold that another client asks back: its owner is told, and the outcome is how it ended', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door', { revocable: { grace: longMs } })
    const told: Revocation[] = []
    hold.onRevoke(async (revocation) => {
      told.push(revocation)
      await hold.release()
    })
    const next = watch(b.acquire('door'))
    expect(await adminOf(b).revoke('door', hold.fence, { reason: 'a hotfix' })).to.equal('released')
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ by: b.id, reason: 'a hotfix' })
    expect(told[0]?.leftMs).to.be.within(longMs - 10_000, longMs)
    expect(Object.isFrozen(told[0])).to.equal(true)
    expect(hold.signal.aborted).to.equal(false)
    await (await next.promise).release()
    expect(await adminOf(b).revoke('door', hold.fence)).to.equal('absent')
  })

  it('makes a hold that is lost when its grace is over, told everywhere alike, and the lock goes to the next waiter', async () => {
    const [a, b] = await given().two()
    const heard: LockEvent[] = []
    for (const type of ['lockLost', 'revokeAsked', 'revokeEnded'] as const) a.on(type, (event: LockEvent) => heard.push(event))
    const hold = await a.acquire('door', { revocable: { grace: 20 } })
    const next = watch(b.acquire('door'))
    await given().settle()
    const order = adminOf(b).revoke('door', hold.fence, { reason: 'x' })
    await aborted(hold)
    const { reason } = hold.signal
    expect(reason).to.include({ code: 'LOST', reason: 'revoked' })
    expect((reason as Error).message).to.include(`${b.id} asked it back (x), and its grace of 20 ms is over`)
    expect(await errorOf(() => hold.check())).to.equal(reason)
    expect([hold.state, await hold.release(), await order]).to.deep.equal(['lost', 'lost', 'revoked'])
    const second = await next.promise
    expect(second.fence > hold.fence).to.equal(true)
    const { fence } = hold
    const shared = { lock: 'door', fence, by: b.id, reason: 'x' }
    expect(heard.map((event) => Object.fromEntries(Object.entries(event))).sort(byType)).to.deep.equal([
      { type: 'lockLost', lock: 'door', fence, reason: 'revoked', message: (reason as Error).message },
      { type: 'revokeAsked', ...shared, graceMs: 20 },
      { type: 'revokeEnded', ...shared, holder: a.id, isForced: false, outcome: 'revoked' },
    ])
    await second.release()
  })

  it('makes a hold that is lost when its owner looks, although the timer is late', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door', { revocable: { grace: 30 } })
    const asked = new Promise<void>((resolve) => hold.onRevoke(() => resolve()))
    const order = adminOf(b).revoke('door', hold.fence)
    await asked
    expect(await errorOf(() => hold.ensure(31))).to.include({ code: 'BAD_OPTION', option: 'time' })
    expect(await errorOf(() => hold.check(31))).to.include({ code: 'BAD_OPTION', option: 'margin' })
    await hold.ensure(1)
    const untilMs = performance.now() + 31
    while (performance.now() < untilMs) {
      // The event loop is busy, so no timer fires.
    }
    expect(await errorOf(() => hold.check())).to.include({ code: 'LOST', reason: 'revoked' })
    expect(await order).to.equal('revoked')
  })

  it('tells a late listener at its own call, and one that was taken away never; an error of one is no harm', async () => {
    const [a, b] = await given().two()
    const silence = (): void => {}
    process.on('warning', silence)
    const hold = await a.acquire('door', { revocable: true })
    const told: string[] = []
    hold.onRevoke(() => {
      told.push('throws')
      throw new Error('mine')
    })
    hold.onRevoke(() => Promise.reject(new Error('mine')))
    hold.onRevoke(() => told.push('taken away'))()
    const asked = new Promise<void>((resolve) => hold.onRevoke(() => resolve()))
    const order = adminOf(b).revoke('door', hold.fence)
    await asked
    hold.onRevoke(() => told.push('late'))
    expect(told).to.deep.equal(['throws', 'late'])
    for (const listener of [undefined, null, 5, {}])
      expect(await errorOf(() => hold.onRevoke(listener as never))).to.include({ code: 'BAD_OPTION', option: 'listener' })
    await hold.release()
    expect(await order).to.equal('released')
    hold.onRevoke(() => told.push('after the end'))
    expect(told).to.have.length(2)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', silence)
  })

  it('left out makes a hold that stands when it is asked back, and ends by force alone', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door')
    expect(await errorOf(() => hold.onRevoke(() => {}))).to.include({ code: 'BAD_OPTION', option: 'revocable' })
    const next = watch(b.acquire('door'))
    await given().settle()
    expect(await errorOf(() => adminOf(b).revoke('door', hold.fence))).to.include({ code: 'REFUSED', reason: 'not-revocable' })
    hold.check()
    expect(next.outcome).to.equal(undefined)
    expect(await adminOf(b).force('door', hold.fence, { reason: 'stuck' })).to.equal('forced')
    expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'forced' })
    expect((hold.signal.reason as Error).message).to.include(`${b.id} ended it by force (stuck)`)
    await (await next.promise).release()
  })

  it('and force touch nothing under a fence that is stale or of another lock', async () => {
    const [a, b] = await given().two()
    const first = await a.acquire('door', { revocable: true })
    await first.release()
    const hold = await a.acquire('door', { revocable: true })
    const told: unknown[] = []
    hold.onRevoke((revocation) => told.push(revocation))
    const { revoke, force } = adminOf(b)
    expect([await revoke('door', first.fence), await force('door', first.fence), await force('gate', hold.fence)]).to.deep.equal([
      'absent',
      'absent',
      'absent',
    ])
    hold.check()
    expect(told).to.deep.equal([])
    await hold.release()
  })

  it('is told to both sides, and once to a client that is both', async () => {
    const [a, b] = await given().two()
    const heard: string[] = []
    for (const client of [a, b])
      client.on('revokeEnded', ({ by, holder, isForced, outcome }) =>
        heard.push(`${client.id}: ${by} ${holder} ${isForced} ${outcome}`),
      )
    const first = await a.acquire('door')
    await adminOf(b).force('door', first.fence)
    await given().settle()
    expect(heard.splice(0).sort()).to.deep.equal([a, b].map(({ id }) => `${id}: ${b.id} ${a.id} true forced`).sort())
    const second = await a.acquire('door', { revocable: { grace: 5 } })
    await adminOf(a).revoke('door', second.fence)
    await adminOf(a).revoke('door', second.fence)
    expect(heard).to.deep.equal([`${a.id}: ${a.id} ${a.id} false revoked`, `${a.id}: ${a.id} null false absent`])
  })

  it('waits for the holder by wait and signal, and the order stands', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door', { revocable: { grace: longMs } })
    const outcomes: string[] = []
    b.on('revokeEnded', ({ outcome }) => outcomes.push(outcome))
    const { revoke } = adminOf(b)
    expect(await errorOf(() => revoke('door', hold.fence, { wait: 20 }))).to.include({ code: 'TIMEOUT', definite: false })
    const aborter = new AbortController()
    const waiting = errorOf(() => revoke('door', hold.fence, { signal: aborter.signal }))
    await given().settle()
    aborter.abort('enough')
    expect(await waiting).to.include({ code: 'ABORTED', definite: false, cause: 'enough' })
    expect(await errorOf(() => revoke('door', hold.fence, { signal: aborter.signal }))).to.include({ code: 'ABORTED' })
    const closing = errorOf(() => revoke('door', hold.fence))
    await given().settle()
    await b.close({ drain: 0 })
    expect(await closing).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => revoke('door', hold.fence))).to.include({ code: 'CLOSED' })
    expect(outcomes).to.deep.equal(['unknown', 'unknown', 'unknown'])
    hold.check()
    await hold.release()
  })

  it('ends one of several shared holds alone', async () => {
    const [a, b] = await given().two()
    const other = await a.acquire('page', { mode: 'shared' })
    const hold = await a.acquire('page', { mode: 'shared', revocable: { grace: 5 } })
    const writer = watch(b.acquire('page'))
    await given().settle()
    expect(await adminOf(b).revoke('page', hold.fence)).to.equal('revoked')
    await given().settle()
    other.check()
    expect(writer.outcome).to.equal(undefined)
    await other.release()
    await (await writer.promise).release()
  })

  it('takes wrong arguments for what they are, and changes nothing', async () => {
    const a = await given().open()
    for (const grace of [0, -1, Number.NaN, Infinity, 2 ** 31, '', '5', null, {}])
      expect(await errorOf(() => a.acquire('door', { revocable: { grace } as never }))).to.include({
        code: 'BAD_OPTION',
        option: 'revocable.grace',
      })
    for (const revocable of [null, 5, 'yes'])
      expect(await errorOf(() => a.acquire('door', { revocable } as never))).to.include({
        code: 'BAD_OPTION',
        option: 'revocable',
      })
    expect(await errorOf(() => a.acquire('door', { revocable: { graces: 5 } as never }))).to.include({ code: 'BAD_OPTION' })
    const hold = await a.acquire('door', { revocable: true })
    const { revoke, force } = adminOf(a)
    for (const call of [revoke, force] as ((...args: unknown[]) => Promise<unknown>)[]) {
      for (const name of ['', null, 5, 'é'.repeat(129)])
        expect(await errorOf(() => call(name, hold.fence))).to.include({ code: 'BAD_OPTION', option: 'lock name' })
      for (const fence of [undefined, null, 1, Number(hold.fence), String(hold.fence), 0n, -1n, 2n ** 63n])
        expect(await errorOf(() => call('door', fence))).to.include({ code: 'BAD_OPTION', option: 'fence' })
      const options: readonly (readonly [string, unknown])[] = [
        ...[0, -1, Number.NaN, '', '5', null].map((wait) => ['wait', wait] as const),
        ...[5, null, 'two\nlines', '\u001b[2J', 'x'.repeat(257), '\ud800'].map((reason) => ['reason', reason] as const),
        ['signal', {}],
        ['grace', '5s'],
      ]
      for (const [option, value] of options)
        expect(await errorOf(() => call('door', hold.fence, { [option]: value } as RevokeOptions)), option).to.include({
          code: 'BAD_OPTION',
          option,
        })
      for (const wrong of [null, 5, 'x', []])
        expect(await errorOf(() => call('door', hold.fence, wrong))).to.include({ code: 'BAD_OPTION', option: 'options' })
    }
    hold.check()
    await hold.release()
  })
}

function adminOf(client: Locks): Admin {
  return (client as Locks & { readonly admin: Admin }).admin
}

function byType(a: { readonly [key: string]: unknown }, b: { readonly [key: string]: unknown }): number {
  return String(a['type']) < String(b['type']) ? -1 : 1
}
