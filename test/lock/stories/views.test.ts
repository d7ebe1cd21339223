import { expect } from 'chai'
import { Mode } from '../../../lib/base/mode.ts'
import { fenceParts } from '../../../lib/lock/fence.ts'
import { type ViewId, viewId } from '../../../lib/view/view.ts'
import type { Carried } from '../../../lib/view/flush-host.ts'
import { Group } from '../group.ts'

describe('locks over a view change', () => {
  for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring', 'maekawa']) {
    it(`${algorithm}: a hold is carried over with its fence and keeps the others out`, () => {
      const group = new Group(3, { algorithm })
      const holder = group.seat(1).ask('door')
      group.settle()
      const { fence } = holder
      group.change([...group.members, group.add().id], 10)
      const waiters = [0, 2, 3].map((i) => group.seat(group.members[i] ?? 'nd').ask('door'))
      group.settle()
      expect([holder.outcome, holder.fence]).to.deep.equal(['held', fence])
      expect(waiters.map(({ outcome }) => outcome)).to.deep.equal(['waiting', 'waiting', 'waiting'])
      holder.release()
      group.settle()
      expect(waiters.filter(({ outcome }) => outcome === 'held')).to.have.length(1)
    })

    it(`${algorithm}: a hold that was claimed and ended before the activation is released on arrival`, () => {
      const group = new Group(3, { algorithm })
      const holder = group.seat(0).ask('door')
      group.settle()
      const waiter = group.seat(1).ask('door')
      group.settle()
      for (const id of group.members) group.seat(id).locks.stop()
      const { holds } = group.seat(0).locks.claim(group.viewOf(group.members))
      expect(holds).to.have.length(1)
      holder.release()
      group.epoch++
      for (const id of group.members) group.activate(id, group.viewOf(group.members), holds)
      group.settle()
      expect(waiter.outcome).to.equal('held')
    })
  }

  it('a stopped lock says nothing: neither a release nor a request', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'token-ring']) {
      const group = new Group(2, { algorithm })
      const holder = group.seat(0).ask('door')
      group.settle()
      group.seat(1).ask('door')
      group.settle()
      const { messages } = group
      group.seat(0).locks.stop()
      holder.release()
      group.seat(0).ask('door')
      expect(group.messages - messages, algorithm).to.equal(0)
    }
  })

  it('an entry that was held up is worth nothing in the next view: there the request is made again', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    seat.mayGrant = false
    const waiter = seat.ask('door')
    group.settle(10)
    group.change(group.members, 5)
    const before = group.seat(1).ask('door')
    group.settle(100)
    seat.mayGrant = true
    group.settle(100)
    expect([waiter.outcome, before.outcome]).to.deep.equal(['held', 'waiting'])
    waiter.release()
    group.settle(100)
    expect(before.outcome).to.equal('held')
  })

  it('a message of a newer view waits for it, though the older is still active', () => {
    const group = new Group(2)
    group.epoch++
    const view = group.viewOf(group.members)
    const body = { kind: 'request', stamp: { time: 9, count: 0, id: 'nb' }, mode: Mode.exclusive, ifFree: false } as const
    const { messages } = group
    group.seat(0).locks.receive('nb', { type: 'lock', view: viewId(view), lock: 'gate', counter: 0, body })
    expect(group.messages - messages).to.equal(0)
    group.seat(0).locks.stop()
    group.activate('na', view, [])
    expect(group.messages - messages, 'its reply').to.equal(1)
  })

  it('waiters keep their places: requests go over with their original stamps', () => {
    for (const algorithm of ['carvalho-roucairol', 'ricart-agrawala']) {
      const group = new Group(4, { algorithm })
      const holder = group.seat(0).ask('door')
      group.settle()
      const waiters = [3, 1, 2].map((i) => {
        const waiter = group.seat(i).ask('door')
        group.settle(10)
        return waiter
      })
      for (let i = 0; i < 5; i++) {
        group.change(group.members, 30)
        group.settle(200)
      }
      for (const next of [holder, ...waiters]) {
        expect(next.outcome, `${algorithm} ${next.seat.id}`).to.equal('held')
        next.release()
        group.settle(100)
      }
    }
  })

  it('sharers of one node are carried as one entry, and leave one by one', () => {
    const group = new Group(2)
    const sharers = [0, 0, 0, 1].map((i) => group.seat(i).ask('door', { mode: 'shared' }))
    group.settle()
    const alone = group.seat(1).ask('door')
    group.change(group.members, 5)
    group.settle()
    for (const sharer of sharers) {
      expect(alone.outcome).to.equal('waiting')
      expect(sharer.outcome).to.equal('held')
      sharer.release()
      group.settle(50)
    }
    expect(alone.outcome).to.equal('held')
  })

  it('fences are counted from the first in each view, also after locks were forgotten in the one before', () => {
    const group = new Group(1)
    for (let i = 0; i < 5; i++) group.seat(0).ask('door').release()
    group.settle(60_000)
    expect(group.seat(0).locks.size).to.equal(0)
    group.change(group.members, 5)
    group.settle()
    expect(fenceParts(group.seat(0).ask('gate').fence).counter).to.equal(1)
  })

  it('permissions kept in one view are worth nothing in the next', () => {
    const group = new Group(3)
    const first = group.seat(0).ask('door')
    group.settle()
    first.release()
    group.change(group.members, 5)
    group.settle()
    const { messages } = group
    group.seat(0).ask('door')
    group.settle()
    expect(group.messages - messages).to.equal(4)
  })

  it('a reply of an older view counts for nothing, one of a newer view waits for it', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const waiter = seat.ask('door')
    const older = viewId(group.viewOf(group.members))
    seat.locks.stop()
    const stamp = { time: 1, count: 0, id: 'na' }
    const body = { kind: 'reply', stamp, using: 0, keep: true } as const
    seat.locks.receive('nb', { type: 'lock', view: older, lock: 'door', counter: 0, body })
    group.epoch++
    const view = group.viewOf(group.members)
    const request = { kind: 'request', stamp: { time: 9, count: 0, id: 'nb' }, mode: Mode.exclusive, ifFree: false }
    seat.locks.receive('nb', { type: 'lock', view: viewId(view), lock: 'gate', counter: 0, body: request })
    group.activate('na', view, [])
    seat.locks.receive('nb', { type: 'lock', view: older, lock: 'door', counter: 0, body })
    expect(waiter.outcome).to.equal('waiting')
    expect(group.trace.some((line) => line.includes('na>nb gate') && line.includes('reply'))).to.equal(true)
    seat.locks.receive('nb', { type: 'lock', view: viewId(view), lock: 'door', counter: 0, body })
    expect(waiter.outcome).to.equal('held')
  })

  it('a message of another view with the same epoch counts for nothing', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const waiter = seat.ask('door')
    const { epoch, digest } = viewId(group.viewOf(group.members))
    const reply = { kind: 'reply', stamp: { time: 1, count: 0, id: 'na' }, using: 0, keep: true } as const
    const replyIn = (view: ViewId): void =>
      seat.locks.receive('nb', { type: 'lock', view, lock: 'door', counter: 0, body: reply })
    replyIn({ epoch, digest: digest + 1 })
    expect(waiter.outcome).to.equal('waiting')
    replyIn({ epoch, digest })
    expect(waiter.outcome).to.equal('held')
  })

  it('a release of a lost hold does nothing in a later epoch', () => {
    const group = new Group(1)
    const seat = group.seat(0)
    const lost = seat.ask('door')
    seat.locks.end({ reason: 'session', message: 'over' })
    expect(lost.outcome).to.equal('lost')
    group.epoch++
    group.activate('na', group.viewOf(group.members), [])
    const next = seat.ask('door')
    const other = seat.ask('door')
    seat.locks.release(lost)
    expect([next.outcome, other.outcome]).to.deep.equal(['held', 'waiting'])
  })

  it('at the end of the session the holds are lost and the waiters can be taken to another tenure', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const held = seat.ask('door')
    group.settle()
    const waiters = [seat.ask('door'), seat.ask('door'), seat.ask('gate')]
    seat.locks.suspect(true)
    expect(held.isSuspect).to.equal(true)
    seat.locks.suspect(false)
    expect(held.isSuspect).to.equal(false)
    seat.locks.end({ reason: 'session', message: 'over' })
    expect(held.outcome).to.equal('lost')
    expect(seat.events.filter(({ type }) => type === 'lockLost')).to.have.length(1)
    expect(seat.locks.takeWaiters()).to.deep.equal(waiters)
    expect(seat.locks.takeWaiters()).to.deep.equal([])
  })

  it('a leaver gives up its holds, so that no node waits for it', () => {
    const group = new Group(3)
    const held = group.seat(0).ask('door')
    group.settle()
    const waiter = group.seat(1).ask('door')
    group.settle()
    group.seat(0).mayGrant = false
    group.seat(0).locks.giveUp({ reason: 'closed', message: 'closed' })
    group.settle()
    expect([held.outcome, waiter.outcome]).to.deep.equal(['lost', 'held'])
  })
})

