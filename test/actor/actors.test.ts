import { expect } from 'chai'
import type { HoldfastError } from '../../lib/base/errors.ts'
import { type ActorContext, Actors, type Ref, type Reply, type UserActor } from '../../lib/actor/actors.ts'
import type { Event } from '../../lib/observe/events.ts'
import { Simulation } from '../../lib/sim/index.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { encodeLoose } from '../../lib/wire/frame.ts'
import type { Message, MessagesOf } from '../../lib/wire/messages.ts'

const { decodeFrame, packMessage } = nodeFormat

interface Side {
  id: string
  readonly actors: Actors
  readonly events: Event[]
  readonly sent: Message[]
  /** Messages to the other side are lost while this is set. */
  deaf: boolean
}

function messagesIn(bytes: Uint8Array): readonly Message[] {
  const frame = decodeFrame(bytes)
  return frame.kind === 'loose' ? frame.messages : []
}

/** Two nodes whose messages, as real bytes, arrive in order a millisecond later. */
function twoNodes(mailboxMax = 1_000): { simulation: Simulation; a: Side; b: Side } {
  const simulation = new Simulation({ seed: 3 })
  const sides = new Map<string, Side>()
  const make = (host: string): Side => {
    const world = simulation.world(host)
    const events: Event[] = []
    const sent: Message[] = []
    const actors = new Actors({
      world,
      emit: (event) => void events.push(event),
      mailboxMax,
      mail: {
        self: () => side.id,
        send: (to, message) => {
          sent.push(message)
          const from = side.id
          const bytes = encodeLoose([packMessage(message)])
          if (side.deaf) return
          simulation.time.schedule(1, () => {
            for (const arrived of messagesIn(bytes)) sides.get(to)?.actors.receive(from, arrived as MessagesOf<'actor'>)
          })
        },
      },
    })
    const side: Side = { id: world.newId(), actors, events, sent, deaf: false }
    actors.movedTo(side.id)
    sides.set(side.id, side)
    return side
  }
  return { simulation, a: make('a'), b: make('b') }
}

type Command = 'increment' | 'read' | 'throw' | 'silent' | { readonly add: number }

const counter: UserActor<{ count: number }, Command> = {
  init: () => ({ count: 0 }),
  receive(state, body, context) {
    if (body === 'throw') throw Object.assign(new Error('out of numbers'), { code: 'E_NUMBERS' })
    if (body === 'increment') state.count++
    if (typeof body === 'object') return { count: state.count + body.add }
    if (body !== 'silent') context.reply(state.count)
    return undefined
  },
}

