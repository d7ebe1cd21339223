import { expect } from 'chai'
import { algorithms } from '../../lib/mutex/algorithms.ts'
import { Group } from './group.ts'

describe('the locks that a node keeps', () => {
  it('thousands of names that were used once are forgotten everywhere, a slice at a time', () => {
    const group = new Group(2, { limits: { locksMax: 20_000 } })
    const seat = group.seat(0)
    for (let i = 0; i < 12_000; i++)
      seat.ask(`invoice/${i}`, { onHeld: (client) => group.time.schedule(1, () => client.release()) })
    group.settle(100)
    expect(seat.locks.size).to.equal(12_000)
    group.settle(60_000)
    expect([...group.seats.values()].map(({ locks, timers }) => [locks.size, timers.size])).to.deep.equal([
      [0, 0],
      [0, 0],
    ])
  })

  it('a full queue fails a waiter with OVERLOADED and the name of the limit', () => {
    const group = new Group(1, { limits: { waitersPerLockMax: 2, locksMax: 2 } })
    const seat = group.seat(0)
    const clients = Array.from({ length: 4 }, () => seat.ask('door'))
    expect(clients.map(({ outcome }) => outcome)).to.deep.equal(['held', 'waiting', 'waiting', 'failed'])
    expect(clients[3]?.error?.message).to.include('limits.waitersPerLockMax')
    expect(seat.ask('second').outcome).to.equal('held')
    const third = seat.ask('third')
    expect([third.outcome, third.error?.code]).to.deep.equal(['failed', 'OVERLOADED'])
  })

  it('what merely rests here gives way, the least lately used first, before a lock is refused', () => {
    for (const algorithm of algorithms.map(({ name }) => name)) {
      const group = new Group(2, { algorithm, limits: { locksMax: 3 } })
      const seat = group.seat(0)
      const held = seat.ask('held')
      group.settle(200)
      for (let i = 0; i < 20; i++) {
        const client = seat.ask(`order/${i}`)
        group.settle(200)
        expect(client.outcome, `${algorithm}: order/${i}, ${client.error?.message}`).to.equal('held')
        client.release()
        group.settle(200)
      }
      expect(held.outcome).to.equal('held')
    }
  })

  it('of the locks that rest here the one used last is the last to go', () => {
    const group = new Group(2, { limits: { locksMax: 3 } })
    const seat = group.seat(0)
    const use = (name: string): void => {
      const client = seat.ask(name)
      group.settle(200)
      client.release()
      group.settle(200)
    }
    for (const name of ['a', 'b', 'c', 'a', 'd', 'e']) use(name)
    expect(seat.locks.query('*').cached.map(({ name }) => name)).to.deep.equal(['a', 'd', 'e'])
  })

  it('a lock that was forgotten while it was held up does not take its successor away', () => {
    const group = new Group(1)
    const seat = group.seat(0)
    seat.mayGrant = false
    const early = seat.ask('door')
    early.cancel()
    expect(seat.locks.size).to.equal(0)
    seat.mayGrant = true
    const late = seat.ask('door')
    expect(late.outcome).to.equal('held')
    group.settle(1000)
    late.release()
    const again = seat.ask('door')
    group.settle(30_000)
    expect([seat.locks.size, again.fence > late.fence]).to.deep.equal([1, true])
    again.release()
    group.settle(30_000)
    expect(seat.locks.size).to.equal(0)
  })

  it('a lock more than limits.locksMax leaves nothing behind, with any algorithm', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring', 'token-ring-perpetual']) {
      const group = new Group(2, { algorithm, limits: { locksMax: 1 } })
      const seat = group.seat(0)
      seat.ask('first')
      const second = seat.ask('second')
      expect(second.error?.message, algorithm).to.include('limits.locksMax')
      expect(seat.locks.size).to.equal(1)
      expect([...seat.timers.keys()].filter((key) => key.includes('second'))).to.deep.equal([])
    }
  })
})
