/** Shared and exclusive requests of one node and of several, on one lock. */
import { expect } from 'chai'
import { Group } from '../group.ts'

describe('shared and exclusive waiters of a node', () => {
  it('shared holders are inside together, but do not pass a remote exclusive request', () => {
    const group = new Group(2)
    const seat = group.seat(0)
    const first = seat.ask('door', { mode: 'shared' })
    group.settle()
    const beside = seat.ask('door', { mode: 'shared' })
    expect(beside.outcome).to.equal('held')
    const alone = group.seat(1).ask('door')
    group.settle()
    const late = seat.ask('door', { mode: 'shared' })
    expect(late.outcome).to.equal('waiting')
    first.release()
    beside.release()
    group.settle()
    expect(alone.outcome).to.equal('held')
    alone.release()
    group.settle()
    expect(late.outcome).to.equal('held')
  })

  it('an entry of sharers lets in all that wait here', () => {
    const group = new Group(2)
    const alone = group.seat(1).ask('door')
    group.settle()
    const sharers = [0, 0, 0].map((i) => group.seat(i).ask('door', { mode: 'shared' }))
    group.settle()
    alone.release()
    group.settle()
    expect(sharers.map(({ outcome }) => outcome)).to.deep.equal(['held', 'held', 'held'])
  })

  it('a shared request is granted as soon as the exclusive request before it gives up', () => {
    const group = new Group(2)
    group.seat(0).ask('door', { mode: 'shared' })
    group.settle()
    const alone = group.seat(0).ask('door')
    const sharer = group.seat(0).ask('door', { mode: 'shared' })
    group.settle()
    expect(sharer.outcome).to.equal('waiting')
    alone.cancel()
    expect(sharer.outcome).to.equal('held')
  })

  it('an entry goes to a waiter of the requested mode, also if a waiter of another mode has a higher priority', () => {
    const group = new Group(2)
    const remote = group.seat(1).ask('door')
    group.settle()
    const shared = group.seat(0).ask('door', { mode: 'shared' })
    group.settle()
    const alone = group.seat(0).ask('door', { priority: 1 })
    remote.release()
    group.settle()
    expect([shared.outcome, alone.outcome]).to.deep.equal(['held', 'waiting'])
    shared.release()
    group.settle()
    expect(alone.outcome).to.equal('held')
  })

  it('a withdrawn request serves no later waiter of its mode past one of another mode between them', () => {
    for (const mode of [2, 'shared'] as const) {
      const group = new Group(2)
      const remote = group.seat(1).ask('door')
      group.settle()
      const [first, alone, late] = [{ mode }, {}, { mode }].map((options) => group.seat(0).ask('door', options))
      group.settle()
      first?.cancel()
      remote.release()
      group.settle()
      expect([alone?.outcome, late?.outcome], String(mode)).to.deep.equal(['held', 'waiting'])
      alone?.release()
      group.settle()
      expect(late?.outcome, String(mode)).to.equal('held')
    }
  })
})
