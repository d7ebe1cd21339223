import { expect } from 'chai'
import type { NodeHold } from '../../../lib/node/hold.ts'
import type { RevokeOutcome } from '../../../lib/port/hold-end.ts'
import type { Hold } from '../../../lib/port/hold.ts'
import type { Revocation } from '../../../lib/port/revocable.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const codeAndReason = (error: unknown): unknown => {
  const { code, reason } = error as { readonly code?: string; readonly reason?: string }
  return [code, reason]
}

const hosts = ['one', 'two', 'three']

describe('orders to end a hold, in a cluster', () => {
  let pool: Pool
  let workers: Worker[]

  const nowMs = (): number => pool.simulation.time.nowMs
  const runFor = (ms: number): Promise<void> => pool.simulation.runFor(ms)
  const outcome = <T>(promise: Promise<T>): Promise<T> => pool.outcome(promise)
  const [a, b, c] = [0, 1, 2].map((index) => ({
    get worker(): Worker {
      return workers[index] as Worker
    },
    get node() {
      return (workers[index] as Worker).node
    },
    get world() {
      return (workers[index] as Worker).world
    },
  })) as [Seat, Seat, Seat]

  async function begin(isQuorum = false): Promise<void> {
    pool = new Pool(73)
    workers = isQuorum
      ? await pool.startAll(3, { join: hosts.map((host) => `${host}:7000`) }, (index) => hosts[index] as string)
      : await pool.startAll(3)
  }

  afterEach(() => pool.closeAll())

  it('ask the holder, who is told by whom, why and until when, and resolve when it has released', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: '5s' } }))
    const told: Revocation[] = []
    hold.onRevoke((revocation) => told.push(revocation))
    const next = b.node.acquire('door')
    const order = c.node.admin.revoke('door', hold.fence, { reason: 'a hotfix' })
    await pool.simulation.runUntil(() => told.length > 0, 1000)
    expect(told).to.deep.equal([{ by: c.node.id, reason: 'a hotfix', leftMs: 5000 }])
    await runFor(1000)
    expect(hold.state).to.equal('held')
    await hold.release()
    expect(await outcome(order)).to.equal('released')
    await (await outcome(next)).release()
    await runFor(10_000)
    expect(told).to.have.length(1)
    const { fence } = hold
    const told0 = { lock: 'door', fence, by: c.node.id, reason: 'a hotfix' }
    const ended = { type: 'revokeEnded', ...told0, holder: a.node.id, isForced: false, outcome: 'released' }
    expect(audit(a)).to.deep.equal([{ type: 'revokeAsked', ...told0, graceMs: 5000 }, ended])
    expect([audit(b), audit(c)]).to.deep.equal([[], [ended]])
  })

  it('end the hold when its grace is over: its owner knows it before the next waiter is granted', async () => {
    await begin()
    const order: string[] = []
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: 700 } }))
    hold.signal.addEventListener('abort', () => order.push('aborted'))
    a.node.on('lockLost', () => order.push('lost'))
    b.node.on('lockGranted', () => order.push('granted'))
    const next = b.node.acquire('door')
    const sinceMs = nowMs()
    expect(await outcome(b.node.admin.revoke('door', hold.fence))).to.equal('revoked')
    expect(nowMs() - sinceMs).to.be.within(700, 720)
    const second = await outcome(next)
    expect(order).to.deep.equal(['aborted', 'lost', 'granted'])
    expect(codeAndReason(hold.signal.reason)).to.deep.equal(['LOST', 'revoked'])
    expect((hold.signal.reason as Error).message).to.include(`${b.node.id} asked it back, and its grace of 700 ms is over`)
    expect(second.fence > hold.fence).to.equal(true)
    expect(await hold.release()).to.equal('lost')
    await second.release()
  })

  it('tell a listener that comes late at its own call, and each listener once', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: true }))
    const told: unknown[] = []
    const order = b.node.admin.revoke('door', hold.fence)
    await runFor(3000)
    hold.onRevoke(({ by, leftMs }) => told.push(by, Math.round(leftMs / 100)))
    expect(told).to.deep.equal([b.node.id, 70])
    const again = c.node.admin.revoke('door', hold.fence)
    await runFor(1000)
    await hold.release()
    expect(await outcome(Promise.all([order, again]))).to.deep.equal(['released', 'released'])
    hold.onRevoke(() => told.push('after the end'))
    expect(told).to.have.length(2)
  })

  it('suffer no harm by listeners that throw, reject, never settle or are taken away', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: 500 } }))
    const told: string[] = []
    hold.onRevoke(() => {
      told.push('throws')
      throw new Error('mine')
    })
    hold.onRevoke(async () => {
      told.push('rejects')
      throw new Error('mine')
    })
    hold.onRevoke(() => new Promise(() => told.push('never settles')))
    hold.onRevoke(() => told.push('taken away'))()
    const other = (): unknown => told.push('twice')
    hold.onRevoke(other)
    hold.onRevoke(other)
    expect(await outcome(b.node.admin.revoke('door', hold.fence))).to.equal('revoked')
    expect(told).to.deep.equal(['throws', 'rejects', 'never settles', 'twice', 'twice'])
    await (await outcome(c.node.acquire('door'))).release()
  })

  it('are refused for a hold that is not revocable, which stands, until it is forced', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door'))
    expect(() => hold.onRevoke(() => {})).to.throw('give its request the option revocable')
    const next = b.node.acquire('door')
    for (const seat of [a, b]) {
      const error = await outcome(rejection(seat.node.admin.revoke('door', hold.fence)))
      expect(codeAndReason(error)).to.deep.equal(['REFUSED', 'not-revocable'])
      hold.check()
    }
    const order: string[] = []
    hold.signal.addEventListener('abort', () => order.push('aborted'))
    b.node.on('lockGranted', () => order.push('granted'))
    expect(await outcome(b.node.admin.force('door', hold.fence, { reason: 'stuck' }))).to.equal('forced')
    const second = await outcome(next)
    expect(order).to.deep.equal(['aborted', 'granted'])
    expect(codeAndReason(hold.signal.reason)).to.deep.equal(['LOST', 'forced'])
    expect((hold.signal.reason as Error).message).to.include(`${b.node.id} ended it by force (stuck)`)
    expect(audit(a).map(({ outcome: each }) => each)).to.deep.equal(['refused', 'refused', 'forced'])
    expect(audit(b).map(({ outcome: each }) => each)).to.deep.equal(['refused', 'forced'])
    await second.release()
  })

  it('touch nothing if the fence is stale, of another lock, or of no grant', async () => {
    await begin()
    const first = await outcome(a.node.acquire('door', { revocable: true }))
    await first.release()
    const hold = await outcome(a.node.acquire('door', { revocable: true }))
    const told: unknown[] = []
    hold.onRevoke((revocation) => told.push(revocation))
    const { admin } = b.node
    const orders = [admin.force('door', first.fence), admin.revoke('door', first.fence), admin.force('gate', hold.fence)]
    expect(await outcome(Promise.all([...orders, admin.force('door', 1n), admin.force('door', hold.fence + 1n)]))).to.deep.equal(
      Array.from({ length: 5 }, () => 'absent'),
    )
    hold.check()
    expect(told).to.deep.equal([])
    await hold.release()
  })

  it('race with the release, and the outcome says which was first', async () => {
    await begin()
    const seen = new Set<RevokeOutcome>()
    for (let i = 0; i < 24; i++) {
      const hold = await outcome(a.node.acquire('door', { revocable: { grace: 4 } }))
      pool.simulation.time.schedule(i / 3, () => void hold.release())
      const order = i % 2 === 0 ? b.node.admin.revoke('door', hold.fence) : b.node.admin.force('door', hold.fence)
      const ended = await outcome(order)
      seen.add(ended)
      expect(hold.state).to.equal(ended === 'revoked' || ended === 'forced' ? 'lost' : 'released')
      await (await outcome(c.node.acquire('door'))).release()
    }
    expect([...seen]).to.include.members(['absent', 'forced', 'released', 'revoked'])
  })

  it('end a hold whose process stands still beyond the grace, at the latest when its session is over', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: 300 } }))
    const order = b.node.admin.revoke('door', hold.fence)
    await runFor(100)
    a.world.pause()
    await runFor(1000)
    expect((hold as NodeHold).stands()).to.equal(false)
    a.world.resume()
    expect(() => hold.check()).to.throw('its grace of 300 ms is over')
    expect(await outcome(order)).to.equal('revoked')

    const paused = await outcome(a.node.acquire('door'))
    a.world.pause()
    const next = b.node.acquire('door')
    const sinceMs = nowMs()
    expect(await outcome(c.node.admin.force('door', paused.fence))).to.equal('lost')
    expect(nowMs() - sinceMs).to.be.at.least(1000)
    expect((paused as NodeHold).stands()).to.equal(false)
    const second = await outcome(next)
    a.world.resume()
    expect(paused.state).to.equal('lost')
    await runFor(5000)
    await second.release()
  })

  it('resolve to lost when the holder crashes, before and after it was asked', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: true }))
    const order = b.node.admin.revoke('door', hold.fence)
    await runFor(1000)
    a.world.crash()
    expect(await outcome(order)).to.equal('lost')
    const held = await outcome(b.node.acquire('gate'))
    await pool.agree()
    const force = c.node.admin.force('gate', held.fence)
    b.world.crash()
    expect(await outcome(force)).to.equal('lost')
    expect(await outcome(c.node.admin.force('gate', held.fence))).to.equal('absent')
    await (await outcome(c.node.acquire('gate'))).release()
  })

  it('stand when the one that gave them crashes', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: '2s' } }))
    void b.node.admin.revoke('door', hold.fence).catch(() => {})
    await runFor(500)
    b.world.crash()
    const next = c.node.acquire('door')
    await (await outcome(next)).release()
    expect(codeAndReason(hold.signal.reason)).to.deep.equal(['LOST', 'revoked'])
    expect(audit(a).map(({ outcome: each }) => each)).to.deep.equal([undefined, 'revoked'])
  })

  it('wait for no member but the holder, once an exclusive holder has answered', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door'))
    c.world.pause()
    const sinceMs = nowMs()
    expect(await outcome(b.node.admin.force('door', hold.fence))).to.equal('forced')
    expect(nowMs() - sinceMs).to.be.below(100)
    c.world.resume()
  })

  it('reach every shared holder that has the fence', async () => {
    await begin()
    const holds: Hold[] = []
    for (const seat of [a, b, c]) {
      for (let i = 0; i < 4; i++) holds.push(await outcome(seat.node.acquire('page', { mode: 'shared' })))
    }
    const fence = holds.map((hold) => hold.fence).find((each, index, all) => all.indexOf(each) !== index)
    const fences = fence === undefined ? [holds[0]?.fence as bigint] : [fence]
    for (const each of fences) {
      expect(await outcome(c.node.admin.force('page', each))).to.equal('forced')
      for (const hold of holds) expect(hold.state === 'lost').to.equal(hold.fence === each)
    }
    for (const hold of holds) await hold.release()
  })

  it('wait out the session of a holder beyond a partition, and resolve once it is over', async () => {
    await begin(true)
    const hold = await outcome(a.node.acquire('door'))
    const holder = a.node.id
    pool.simulation.network.faults.partition(['one'], ['two', 'three'])
    const next = b.node.acquire('door')
    const early = await outcome(rejection(b.node.admin.force('door', hold.fence, { wait: 200 })))
    expect(early).to.include({ code: 'TIMEOUT', definite: false })
    expect((early as Error).message).to.include(`no answer of ${holder}`)
    expect(await outcome(b.node.admin.force('door', hold.fence))).to.equal('lost')
    expect((hold as NodeHold).stands()).to.equal(false)
    expect(codeAndReason(hold.signal.reason)).to.deep.equal(['LOST', 'session'])
    const second = await outcome(next)
    pool.simulation.network.faults.heal()
    await pool.agree()
    second.check()
    await second.release()
  })

  it('end with an error that says that they may stand, when the session of the one that gave them ends', async () => {
    await begin(true)
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: '60s' } }))
    const order = rejection(b.node.admin.revoke('door', hold.fence))
    await runFor(200)
    pool.simulation.network.faults.partition(['two'], ['one', 'three'])
    expect(await outcome(order)).to.include({ code: 'NO_QUORUM', definite: false })
    expect(audit(b).map(({ outcome: each }) => each)).to.deep.equal(['unknown'])
    const waits = rejection(b.node.admin.revoke('door', hold.fence, { wait: 500 }))
    expect((await outcome(waits)) as Error)
      .to.have.property('message')
      .that.includes('this node is in no active view')
    // Given while there is no view, an order goes out in the next one.
    const later = b.node.admin.force('door', hold.fence)
    pool.simulation.network.faults.heal()
    expect(await outcome(later)).to.equal('forced')
  })

  it('wait by wait and signal, end with close, and leave no timer', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: '30s' } }))
    const { admin } = b.node
    const late = await outcome(rejection(admin.revoke('door', hold.fence, { wait: 100 })))
    expect(late).to.include({ code: 'TIMEOUT', definite: false })
    expect((late as Error).message).to.include(`its owner at ${a.node.id} was asked`)
    const aborter = new AbortController()
    const aborted = rejection(admin.revoke('door', hold.fence, { signal: aborter.signal }))
    await runFor(10)
    aborter.abort('enough')
    expect(await outcome(aborted)).to.include({ code: 'ABORTED', definite: false, cause: 'enough' })
    expect(await outcome(rejection(admin.revoke('door', hold.fence, { signal: aborter.signal })))).to.include({
      code: 'ABORTED',
      definite: true,
    })
    const closing = rejection(admin.revoke('door', hold.fence))
    const before = admin
    await outcome(b.node.close())
    expect(await outcome(closing)).to.include({ code: 'CLOSED' })
    expect(await outcome(rejection(before.force('door', hold.fence)))).to.include({ code: 'CLOSED' })
    hold.check()
    // What is left of the grace counts for its owner.
    await runFor(26_000)
    expect(() => hold.check('4s')).to.throw('are certain to be left')
    await hold.release()
    expect(b.world.timerCount).to.equal(0)
  })

  it('are for the latest hold of a node that forces its own', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: true, maxHold: '20s' }))
    expect(await outcome(a.node.admin.force('door', hold.fence))).to.equal('forced')
    expect(audit(a)).to.have.length(1)
    const limited = await outcome(a.node.acquire('door', { revocable: true, maxHold: 50 }))
    expect(await outcome(a.node.admin.revoke('door', limited.fence))).to.equal('lost')
    expect(codeAndReason(limited.signal.reason)).to.deep.equal(['LOST', 'maxHold'])
  })

  it('wait for a view that their fence belongs to, since a member of it may have the hold', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door'))
    const ahead = hold.fence + 10n * 2n ** 28n
    const error = await outcome(rejection(b.node.admin.force('door', ahead, { wait: 100 })))
    expect(error).to.include({ code: 'TIMEOUT', definite: false })
    expect(error.message).to.include('the fence is above those of the newest view that this node knows')
    hold.check()
    await hold.release()
  })

  it('are given in bounded number by one node', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: true }))
    const orders = Array.from({ length: 1001 }, () => rejection(b.node.admin.revoke('door', hold.fence, { wait: 50 })))
    const errors = await outcome(Promise.all(orders))
    expect(errors.at(-1)).to.include({ code: 'OVERLOADED' })
    expect(errors.filter(({ code }) => code === 'TIMEOUT')).to.have.length(1000)
    await hold.release()
    expect(await outcome(b.node.admin.revoke('door', hold.fence))).to.equal('absent')
  })

  it('tell a listener outside of the function whose owner gave them', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: { grace: '30s' } }))
    let other: Promise<unknown> | undefined
    hold.onRevoke(() => {
      other = a.node.tryAcquire('gate', { reentrant: true })
      return hold.release()
    })
    const ended = a.node.withLock('gate', { reentrant: true }, () => a.node.admin.revoke('door', hold.fence))
    expect(await outcome(ended)).to.equal('released')
    expect(await outcome(other as Promise<unknown>)).to.equal(null)
  })

  it('are taken in bounded number by one hold', async () => {
    await begin()
    const hold = await outcome(a.node.acquire('door', { revocable: true }))
    const orders = Array.from({ length: 600 }, (_, i) => [b, c][i % 2]?.node.admin.revoke('door', hold.fence, { wait: 50 }))
    const refused = await outcome(Promise.all(orders.map((order) => rejection(order as Promise<unknown>))))
    expect(new Set(refused.map(({ code }) => code))).to.deep.equal(new Set(['TIMEOUT']))
    const more = Array.from({ length: 600 }, () => b.node.admin.revoke('door', hold.fence, { wait: 50 }))
    const codes = (await outcome(Promise.all(more.map(rejection)))).map(({ code }) => code)
    expect(codes.filter((code) => code === 'OVERLOADED')).to.have.length(200)
    hold.check()
    await hold.release()
  })

  function audit({ worker }: Seat): readonly Record<string, unknown>[] {
    return worker.events
      .filter(({ type }) => type === 'revokeAsked' || type === 'revokeEnded')
      .map((event) => Object.fromEntries(Object.entries(event)))
  }
})

interface Seat {
  readonly worker: Worker
  readonly node: Worker['node']
  readonly world: Worker['world']
}
