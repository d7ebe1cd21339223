import { expect } from 'chai'
import type { HoldfastError } from '../../lib/base/errors.ts'
import type { ActorContext, Reply } from '../../lib/actor/actors.ts'
import { counter, failure, twoNodes } from './two-nodes.ts'

describe('an ask', () => {
  it('is answered undefined when the handler says nothing, as a sign that it ran', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', counter)
    expect(await simulation.outcome(b.actors.ref(a.id, 'counter').ask('silent'))).to.equal(undefined)
  })

  it('ends at its deadline, and the late answer is ignored', async () => {
    const { simulation, a, b } = twoNodes()
    const replies: Reply[] = []
    a.actors.spawn('late', {
      init: () => null,
      receive: (_, _body, context: ActorContext) => void replies.push(context.deferReply()),
    })
    const first = failure(b.actors.ref(a.id, 'late').ask('x', { wait: 50 }))
    expect(await simulation.outcome(first)).to.equal('TIMEOUT')
    const second = b.actors.ref(a.id, 'late').ask('y', { wait: 50 })
    await simulation.runFor(10)
    expect(replies[0]?.reply('late')).to.equal(true)
    expect(replies[1]?.reply('in time')).to.equal(true)
    expect(replies[1]?.reply('twice')).to.equal(false)
    expect(await simulation.outcome(second)).to.equal('in time')
    expect(b.actors.asksOpen).to.equal(0)
  })

  it('waits five seconds by default', async () => {
    const { simulation, a, b } = twoNodes()
    a.deaf = true
    a.actors.spawn('counter', counter)
    const begunMs = simulation.time.nowMs
    expect(await simulation.outcome(failure(b.actors.ref(a.id, 'counter').ask('read')))).to.equal('TIMEOUT')
    expect(simulation.time.nowMs - begunMs).to.equal(5_000)
  })

  it('can be aborted, before and after it was sent', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', counter)
    const controller = new AbortController()
    const asked = failure(b.actors.ref(a.id, 'counter').ask('read', { signal: controller.signal }))
    controller.abort()
    expect(await simulation.outcome(asked)).to.equal('ABORTED')
    expect(await simulation.outcome(failure(b.actors.ref(a.id, 'counter').ask('read', { signal: controller.signal })))).to.equal(
      'ABORTED definite',
    )
    expect(b.actors.asksOpen).to.equal(0)
  })

  it('says that there is no such actor', async () => {
    const { simulation, a, b } = twoNodes()
    expect(await simulation.outcome(failure(b.actors.ref(a.id, 'nobody').ask('x')))).to.equal('CLOSED definite')
  })

  it('ends when the node goes, at once when it has gone before', async () => {
    const { simulation, a, b } = twoNodes()
    a.deaf = true
    const asked = failure(b.actors.ref(a.id, 'counter').ask('read'))
    b.actors.peerGone(a.id)
    expect(await simulation.outcome(asked, 0)).to.equal('CLOSED')
    expect(await simulation.outcome(failure(b.actors.ref(a.id, 'counter').ask('read')), 0)).to.equal('CLOSED definite')
  })

  it("brings the actor's own error text and code", async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', { ...counter, receive: (_, _body, context) => void context.fail('sold out', 'E_EMPTY') })
    const error = await simulation.outcome(
      b.actors
        .ref(a.id, 'counter')
        .ask('read')
        .catch((caught: HoldfastError) => caught),
    )
    expect(error).to.include({ code: 'FAILED', message: 'sold out', reason: 'E_EMPTY', definite: false })
  })

  it('refuses an unknown option', async () => {
    const { simulation, a } = twoNodes()
    const ref = a.actors.spawn('counter', counter)
    const options = { timeout: 5 } as object
    expect(await simulation.outcome(failure(ref.ask('read', options)))).to.equal('BAD_OPTION definite')
  })

  it('takes no answer from a node that was not asked', async () => {
    const { simulation, a, b } = twoNodes()
    a.deaf = true
    const asked = failure(b.actors.ref(a.id, 'counter').ask('read', { wait: 100 }))
    b.actors.receive('stranger', { type: 'actor.answer', sequence: 1, ok: true, code: '', body: 'forged' })
    expect(await simulation.outcome(asked)).to.equal('TIMEOUT')
  })
})
