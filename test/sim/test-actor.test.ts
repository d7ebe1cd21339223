import { expect } from 'chai'
import type { UserActor } from '../../lib/actor/actors.ts'
import { testActor } from '../../lib/sim/index.ts'

interface Lease {
  holder: string | null
}

/** A leased seat: taken for a minute, watched, renewed by asking a registry on another node. */
const seat: UserActor<Lease, 'take' | 'free' | 'audit' | { readonly lost: string }> = {
  init: () => ({ holder: null }),
  receive(state, body, context) {
    if (body === 'take') {
      if (state.holder !== null) return void context.fail(`taken by ${state.holder}`, 'E_TAKEN')
      context.setTimer('expiry', 60_000, 'expired')
      context.watch(context.ref(context.sender, 'client'), { lost: context.sender })
      context.ref('registry', 'log').tell({ took: context.sender })
      return void (state.holder = context.sender)
    }
    if (body === 'audit') {
      const answer = context.deferReply()
      void context
        .ref('registry', 'log')
        .ask('count')
        .then(
          (count) => answer.reply(count),
          (error: Error) => answer.fail(error.message),
        )
      return
    }
    if (body === 'free') context.stop()
    context.clearTimer('expiry')
    state.holder = null
  },
  timer: () => ({ holder: null }),
}

describe('testing an actor without a network', () => {
  it('delivers messages, and shows replies, tells, timers and the state', async () => {
    const test = testActor(seat)
    await test.tell('take', 'ann')
    expect(test.state).to.deep.equal({ holder: 'ann' })
    expect(test.said).to.deep.equal([{ type: 'tell', member: 'registry', actor: 'log', body: { took: 'ann' }, sequence: 0 }])
    expect(test.timers).to.deep.equal([{ key: 'expiry', timer: 'expired', inMs: 60_000 }])
    const refused = await test.ask('take', 'bob').catch((error: { code: string; reason: string; message: string }) => error)
    expect(refused).to.include({ code: 'FAILED', reason: 'E_TAKEN', message: 'taken by ann' })
  })

  it('lets virtual time pass', async () => {
    const test = testActor(seat)
    await test.tell('take', 'ann')
    await test.runFor(59_999)
    expect(test.state.holder).to.equal('ann')
    await test.runFor(1)
    expect(test.state.holder).to.equal(null)
    expect(test.timers).to.deep.equal([])
  })

  it('lets other nodes die', async () => {
    const test = testActor(seat)
    await test.tell('take', 'ann')
    await test.nodeGone('ann')
    expect(test.state.holder).to.equal(null)
  })

  it('answers what the actor asks', async () => {
    const test = testActor(seat)
    const question = test.put('audit')
    await test.runFor(0)
    expect(() => test.answerTo(question)).to.throw(/has not answered/)
    const asked = test.said[0]
    if (asked === undefined) throw new Error('the actor asked nothing')
    await test.answer(asked, 7)
    expect(test.answerTo(question)).to.equal(7)
  })

  it('sees the actor stop, and fail', async () => {
    const test = testActor(seat)
    await test.tell('free')
    expect(test.isRunning).to.equal(false)
    expect(() => test.state)
      .to.throw()
      .with.property('code', 'CLOSED')
    const failing = testActor({
      init: () => 0,
      receive: () => {
        throw new Error('x')
      },
    })
    await failing.tell('anything')
    expect(failing.events).to.deep.equal([{ type: 'actorFailed', actor: 'actor', message: 'x', restarted: true }])
  })
})
