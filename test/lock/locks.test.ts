import { expect } from 'chai'
import type { NodeId } from '../../lib/base/ids.ts'
import type { PlainMode } from '../../lib/base/mode.ts'
import { counterMax, fenceParts } from '../../lib/lock/fence.ts'
import { viewId } from '../../lib/view/view.ts'
import { type Client, Group } from './group.ts'

describe('the locks of a node', () => {
  for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring', 'token-ring-perpetual']) {
    it(`${algorithm}: a waiter holds when the holder has released, under a higher fence`, () => {
      const group = new Group(3, { algorithm })
      const first = group.seat(0).ask('door')
      group.settle(200)
      const second = group.seat(1).ask('door')
      group.settle(200)
      expect([first.outcome, second.outcome]).to.deep.equal(['held', 'waiting'])
      first.release()
      group.settle(200)
      expect(second.outcome).to.equal('held')
      expect(second.fence > first.fence).to.equal(true)
    })
  }

  it('a re-acquire by the last holder is granted in the call and sends nothing', () => {
    const group = new Group(5)
    const first = group.seat(0).ask('door')
    group.settle()
    first.release()
    const { messages } = group
    for (let i = 0; i < 10; i++) {
      const again = group.seat(0).ask('door')
      expect(again.outcome).to.equal('held')
      again.release()
    }
    group.settle()
    expect(group.messages).to.equal(messages)
  })

  it('waiters of one node go by priority, then in the order of arrival', () => {
    const group = new Group(1)
    const seat = group.seat(0)
    const held = seat.ask('door')
    const low = seat.ask('door')
    const high = seat.ask('door', { priority: 5 })
    const highToo = seat.ask('door', { priority: 5 })
    for (const client of [held, high, highToo, low]) {
      expect(client.outcome).to.equal('held')
      client.release()
    }
  })

  it('a node may keep the lock for one more of its own while a remote one waits, then it goes on', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const first = seat.ask('door')
    group.settle()
    const own = [seat.ask('door'), seat.ask('door'), seat.ask('door')]
    const remote = group.seat(1).ask('door')
    group.settle()
    first.release()
    expect(own[0]?.outcome, 'the bounded handoff').to.equal('held')
    own[0]?.release()
    group.settle()
    expect([own[1]?.outcome, remote.outcome]).to.deep.equal(['waiting', 'held'])
  })

  it('a node whose turn has come again may keep the lock for one more of its own again', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    for (let turn = 1; turn <= 3; turn++) {
      const first = seat.ask('door')
      group.settle()
      const own = seat.ask('door')
      const remote = group.seat(1).ask('door')
      group.settle()
      first.release()
      expect(own.outcome, `turn ${turn}`).to.equal('held')
      own.release()
      group.settle()
      remote.release()
      group.settle()
    }
  })

  for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring', 'token-ring-perpetual']) {
    it(`${algorithm}: a node that always has waiters of its own lets a remote one in`, () => {
      for (let i = 0; i < 60; i++) {
        const remoteAtMs = i % 7
        const group = new Group(3, { algorithm })
        const again = (): void => {
          const onHeld = (held: Client): void => {
            group.time.schedule(5, () => {
              again()
              held.release()
            })
          }
          group.seat(i % 3).ask('door', { onHeld })
        }
        for (const seat of group.seats.values()) seat.ask('door', { onHeld: (held) => held.release() })
        group.settle(50 + i)
        again()
        again()
        let remote: Client | undefined
        group.time.schedule(remoteAtMs, () => {
          remote = group.seat((i + 1) % 3).ask('door')
        })
        group.settle(100)
        expect(remote?.outcome, `story ${i}`).to.equal('held')
      }
    })
  }

  it('a request keeps its place among the nodes when a waiter for which it was not made gives up', () => {
    const group = new Group(3)
    const holder = group.seat(1).ask('door')
    group.settle()
    const first = group.seat(0).ask('door', { mode: 2 })
    group.settle()
    const rival = group.seat(2).ask('door')
    const others = [{}, { mode: 2 }, { priority: 1 }].map((options) => group.seat(0).ask('door', options))
    group.settle()
    for (const other of others) other.cancel()
    holder.release()
    group.settle()
    expect([first.outcome, rival.outcome]).to.deep.equal(['held', 'waiting'])
  })

  for (const algorithm of ['home-queue', 'ricart-agrawala', 'carvalho-roucairol']) {
    it(`${algorithm}: the permits that one node wants are asked for at once`, () => {
      const timeFor = (wanted: number): number => {
        const group = new Group(3, { algorithm })
        group.seat(0).ask('door', { mode: 5 })
        group.settle()
        const clients = Array.from({ length: wanted }, () => group.seat(1).ask('door', { mode: 5 }))
        const { nowMs } = group.time
        while (clients.some(({ outcome }) => outcome !== 'held')) group.settle(1)
        return group.time.nowMs - nowMs
      }
      expect(timeFor(4)).to.equal(timeFor(1))
    })

    it(`${algorithm}: of several requests the one whose waiter gives up is withdrawn, and no other`, () => {
      const group = new Group(3, { algorithm })
      const holders = [0, 0, 2].map((at) => group.seat(at).ask('door', { mode: 3 }))
      group.settle()
      const [first, second, third] = [1, 2, 3].map(() => group.seat(1).ask('door', { mode: 3 })) as [Client, Client, Client]
      group.settle()
      second.cancel()
      const rival = group.seat(2).ask('door')
      group.settle()
      for (const holder of holders) holder.release()
      group.settle()
      expect([first.outcome, third.outcome, rival.outcome]).to.deep.equal(['held', 'held', 'waiting'])
      first.release()
      third.release()
      group.settle()
      expect(rival.outcome).to.equal('held')
    })
  }

  it('a node asks at once for no more permits than it may hold, nor for more than 32, nor past a waiter of another mode', () => {
    const asked = (modes: readonly PlainMode[]): number => {
      const group = new Group(2, { algorithm: 'ricart-agrawala' })
      const keeper = group.seat(1).ask('door')
      group.settle()
      const before = group.sent.request ?? 0
      const clients = modes.map((mode) => group.seat(0).ask('door', { mode }))
      const requests = (group.sent.request ?? 0) - before
      keeper.release()
      for (let held = clients; held.length > 0; held = clients.filter(({ outcome }) => outcome === 'held')) {
        for (const client of held) client.release()
        group.settle()
      }
      expect(clients.every(({ outcome }) => outcome === 'released')).to.equal(true)
      return requests
    }
    expect(asked([3, 3, 3, 3, 3])).to.equal(3)
    expect(asked(Array(100).fill(1000))).to.equal(32)
    expect(asked([3, 'exclusive', 3])).to.equal(1)
  })

  it('a waiter that gives up leaves no trace anywhere', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring']) {
      const group = new Group(3, { algorithm })
      const holder = group.seat(0).ask('door')
      group.settle()
      const waiter = group.seat(1).ask('door')
      group.settle()
      waiter.cancel()
      group.settle()
      expect(group.seat(1).locks.query('*').pending).to.deep.equal([])
      holder.release()
      group.settle(60_000)
      expect(waiter.outcome).to.equal('cancelled')
      for (const seat of group.seats.values()) {
        expect(seat.locks.size, `${algorithm} at ${seat.id}`).to.equal(0)
        expect(seat.timers.size).to.equal(0)
      }
      expect(group.time.pending).to.equal(0)
    }
  })

  it('a grant that comes after its waiter gave up is given back', () => {
    const group = new Group(3, { algorithm: 'token-ring' })
    const waiter = group.seat(1).ask('door')
    group.time.runFor(1)
    waiter.cancel()
    group.settle()
    const next = group.seat(2).ask('door')
    group.settle()
    expect([waiter.outcome, next.outcome]).to.deep.equal(['cancelled', 'held'])
  })

  it('token-ring skips a member that is suspected, in the next view too, and is told when that member is heard again', () => {
    const group = new Group(4, { algorithm: 'token-ring' })
    const silent = group.members[2] as NodeId
    const others = [0, 1, 3].map((i) => group.seat(i))
    let read = 0
    const { locks } = group.seat(silent)
    const receive = locks.receive.bind(locks)
    locks.receive = (from, message) => {
      read++
      receive(from, message)
    }
    for (const { locks } of others) {
      locks.silence(silent, true)
      locks.silence('stranger', true)
    }
    const useAll = (view: string): void => {
      // The name decides where the token begins: not all of them begin at the member that is silent.
      for (const seat of others) {
        for (let i = 0; i < 8; i++)
          seat.ask(`${view}/${i}`, { onHeld: (client) => group.time.schedule(1, () => client.release()) })
      }
      group.settle()
    }
    useAll('first')
    expect(read, 'messages that it was sent').to.equal(0)
    group.change(group.members, 1)
    group.settle()
    useAll('second')
    expect(read, 'messages that it was sent in the next view').to.equal(0)
    for (const { locks } of others) locks.heard(silent)
    group.settle()
    expect(read).to.be.greaterThan(0)
    expect(group.judge.order).to.have.length(48)
  })

  it('a try is refused by a holder here or elsewhere, by a waiter, and granted otherwise', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring']) {
      const group = new Group(3, { algorithm })
      const trier = group.seat(2).ask('door', { ifFree: true })
      group.settle()
      expect(trier.outcome, algorithm).to.equal('held')
      const here = group.seat(2).ask('door', { ifFree: true })
      const elsewhere = group.seat(1).ask('door', { ifFree: true })
      group.settle()
      expect([here.outcome, elsewhere.outcome]).to.deep.equal(['refused', 'refused'])
      const waiter = group.seat(0).ask('door')
      group.settle()
      trier.release()
      const behind = group.seat(0).ask('door', { ifFree: true })
      group.settle()
      expect([waiter.outcome, behind.outcome]).to.deep.equal(['held', 'refused'])
    }
  })

  it('a waiter with a higher priority is not refused because of a try', () => {
    const group = new Group(2)
    const holder = group.seat(1).ask('door')
    group.settle()
    const trier = group.seat(0).ask('door', { ifFree: true })
    const patient = group.seat(0).ask('door', { priority: 1 })
    group.settle()
    expect([trier.outcome, patient.outcome]).to.deep.equal(['refused', 'waiting'])
    holder.release()
    group.settle()
    expect(patient.outcome).to.equal('held')
  })

  it('permits by the thousand that are free at once are given out without recursion', () => {
    for (const nodes of [1, 2]) {
      const group = new Group(nodes, { limits: { waitersPerLockMax: 10_000 } })
      const holder = group.seat(nodes - 1).ask('pool')
      group.settle(200)
      const clients = Array.from({ length: 3000 }, () => group.seat(0).ask('pool', { mode: 20_000 }))
      group.settle(200)
      holder.release()
      group.settle(2000)
      expect(new Set(clients.map(({ outcome }) => outcome))).to.deep.equal(new Set(['held']))
      for (const client of clients) client.release()
      group.settle(60_000)
      expect(group.seat(0).locks.size).to.equal(0)
    }
  })

  it('nothing is granted while the session does not allow it, and soon after it does', () => {
    const group = new Group(1)
    const seat = group.seat(0)
    seat.mayGrant = false
    const client = seat.ask('door')
    group.settle()
    expect(client.outcome).to.equal('waiting')
    seat.mayGrant = true
    group.settle(100)
    expect(client.outcome).to.equal('held')
  })

  it('a request that entered and is withdrawn before its grant gives way to the next', () => {
    const group = new Group(1)
    const seat = group.seat(0)
    seat.mayGrant = false
    const withdrawn = seat.ask('door')
    const next = seat.ask('door', { mode: 'shared' })
    withdrawn.cancel()
    seat.mayGrant = true
    group.settle(100)
    expect([withdrawn.outcome, next.outcome]).to.deep.equal(['cancelled', 'held'])
  })

  it('fences that run out stop the grants until a new view, which is asked for before', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const id = viewId(group.viewOf(group.members))
    const body = { kind: 'done', stamp: { time: 1, count: 0, id: 'nb' } } as const
    const last = seat.ask('door')
    group.settle()
    seat.locks.receive('nb', { type: 'lock', view: id, lock: 'door', counter: counterMax - 1, body })
    last.release()
    const highest = seat.ask('door')
    expect(fenceParts(highest.fence).counter).to.equal(counterMax)
    expect(seat.wantsNewEpoch).to.be.greaterThan(0)
    highest.release()
    const next = seat.ask('door')
    expect(next.outcome).to.equal('waiting')
    group.change(group.members, 5)
    group.settle()
    expect(next.outcome).to.equal('held')
    expect(next.fence > highest.fence).to.equal(true)
  })

  it('a query lists the holds, the waiters and the resting locks here', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const held = seat.ask('door')
    group.settle()
    const { owner } = seat.ask('door')
    group.settle(500)
    const { held: holds, pending, cached } = seat.locks.query('do*')
    expect(holds).to.deep.equal([
      { name: 'door', mode: 'exclusive', fence: held.fence, holder: 'na', owner: held.owner, heldMs: 1498, meta: null },
    ])
    expect(pending).to.deep.equal([{ name: 'door', mode: 'exclusive', node: 'na', owner, waitedMs: 500, meta: null }])
    expect(cached).to.deep.equal([{ name: 'door', node: 'na', token: false, permissions: ['nb'] }])
    expect(seat.locks.query('gate').held).to.deep.equal([])
  })
})
