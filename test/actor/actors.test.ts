import { expect } from 'chai'
import type { UserActor } from '../../lib/actor/actors.ts'
import { counter, failure, twoNodes } from './two-nodes.ts'

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

  it('are never entered within the call of the sender', () => {
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

  it('share no object with the sender', async () => {
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

  it('end with it: all waiting callers are told', async () => {
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
