import { expect } from 'chai'
import fc from 'fast-check'
import { judge, type Belief, type PeerState } from '../../lib/membership/peers.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { incarnationMax, type Update } from '../../lib/wire/messages.ts'
import { alive, down, left, Solo, suspect } from './solo.ts'

const { packMessage } = nodeFormat

function peer(state: PeerState, incarnation: number): Belief {
  return { id: 'x', address: 'x:1', state, incarnation, sinceMs: 0, suspicion: null }
}

function verdicts(known: Belief | undefined, forgotten?: { incarnation: number; left: boolean }): string[][] {
  return [4, 5, 6].map((incarnation) => [
    judge(known, forgotten, alive('x', incarnation)),
    judge(known, forgotten, suspect('x', 'a', incarnation)),
    judge(known, forgotten, down('x', 'a', incarnation)),
    judge(known, forgotten, left('x', incarnation)),
  ])
}

describe('the rules of belief', () => {
  it('let an accusation win against a life of its incarnation, and a higher life against all but leaving', () => {
    expect(verdicts(peer('alive', 5))).to.deep.equal([
      ['stale', 'stale', 'stale', 'stale'],
      ['stale', 'suspected', 'fell', 'left'],
      ['renewed', 'suspected', 'fell', 'left'],
    ])
    expect(verdicts(peer('suspect', 5))).to.deep.equal([
      ['stale', 'stale', 'stale', 'stale'],
      ['stale', 'accused', 'fell', 'left'],
      ['refuted', 'accused', 'fell', 'left'],
    ])
    expect(verdicts(peer('down', 5))).to.deep.equal([
      ['stale', 'stale', 'stale', 'stale'],
      ['stale', 'stale', 'stale', 'left'],
      ['found', 'stale', 'stale', 'left'],
    ])
    expect(verdicts(peer('left', 5)).flat()).to.deep.equal(Array(12).fill('stale'))
  })

  it('list no node because it is dead, and no reaped node again, except with a higher incarnation', () => {
    expect(verdicts(undefined)[0]).to.deep.equal(['found', 'suspected', 'stale', 'stale'])
    expect(verdicts(undefined, { incarnation: 5, left: false })).to.deep.equal([
      ['stale', 'stale', 'stale', 'stale'],
      ['stale', 'stale', 'stale', 'stale'],
      ['found', 'suspected', 'stale', 'stale'],
    ])
    expect(verdicts(undefined, { incarnation: 5, left: true }).flat()).to.deep.equal(Array(12).fill('stale'))
  })

  it('believe a leave only from the leaver itself', () => {
    expect(judge(peer('alive', 0), undefined, { ...left('x'), by: 'a' })).to.equal('stale')
  })

  it('never let an incarnation fall or a leaver return, with any news in any order', () => {
    const update: fc.Arbitrary<Update> = fc.record({
      id: fc.constantFrom('x', 'y'),
      address: fc.constantFrom('', 'x:1'),
      incarnation: fc.nat(4),
      state: fc.constantFrom('alive', 'suspect', 'down', 'left'),
      by: fc.constantFrom('x', 'y', 'a'),
    })
    fc.assert(
      fc.property(fc.array(update, { minLength: 20, maxLength: 30 }), (updates) => {
        const solo = new Solo()
        let incarnation = -1
        let hasLeft = false
        for (const news of updates) {
          // That a node left is believed from that node alone.
          solo.hear(news.by, news)
          const known = solo.membership.state.beliefs.peers.get('x')
          expect(known === undefined ? -1 : known.incarnation).to.be.at.least(incarnation)
          if (hasLeft) expect(known?.state).to.equal('left')
          if (known !== undefined) expect(known.suspicion !== null).to.equal(known.state === 'suspect')
          incarnation = known?.incarnation ?? -1
          hasLeft = known?.state === 'left'
        }
      }),
    )
  })

  it('ignore a life replayed after the death that answered it', () => {
    const solo = new Solo()
    solo.hear('a', alive('x', 10))
    solo.hear('a', down('x', 'a', 10))
    solo.hear('a', alive('x', 1))
    solo.hear('a', alive('x', 10))
    expect(solo.membership.stateOf('x')).to.equal('down')
    expect(solo.incarnationOf('x')).to.equal(10)
  })

  it('let a node that is believed down come back by its own refutation', () => {
    const solo = new Solo()
    solo.hear('a', alive('x'), down('x', 'a'), alive('x', 1))
    expect(solo.membership.stateOf('x')).to.equal('alive')
    expect(solo.heard).to.deep.equal(['found x', 'down x', 'found x'])
  })

  it('keep the first address of an id until that id itself moves on', () => {
    const solo = new Solo()
    solo.hear('a', alive('x', 3, 'x:1'), alive('x', 3, 'elsewhere:1'))
    expect(solo.membership.peers()).to.deep.equal([{ id: 'x', address: 'x:1', state: 'alive' }])
    // An accusation and a death are news, and name the incarnation whose address is known.
    for (const update of [suspect('x', 'a', 3), down('x', 'a', 3)]) solo.hear('a', { ...update, address: 'elsewhere:1' })
    expect(solo.membership.peers()).to.deep.equal([{ id: 'x', address: 'x:1', state: 'down' }])
    solo.hear('a', alive('x', 4, 'elsewhere:1'))
    expect(solo.membership.peers()).to.deep.equal([{ id: 'x', address: 'elsewhere:1', state: 'alive' }])
  })

  it('take a death from a full exchange as an accusation, so that the accused can object', () => {
    const solo = new Solo().connect('a', 'x', 'y', 'z')
    const updates = [down('x', 'b'), left('y'), alive('z', 2), suspect('w', 'b')]
    solo.membership.receive('a', { type: 'swim.sync', answer: false, updates })
    expect(['x', 'y', 'z', 'w'].map((id) => solo.membership.stateOf(id))).to.deep.equal(['suspect', 'alive', 'alive', 'suspect'])
    expect(solo.incarnationOf('z')).to.equal(2)
    expect(solo.membership.state.beliefs.peers.get('x')?.suspicion?.accusers).to.deep.equal(['a'])
  })

  it('take it from a node alone that it has left, and probe it at once when another says so', () => {
    const solo = new Solo().connect('a', 'x')
    solo.membership.start()
    solo.hear('a', left('x'))
    expect(solo.membership.stateOf('x')).to.equal('alive')
    expect(solo.heard).not.to.include('left x')
    expect(solo.sentOf('swim.ping', 'x')).to.have.length(1)
    solo.hear('x', left('x'))
    expect(solo.membership.stateOf('x')).to.equal('left')
  })

  it('hear nothing about members from whom they do not believe, and what it says of itself', () => {
    const solo = new Solo({}, 1, { believes: (from, about) => from !== 'stranger' || about === 'stranger' }).connect(
      'a',
      'x',
      'stranger',
    )
    solo.hear('stranger', down('x', 'stranger'), suspect('a', 'stranger'), alive('x', 9, 'elsewhere:1'), alive('stranger', 1))
    expect(['x', 'a'].map((id) => solo.membership.stateOf(id))).to.deep.equal(['alive', 'alive'])
    expect(solo.incarnationOf('x')).to.equal(0)
    expect(solo.incarnationOf('stranger')).to.equal(1)
  })

  it('raise the own incarnation no further than can be said', () => {
    const solo = new Solo().connect('a')
    solo.hear('a', suspect('self', 'a', incarnationMax))
    expect(solo.membership.state.self.incarnation).to.equal(incarnationMax)
    for (const { message } of solo.sent) packMessage(message)
  })

  it('tell a node that repeats a suspicion that it was refuted', () => {
    const solo = new Solo()
    solo.hear('a', alive('x', 2))
    solo.hear('b', suspect('x', 'b', 1))
    const told = solo.sentOf('swim.gossip', 'b').map((sent) => sent.message.updates)
    expect(told).to.deep.equal([[{ ...alive('x', 2), by: 'self' }]])
    expect(solo.membership.stateOf('x')).to.equal('alive')
  })

  it('reap the gone after their time, and old news do not bring them back', () => {
    const solo = new Solo({ reapMs: 5000 }).connect('a')
    solo.hear('a', alive('x', 3), down('x', 'a', 3), alive('y'))
    solo.hear('y', left('y'))
    solo.membership.start()
    solo.time.runFor(4000)
    expect(solo.membership.stateOf('x')).to.equal('down')
    solo.time.runFor(5000)
    expect(solo.membership.stateOf('x')).to.equal(undefined)
    solo.hear('a', alive('x', 3), suspect('x', 'a', 3), down('x', 'a', 9), alive('y', 7))
    expect(solo.membership.stateOf('x')).to.equal(undefined)
    expect(solo.membership.stateOf('y')).to.equal(undefined)
    solo.hear('a', alive('x', 4))
    expect(solo.membership.stateOf('x')).to.equal('alive')
  })

  it('list no more than the bound, and let the gone make room', () => {
    const solo = new Solo({ peersMax: 3 })
    solo.hear('a', alive('a'), alive('b'), alive('c'), alive('d'))
    expect(solo.membership.peers().map((known) => known.id)).to.deep.equal(['a', 'b', 'c'])
    solo.hear('a', down('b', 'a'), alive('d'))
    expect(solo.membership.peers().map((known) => known.id)).to.deep.equal(['a', 'c', 'd'])
  })
})

describe('a refutation', () => {
  it('raises the own incarnation above the accusation, and doubts oneself', () => {
    const solo = new Solo().connect('a')
    solo.hear('a', suspect('self', 'a', 5))
    expect(solo.membership.state.self.incarnation).to.equal(6)
    expect(solo.health).to.equal(1)
    expect(solo.sentOf('swim.gossip', 'a')[0]?.message.updates).to.deep.equal([{ ...alive('self', 6) }])
  })

  it('answers an accusation that was refuted before without raising anything', () => {
    const solo = new Solo().connect('a')
    solo.hear('a', suspect('self', 'a', 5))
    solo.hear('b', down('self', 'b', 5))
    expect(solo.membership.state.self.incarnation).to.equal(6)
    expect(solo.sentOf('swim.gossip', 'b')[0]?.message.updates).to.deep.equal([alive('self', 6)])
  })

  it('outbids a life that oneself never said', () => {
    const solo = new Solo()
    solo.hear('a', alive('self', 8))
    expect(solo.membership.state.self.incarnation).to.equal(9)
    expect(solo.health).to.equal(0)
  })
})