/** How a promise failed: its code, and whether it is certain that nothing happened. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    return `no failure: ${String(await promise)}`
  } catch (error) {
    const { code, definite } = error as HoldfastError
    return `${code}${definite ? ' definite' : ''}`
  }
}

describe("actors of the user's own", () => {
  it('are told and asked from another node and from their own', async () => {
    const { simulation, a, b } = twoNodes()
    const local = a.actors.spawn('counter', counter)
    const far = b.actors.ref(a.id, 'counter')
    far.tell('increment')
    expect(await simulation.outcome(far.ask('increment'))).to.equal(2)
    local.tell({ add: 40 })
    expect(await simulation.outcome(local.ask('read'))).to.equal(42)
    expect(await simulation.outcome(a.actors.ref(a.id, 'counter').ask('read'))).to.equal(42)
    expect(local.member).to.equal(a.id)
  })

  it('hear tells in the order in which they were sent', async () => {
    const { simulation, a, b } = twoNodes()
    const heard: unknown[] = []
    a.actors.spawn('ear', { init: () => null, receive: (_, body) => void heard.push(body) })
    for (let i = 0; i < 200; i++) b.actors.ref(a.id, 'ear').tell(i)
    await simulation.runFor(10)
    expect(heard).to.deep.equal([...Array(200).keys()])
  })

  it('handle one message at a time, also while a promise is pending', async () => {
    const { simulation, a } = twoNodes()
    const log: string[] = []
    const world = simulation.world('clock')
    const slow = a.actors.spawn('slow', {
      init: () => 0,
      async receive(state: number, body: string) {
        log.push(`begin ${body}`)
        await new Promise<void>((resolve) => world.setTimer(10, resolve))
        log.push(`end ${body}`)
        return state + 1
      },
    })
    slow.tell('one')
    slow.tell('two')
    expect(await simulation.outcome(slow.ask('three'))).to.equal(undefined)
    expect(log).to.deep.equal(['begin one', 'end one', 'begin two', 'end two', 'begin three', 'end three'])
    expect(a.actors.inspect('slow')?.state).to.equal(3)
  })

  it('are never entered within the call of whoever sends', () => {
    const { a } = twoNodes()
    let entered = false
    const ref = a.actors.spawn('x', {
      init: () => null,
      receive: () => {
        entered = true
      },
    })
    ref.tell(1)
    expect(entered).to.equal(false)
  })

  it('let others of the node live while one floods itself', async () => {
    const { simulation, a } = twoNodes()
    let turns = 0
    const flood: UserActor<null, 'go'> = {
      init: () => null,
      receive(_, body, context) {
        turns++
        context.ref(context.self, 'flood').tell(body)
      },
    }
    a.actors.spawn('flood', flood).tell('go')
    a.actors.spawn('counter', counter)
    const answer = a.actors.ref(a.id, 'counter').ask('read')
    expect(await simulation.outcome(answer, 5)).to.equal(0)
    a.actors.stop('flood')
    expect(turns).to.be.greaterThan(0)
  })

  it('send each other all kinds of plain data', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('echo', { init: () => null, receive: (_, body, context) => void context.reply(body) })
    const body = {
      nothing: null,
      absent: undefined,
      yes: true,
      small: -1,
      large: 2 ** 40,
      fraction: 0.1,
      big: 5n,
      least: -(1n << 63n),
      text: 'señor 🔒',
      bytes: new Uint8Array([0, 255]),
      list: [[], {}, 'x'],
    }
    expect(await simulation.outcome(b.actors.ref(a.id, 'echo').ask(body))).to.deep.equal(body)
    expect(await simulation.outcome(a.actors.ref(a.id, 'echo').ask(body))).to.deep.equal(body)
  })

  it('share no object with whoever sent it', async () => {
    const { simulation, a } = twoNodes()
    let received: { list: number[]; bytes: Uint8Array } | undefined
    const ref = a.actors.spawn('x', {
      init: () => null,
      receive(_, body: { list: number[]; bytes: Uint8Array }) {
        received = body
      },
    })
    const body = { list: [1], bytes: new Uint8Array([1]) }
    ref.tell(body)
    body.list.push(2)
    body.bytes[0] = 9
    await simulation.runFor(1)
    expect(received).to.deep.equal({ list: [1], bytes: new Uint8Array([1]) })
  })

  it('refuse what is not plain data at the sender', async () => {
    const { simulation, a, b } = twoNodes()
    a.actors.spawn('counter', counter)
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    const bad = [() => 1, new Map(), cyclic, { deep: new Date(0) }, 1n << 64n, new Uint8Array(1_000_000), Symbol('x')]
    for (const ref of [a.actors.ref(a.id, 'counter'), b.actors.ref(a.id, 'counter')]) {
      for (const body of bad) {
        expect(() => ref.tell(body))
          .to.throw()
          .with.property('code', 'BAD_OPTION')
        expect(await simulation.outcome(failure(ref.ask(body)))).to.equal('BAD_OPTION definite')
      }
    }
    expect(a.sent).to.deep.equal([])
    expect(b.sent).to.deep.equal([])
    expect(a.actors.asksOpen + b.actors.asksOpen).to.equal(0)
  })

  it('refuse a name that is taken, and what is no actor', () => {
    const { a } = twoNodes()
    a.actors.spawn('counter', counter)
    expect(() => a.actors.spawn('counter', counter))
      .to.throw()
      .with.property('code', 'BAD_OPTION')
    expect(() => a.actors.spawn('x', {} as UserActor<unknown>))
      .to.throw()
      .with.property('code', 'BAD_OPTION')
    expect(() => a.actors.spawn('x', { ...counter, mailboxMax: 0 }))
      .to.throw()
      .with.property('option', 'mailboxMax')
    const wrong = { strategy: 'again' } as unknown as { strategy: 'stop' }
    expect(() => a.actors.spawn('x', { ...counter, restart: wrong }))
      .to.throw()
      .with.property('option', 'restart.strategy')
    expect(() =>
      a.actors.spawn('x', {
        ...counter,
        init: () => {
          throw new Error('unready')
        },
      }),
    ).to.throw('unready')
    expect(a.actors.inspect('x')).to.equal(null)
  })

  it('free their name when they are stopped, and a former reference leaves the next alone', async () => {
    const { simulation, a } = twoNodes()
    const reasons: string[] = []
    const former = a.actors.spawn('x', { ...counter, stopped: (_, reason) => void reasons.push(reason) })
    former.stop()
    a.actors.spawn('x', counter)
    former.stop()
    expect(reasons).to.deep.equal(['stopped'])
    expect(await simulation.outcome(a.actors.ref(a.id, 'x').ask('read'))).to.equal(0)
  })
})

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

  it('waits five seconds when nobody says how long', async () => {
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

  it('takes no answer from somebody who was not asked', async () => {
    const { simulation, a, b } = twoNodes()
    a.deaf = true
    const asked = failure(b.actors.ref(a.id, 'counter').ask('read', { wait: 100 }))
    b.actors.receive('stranger', { type: 'actor.answer', sequence: 1, ok: true, code: '', body: 'forged' })
    expect(await simulation.outcome(asked)).to.equal('TIMEOUT')
  })
})

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

  it('that throws harms nobody', async () => {
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

describe('the actors of a node', () => {
  it('that comes back under another id live on; what was open with others ends', async () => {
    const { simulation, a, b } = twoNodes()
    const local = a.actors.spawn('counter', counter)
    b.actors.spawn('silent', { init: () => null, receive: (_, _body, context) => void context.deferReply() })
    const asked = failure(a.actors.ref(b.id, 'silent').ask('x'))
    const reasons: string[] = []
    a.actors.ref(b.id, 'silent').watch((reason) => void reasons.push(reason))
    const near: string[] = []
    local.watch((reason) => void near.push(reason))
    await simulation.runFor(10)
    local.tell('increment')
    const former = a.id
    a.id = 'a.again'
    a.actors.movedTo(a.id)
    expect(await simulation.outcome(asked)).to.equal('CLOSED')
    expect(reasons).to.deep.equal(['this node came back as a.again'])
    expect(await simulation.outcome(local.ask('read'))).to.equal(1)
    expect(await simulation.outcome(failure(a.actors.ref(former, 'counter').ask('read')))).to.equal('CLOSED definite')
    expect(local.member).to.equal('a.again')
    local.stop()
    await simulation.runFor(1)
    expect(near).to.deep.equal(['stopped'])
  })

  it('end with it: everybody who waits hears of it', async () => {
    const { simulation, a, b } = twoNodes()
    const reasons: string[] = []
    const local = a.actors.spawn('x', {
      init: () => null,
      receive: (_, _body, context) => void context.deferReply(),
      stopped: (_, reason) => void reasons.push(reason),
    })
    b.actors.ref(a.id, 'x').watch((reason) => void reasons.push(reason))
    const far = failure(b.actors.ref(a.id, 'x').ask(1))
    const near = failure(local.ask(2))
    await simulation.runFor(10)
    a.actors.close()
    await simulation.runFor(10)
    expect([await far, await near]).to.deep.equal(['CLOSED', 'CLOSED'])
    expect(reasons).to.deep.equal(['its node was closed', 'its node was closed'])
    expect(() => a.actors.spawn('y', counter))
      .to.throw()
      .with.property('code', 'CLOSED')
    expect(await simulation.outcome(failure(local.ask(3)))).to.equal('CLOSED definite')
    expect(simulation.time.nextAtMs).to.equal(undefined)
  })
})
