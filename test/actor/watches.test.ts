import { expect } from 'chai'
import type { Ref } from '../../lib/actor/actors.ts'
import { counter, twoNodes } from './two-nodes.ts'

describe('a watch', () => {
  function watched(ref: Ref): string[] {
    const reasons: string[] = []
    ref.watch((reason) => void reasons.push(reason))
    return reasons
  }

  it('tells once when the actor stops, far and near', async () => {
    const { simulation, a, b } = twoNodes()
    const actor = a.actors.spawn('counter', counter)
    const near = watched(a.actors.ref(a.id, 'counter'))
    const far = watched(b.actors.ref(a.id, 'counter'))
    await simulation.runFor(10)
    expect([near, far]).to.deep.equal([[], []])
    actor.stop()
    await simulation.runFor(10)
    b.actors.peerGone(a.id)
    expect([near, far]).to.deep.equal([['stopped'], ['stopped']])
  })

  it('tells when the node is gone, at once when it has gone before, and soon when there is no such actor', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', counter)
    const nobody = watched(b.actors.ref(a.id, 'nobody'))
    const early = watched(b.actors.ref(a.id, 'counter'))
    await simulation.runFor(10)
    expect(nobody).to.deep.equal(["there is no actor 'nobody'"])
    b.actors.peerGone(a.id)
    const late = watched(b.actors.ref(a.id, 'counter'))
    await simulation.runFor(0)
    expect([early, late]).to.deep.equal([[`node ${a.id} is gone`], [`node ${a.id} is gone`]])
  })

  it('that was ended tells nothing, and the other node forgets it', async () => {
    const { simulation, a, b } = twoNodes()
    const actor = a.actors.spawn('counter', counter)
    const reasons: string[] = []
    const end = b.actors.ref(a.id, 'counter').watch((reason) => void reasons.push(reason))
    await simulation.runFor(10)
    end()
    end()
    await simulation.runFor(10)
    actor.stop()
    await simulation.runFor(10)
    expect(reasons).to.deep.equal([])
    expect(a.sent).to.deep.equal([])
  })

  it('that throws has no other effect', async () => {
    const { simulation, a, b } = twoNodes()
    const actor = a.actors.spawn('counter', counter)
    b.actors.ref(a.id, 'counter').watch(() => {
      throw new Error('clumsy')
    })
    const other = watched(b.actors.ref(a.id, 'counter'))
    await simulation.runFor(10)
    actor.stop()
    await simulation.runFor(10)
    expect(other).to.deep.equal(['stopped'])
    expect(b.events.map((event) => event.type)).to.deep.equal(['actorFailed'])
  })
})