/** A new epoch in which every unknown node is waited out for 3000 ms. */
function afresh(group: Group, carried: readonly Carried[]): void {
  group.epoch++
  group.evicted.set('*', { overAtMs: group.time.nowMs + 3000, lastEpoch: 0 })
  const view = group.viewOf(group.members)
  for (const id of group.members) group.install(id, view)
  for (const id of group.members) group.activate(id, view, carried)
}

describe('locks after an eviction', () => {
  const quarantined = (): Group => {
    const group = new Group(3)
    afresh(group, [])
    return group
  }

  it('nothing is entered until the evicted one is waited out', () => {
    const group = quarantined()
    const waiter = group.seat(0).ask('door')
    group.time.runFor(2999)
    expect(waiter.outcome).to.equal('waiting')
    group.time.runFor(2)
    expect(waiter.outcome).to.equal('held')
  })

  it('a try waits as well, because no site knows that the lock is not free; tries behind it are refused', () => {
    const group = quarantined()
    const trier = group.seat(0).ask('door', { ifFree: true })
    const behind = group.seat(0).ask('door', { ifFree: true })
    const elsewhere = group.seat(1).ask('door', { ifFree: true })
    group.time.runFor(2900)
    expect([trier.outcome, behind.outcome, elsewhere.outcome]).to.deep.equal(['waiting', 'refused', 'refused'])
    group.time.runFor(200)
    expect(trier.outcome).to.equal('held')
  })

  it('a lock that a survivor holds exclusively is settled; shared holds settle nothing', () => {
    for (const mode of ['exclusive', 'shared'] as const) {
      const group = new Group(3)
      const holder = group.seat(0).ask('door', { mode })
      group.settle()
      // An evicted node may hold it beside a sharer, or wait for a permission that it has in part.
      group.seat(2).ask('door', { mode })
      group.settle()
      group.change(['na', 'nb'], 5, 3000)
      group.settle(500)
      const waiter = group.seat(1).ask('door')
      holder.release()
      group.settle(500)
      expect(waiter.outcome, mode).to.equal(mode === 'exclusive' ? 'held' : 'waiting')
      group.settle(3000)
      expect(waiter.outcome, mode).to.equal('held')
    }
  })

  it('a sharer beside a carried one enters when the wait is over, at the latest', () => {
    const group = new Group(3)
    for (const at of [0, 2]) group.seat(at).ask('door', { mode: 'shared' })
    group.settle()
    group.change(['na', 'nb'], 5, 3000)
    group.settle(500)
    const beside = group.seat(0).ask('door', { mode: 'shared' })
    group.settle(5000)
    expect(beside.outcome).to.equal('held')
  })

  it('a request only for a free lock waits beside a carried sharer too, for the wait concerns both', () => {
    const group = new Group(3)
    for (const at of [0, 2]) group.seat(at).ask('door', { mode: 'shared' })
    group.settle()
    group.change(['na', 'nb'], 5, 3000)
    group.settle(500)
    const trier = group.seat(0).ask('door', { mode: 'shared', ifFree: true })
    const patient = group.seat(0).ask('door', { mode: 'shared' })
    const behind = group.seat(0).ask('door', { mode: 'shared', ifFree: true })
    group.settle(100)
    expect([trier.outcome, patient.outcome, behind.outcome]).to.deep.equal(['waiting', 'waiting', 'refused'])
    group.settle(5000)
    expect([trier.outcome, patient.outcome]).to.deep.equal(['held', 'held'])
  })

  it('what is held up by the session is not kept back by what waits for a quarantine', () => {
    const group = new Group(2)
    const na = group.seat(0)
    const carried = [{ lock: 'settled', holder: 'na', mode: Mode.exclusive, fence: 1n }]
    afresh(group, carried)
    na.mayGrant = false
    const settled = na.ask('settled')
    group.settle(10)
    na.mayGrant = true
    const doubted = na.ask('doubted')
    group.settle(100)
    expect([settled.outcome, doubted.outcome]).to.deep.equal(['held', 'waiting'])
    group.settle(3000)
    expect(doubted.outcome).to.equal('held')
  })
})
