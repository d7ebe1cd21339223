import { expect } from 'chai'
import type { HoldfastError } from '../../lib/base/errors.ts'
import { counter, failure, twoNodes } from './two-nodes.ts'

describe('a mailbox', () => {
  it('turns away what is too much: asks are told, tells are dropped and reported', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', { ...counter, mailboxMax: 2 })
    const local = a.actors.ref(a.id, 'counter')
    local.tell('increment')
    local.tell('increment')
    local.tell('increment')
    expect(await simulation.outcome(failure(local.ask('read')))).to.equal('OVERLOADED definite')
    expect(await simulation.outcome(b.actors.ref(a.id, 'counter').ask('read'))).to.equal(2)
    expect(a.events.map((event) => event.type)).to.deep.equal(['mailboxOverflowed', 'mailboxOverflowed'])
  })

  it('counts questions that an actor keeps open', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('keeper', { init: () => null, receive: (_, _body, context) => void context.deferReply(), mailboxMax: 2 })
    const ref = b.actors.ref(a.id, 'keeper')
    const outcomes = [1, 2, 3].map((body) => failure(ref.ask(body, { wait: 100 })))
    await simulation.runFor(1_000)
    expect(await Promise.all(outcomes)).to.deep.equal(['TIMEOUT', 'TIMEOUT', 'OVERLOADED definite'])
  })
})

describe('an actor that throws', () => {
  it('begins anew with a fresh state, and goes on with what waits', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', counter)
    const ref = b.actors.ref(a.id, 'counter')
    ref.tell({ add: 7 })
    const asked = ref.ask('throw').catch((caught: HoldfastError) => caught)
    const next = ref.ask('increment')
    expect(await simulation.outcome(asked)).to.include({ code: 'FAILED', message: 'out of numbers', reason: 'E_NUMBERS' })
    expect(await simulation.outcome(next)).to.equal(1)
    expect(a.events).to.deep.equal([{ type: 'actorFailed', actor: 'counter', message: 'out of numbers', restarted: true }])
  })

  it('is restarted only so often, and then is gone', async () => {
    const { simulation, a, b } = twoNodes()
    const reasons: string[] = []
    a.actors.spawn('counter', { ...counter, restart: { strategy: 'restart', restartsMax: 2, withinMs: 1_000 } })
    const ref = b.actors.ref(a.id, 'counter')
    ref.watch((reason) => void reasons.push(reason))
    for (let i = 0; i < 2; i++) ref.tell('throw')
    await simulation.runFor(2_000)
    for (let i = 0; i < 2; i++) ref.tell('throw')
    await simulation.runFor(10)
    expect(await simulation.outcome(ref.ask('read'))).to.equal(0)
    expect(reasons).to.deep.equal([])
    ref.tell('throw')
    await simulation.runFor(10)
    expect(reasons).to.deep.equal(['failed: out of numbers'])
    expect(await simulation.outcome(failure(ref.ask('read')))).to.equal('CLOSED definite')
    expect(a.events.map((event) => event.type === 'actorFailed' && event.restarted)).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
    ])
  })

  it('ends at once when its policy says stop, also when it failed later than its call', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('x', {
      init: () => null,
      receive: async () => {
        await Promise.resolve()
        throw new Error('async')
      },
      restart: { strategy: 'stop' },
    })
    const ref = b.actors.ref(a.id, 'x')
    const waiting = [failure(ref.ask(1)), failure(ref.ask(2))]
    await simulation.runFor(10)
    expect(await Promise.all(waiting)).to.deep.equal(['FAILED', 'CLOSED definite'])
  })

  it('leaves no timer, watch or open question of its former life', async () => {
    const { simulation, a, b } = twoNodes()
    const heard: unknown[] = []
    b.actors.spawn('other', counter)
    a.actors.spawn('x', {
      init: () => null,
      receive(_, body: string, context) {
        heard.push(body)
        if (body === 'begin') {
          context.setTimer('tick', 10, 'tick')
          context.watch(context.ref(b.id, 'other'), 'other is gone')
          context.deferReply()
        }
        if (body === 'throw') throw new Error('x')
      },
      timer: (_, timer) => void heard.push(timer),
    })
    const ref = b.actors.ref(a.id, 'x')
    const begun = failure(ref.ask('begin'))
    await simulation.runFor(5)
    ref.tell('throw')
    expect(await simulation.outcome(begun)).to.equal('FAILED')
    b.actors.stop('other')
    await simulation.runFor(100)
    expect(heard).to.deep.equal(['begin', 'throw'])
  })

  it('that throws in init again and again is given up', async () => {
    const { simulation, a } = twoNodes()
    let inits = 0
    const ref = a.actors.spawn('x', {
      init: () => {
        inits++
        if (inits > 1) throw new Error('unready')
        return null
      },
      receive: () => {
        throw new Error('first')
      },
    })
    ref.tell(1)
    await simulation.runFor(1)
    expect(inits).to.equal(6)
    expect(a.actors.inspect('x')).to.equal(null)
  })
})
