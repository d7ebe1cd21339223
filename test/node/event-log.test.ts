import { expect } from 'chai'
import { EventLog } from '../../lib/node/event-log.ts'
import { LogBook } from '../../lib/node/log-book.ts'
import { Counters } from '../../lib/observe/counters.ts'
import type { Event, EventOf, EventType } from '../../lib/observe/events.ts'
import { readProject } from '../house/project.ts'

const refused = (reason: string, from = '10.0.0.9:1', message = `turned away ${from}: for ${reason}`): Event => ({
  type: 'peerRefused',
  from,
  code: 'REFUSED',
  reason,
  message,
})

/** A log book whose minutes pass by hand, and its lines. */
class Desk {
  readonly lines: string[] = []
  readonly book: LogBook
  private nowMs = 0
  private readonly timers = new Set<{ dueMs: number; fire: () => void }>()

  constructor() {
    const line = (level: string) => (text: string) => void this.lines.push(`${level} ${text}`)
    this.book = new LogBook(
      { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      {
        setTimer: (delayMs, fire) => {
          const timer = { dueMs: this.nowMs + delayMs, fire }
          this.timers.add(timer)
          return timer
        },
        clearTimer: (timer) => void this.timers.delete(timer as { dueMs: number; fire: () => void }),
      },
    )
  }

  get timerCount(): number {
    return this.timers.size
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined || next.dueMs > untilMs) break
      this.timers.delete(next)
      this.nowMs = next.dueMs
      next.fire()
    }
    this.nowMs = untilMs
  }
}

describe('the log book', () => {
  it('writes what repeats itself at once, and then one line a minute with the number of repeats', () => {
    const desk = new Desk()
    for (let i = 0; i < 100; i++) {
      desk.book.say({ level: 'warn', text: `knock ${i}`, key: 'knock' })
      desk.pass(1_000)
    }
    expect(desk.lines).to.deep.equal(['warn knock 0', 'warn knock 59 (59 more in the last minute)'])
    desk.pass(20_000)
    expect(desk.lines.slice(2)).to.deep.equal(['warn knock 99 (40 more in the last minute)'])
  })

  it('takes what was quiet for a minute for new', () => {
    const desk = new Desk()
    desk.book.say({ level: 'warn', text: 'knock', key: 'knock' })
    desk.pass(60_000)
    expect(desk.timerCount).to.equal(0)
    desk.book.say({ level: 'warn', text: 'knock', key: 'knock' })
    expect(desk.lines).to.deep.equal(['warn knock', 'warn knock'])
  })

  it('writes each line that has no key', () => {
    const desk = new Desk()
    for (let i = 0; i < 3; i++) desk.book.say({ level: 'info', text: 'once' })
    expect([desk.lines.length, desk.timerCount]).to.deep.equal([3, 0])
  })

  it('keeps few keys: beyond them the first word of a key stands for it', () => {
    const desk = new Desk()
    for (let i = 0; i < 1_000; i++) desk.book.say({ level: 'warn', text: `knock ${i}`, key: `knock ${i}` })
    expect(desk.lines).to.have.length(65)
    desk.pass(60_000)
    expect(desk.lines.slice(65)).to.deep.equal(['warn knock 999 (935 more in the last minute)'])
  })

  it('tells what was counted when it is closed, and leaves no timer', () => {
    const desk = new Desk()
    for (let i = 0; i < 3; i++) desk.book.logger.error('broken')
    desk.book.logger.warn('broken')
    desk.book.close()
    expect(desk.lines).to.deep.equal(['error broken', 'warn broken', 'error broken (2 more in the last minute)'])
    expect(desk.timerCount).to.equal(0)
    for (let i = 0; i < 2; i++) desk.book.logger.error('broken')
    expect([desk.lines.length, desk.timerCount]).to.deep.equal([5, 0])
  })
})

describe('the log of events', () => {
  const addresses: Readonly<Record<string, string>> = { b: '10.0.0.2:7000', c: '10.0.0.3:7000' }
  const start = (): Desk & { log(event: Event): void; reset(): void } => {
    const desk = new Desk()
    const log = new EventLog(desk.book, { address: '10.0.0.1:7000', addressOf: (peer) => addresses[peer] })
    return Object.assign(desk, { log: (event: Event) => log.log(event), reset: () => log.reset() })
  }
  const view = (members: readonly string[]): Event => ({ type: 'viewInstalled', epoch: 1_234_567, members })
  const end = (type: 'peerDown' | 'peerLeft', peer: string, address = addresses[peer] ?? ''): Event => ({ type, peer, address })

  it('tells a view with the address and id of each member, and its epoch in digits alone', () => {
    const desk = start()
    desk.log({ type: 'viewActivated', epoch: 1_234_567, members: ['b', 'x'] })
    expect(desk.lines).to.deep.equal(['info view 1234567 is active: 2 members, 10.0.0.2:7000 (b), x'])
  })

  it('names ten members of a large view', () => {
    const desk = start()
    desk.log({ type: 'viewActivated', epoch: 1, members: Array.from({ length: 50 }, (_, index) => `m${index}`) })
    expect(desk.lines[0]).to.match(/^info view 1 is active: 50 members, m0, .*m9, and 40 more$/)
  })

  it('tells that a member left at info, that one is down at warn, and that one is back', () => {
    const desk = start()
    desk.log(view(['a', 'b', 'c']))
    desk.log(end('peerLeft', 'b'))
    desk.log(end('peerDown', 'c'))
    desk.log({ type: 'peerFound', peer: 'c', address: '10.0.0.3:7000' })
    desk.log({ type: 'peerFound', peer: 'x', address: '10.0.0.4:7000' })
    expect(desk.lines).to.deep.equal([
      'info 10.0.0.2:7000 (b) left',
      'warn 10.0.0.3:7000 (c) is down',
      'info 10.0.0.3:7000 (c) is back',
    ])
  })

  it('tells the end of a node that was in no view with this one at debug', () => {
    const desk = start()
    desk.log(end('peerDown', 'b'))
    desk.log(end('peerLeft', 'c'))
    desk.log(view(['b']))
    desk.reset()
    desk.log(end('peerDown', 'b'))
    expect(desk.lines).to.deep.equal([
      'debug 10.0.0.2:7000 (b) is down; it was in no view with this node',
      'debug 10.0.0.3:7000 (c) left',
      'debug 10.0.0.2:7000 (b) is down; it was in no view with this node',
    ])
  })

  it('tells the end of a former node at its own address at debug', () => {
    const desk = start()
    desk.log(view(['old']))
    desk.log(end('peerDown', 'old', '10.0.0.1:7000'))
    expect(desk.lines[0]).to.match(/^debug /)
  })

  it('logs a refusal once for a host and a reason, on either side, with its message', () => {
    const desk = start()
    for (let port = 1; port <= 5; port++) desk.log(refused('secret', `10.0.0.9:${port}`))
    desk.log({ type: 'dialFailed', address: '10.0.0.9:7000', reason: 'secret', message: '10.0.0.9:7000 has another secret' })
    desk.log(refused('cluster'))
    desk.log(refused('secret', '10.0.0.8:1'))
    expect(desk.lines).to.deep.equal([
      'warn turned away 10.0.0.9:1: for secret',
      'warn turned away 10.0.0.9:1: for cluster',
      'warn turned away 10.0.0.8:1: for secret',
    ])
    desk.pass(60_000)
    expect(desk.lines.slice(3)).to.deep.equal(['warn 10.0.0.9:7000 has another secret (5 more in the last minute)'])
  })

  it('names a peer with other options by its address and id', () => {
    const desk = start()
    const apart = { type: 'peerRefused', code: 'CONFIG_MISMATCH', reason: 'CONFIG_MISMATCH', message: 'a cluster' } as const
    desk.log({ ...apart, from: 'b' })
    expect(desk.lines).to.deep.equal(['warn 10.0.0.2:7000 (b) is of a cluster'])
  })

  it('tells a dial that no node answered at debug', () => {
    const desk = start()
    for (let i = 0; i < 3; i++)
      desk.log({ type: 'dialFailed', address: '10.0.0.9:7000', reason: 'unreached', message: 'cannot reach 10.0.0.9:7000' })
    expect(desk.lines).to.deep.equal(['debug could not reach 10.0.0.9:7000: cannot reach 10.0.0.9:7000'])
  })

  const others: readonly (readonly [EventOf<'sessionEnded' | 'lockLost'>, RegExp])[] = [
    [{ type: 'sessionEnded', reason: 'session', message: 'late' }, /^warn the session ended \(session\): late$/],
    [{ type: 'sessionEnded', reason: 'founding', message: 'no view' }, /^info the session ended \(founding\): no view$/],
    [{ type: 'lockLost', lock: 'door', fence: 1n, reason: 'session', message: 'it was lost' }, /^warn it was lost$/],
  ]
  for (const [event, says] of others) {
    it(`leaves out no ${event.type} (${event.reason})`, () => {
      const desk = start()
      for (let i = 0; i < 3; i++) desk.log(event)
      expect(desk.lines).to.have.length(3)
      expect(desk.lines[0]).to.match(says)
    })
  }

  it('writes each order to end a hold, with who gave it and why', () => {
    const desk = start()
    const order = { lock: 'door', fence: 7n, by: 'b', reason: 'a hotfix' } as const
    desk.log({ type: 'revokeAsked', ...order, graceMs: 5000 })
    desk.log({ type: 'revokeEnded', ...order, holder: 'a', isForced: false, outcome: 'revoked' })
    for (let i = 0; i < 2; i++)
      desk.log({ type: 'revokeEnded', ...order, reason: '', holder: null, isForced: true, outcome: 'absent' })
    expect(desk.lines).to.deep.equal([
      "info 10.0.0.2:7000 (b) asks for 'door' with fence 7 within 5000 ms: a hotfix",
      "info the order of 10.0.0.2:7000 (b) to revoke 'door' with fence 7 at a ended with 'revoked': a hotfix",
      "info the order of 10.0.0.2:7000 (b) to force 'door' with fence 7 ended with 'absent'",
      "info the order of 10.0.0.2:7000 (b) to force 'door' with fence 7 ended with 'absent'",
    ])
  })

  const limited: readonly (readonly [Event, RegExp])[] = [
    [{ type: 'frameTampered', peer: 'b', message: 'altered' }, /^error cut the connection to 10\.0\.0\.2:7000 \(b\): altered$/],
    [{ type: 'listenerFailed', message: 'EMFILE' }, /^error .*EMFILE$/],
    [
      { type: 'messageRejected', peer: 'b', message: 'no frame' },
      /^warn rejected a message of 10\.0\.0\.2:7000 \(b\): no frame$/,
    ],
    [{ type: 'directoryFailed', message: 'EMFILE' }, /^error .*EMFILE$/],
    [{ type: 'voteUnsaved', message: 'ENOSPC' }, /^error .*ENOSPC$/],
    [{ type: 'stateUnsaved', message: 'EROFS' }, /^warn .*EROFS$/],
    [{ type: 'clockSkewed', peer: 'b', offsetMs: 12_345 }, /^warn the clock of 10\.0\.0\.2:7000 \(b\) is off by 12345 ms$/],
    [{ type: 'voteless', address: '10.0.0.1:7000', advice: 'no vote' }, /^warn no vote$/],
    [{ type: 'leftUnguarded', address: '10.0.0.1:7000', advice: 'no secret' }, /^warn no secret$/],
    [{ type: 'listenedAtPort', address: '127.0.0.1:41', message: 'EPERM' }, /^warn listens at port 127\.0\.0\.1:41, .*EPERM/],
    [{ type: 'actorFailed', actor: 'x', message: 'broke', restarted: true }, /^error actor 'x' failed: broke$/],
    [{ type: 'mailboxOverflowed', actor: 'x', from: 'b' }, /^warn the mailbox of actor 'x' is full.*10\.0\.0\.2:7000 \(b\)/],
    [{ type: 'peerSuspected', peer: 'b', by: 'c' }, /^debug 10\.0\.0\.2:7000 \(b\) is suspected$/],
  ]
  for (const [event, says] of limited) {
    it(`sums up repeats of ${event.type}`, () => {
      const desk = start()
      for (let i = 0; i < 3; i++) desk.log(event)
      expect(desk.lines).to.have.length(1)
      expect(desk.lines[0]).to.match(says)
      desk.pass(60_000)
      expect(desk.lines[1]).to.match(/ \(2 more in the last minute\)$/)
    })
  }

  it('is silent about what happens all the time', () => {
    const desk = start()
    desk.log({ type: 'sessionRenewed', startedMs: 1 })
    desk.log({ type: 'lockGranted', lock: 'door', fence: 1n, waitedMs: 1 })
    desk.log({ type: 'linkOpened', peer: 'b', address: '10.0.0.2:7000' })
    expect(desk.lines).to.deep.equal([])
  })
})

describe('the page about logs', () => {
  const peer = { peer: 'b', address: '10.0.0.2:7000' }
  const samples: { readonly [Type in EventType]: EventOf<Type> } = {
    linkOpened: { type: 'linkOpened', ...peer },
    linkClosed: { type: 'linkClosed', peer: 'b', message: 'x' },
    peerRefused: refused('secret') as EventOf<'peerRefused'>,
    dialFailed: { type: 'dialFailed', address: 'x:1', reason: 'unreached', message: 'x' },
    messageRejected: { type: 'messageRejected', peer: 'b', message: 'x' },
    frameTampered: { type: 'frameTampered', peer: 'b', message: 'x' },
    listenedAtPort: { type: 'listenedAtPort', address: 'x:1', message: 'x' },
    listenerFailed: { type: 'listenerFailed', message: 'x' },
    peerFound: { type: 'peerFound', ...peer },
    peerSuspected: { type: 'peerSuspected', peer: 'b', by: 'c' },
    peerRefuted: { type: 'peerRefuted', peer: 'b' },
    peerDown: { type: 'peerDown', ...peer },
    peerLeft: { type: 'peerLeft', ...peer },
    viewDecided: { type: 'viewDecided', epoch: 1, members: [] },
    viewInstalled: { type: 'viewInstalled', epoch: 1, members: [] },
    viewActivated: { type: 'viewActivated', epoch: 1, members: [] },
    sessionRenewed: { type: 'sessionRenewed', startedMs: 1 },
    sessionSuspected: { type: 'sessionSuspected' },
    sessionEnded: { type: 'sessionEnded', reason: 'session', message: 'x' },
    voteUnsaved: { type: 'voteUnsaved', message: 'x' },
    stateUnsaved: { type: 'stateUnsaved', message: 'x' },
    directoryFailed: { type: 'directoryFailed', message: 'x' },
    leftUnguarded: { type: 'leftUnguarded', address: 'x:1', advice: 'x' },
    voteless: { type: 'voteless', address: 'x:1', advice: 'x' },
    clockSkewed: { type: 'clockSkewed', peer: 'b', offsetMs: 1 },
    lockGranted: { type: 'lockGranted', lock: 'x', fence: 1n, waitedMs: 1 },
    lockReleased: { type: 'lockReleased', lock: 'x', fence: 1n },
    lockLost: { type: 'lockLost', lock: 'x', fence: 1n, reason: 'session', message: 'x' },
    revokeAsked: { type: 'revokeAsked', lock: 'x', fence: 1n, by: 'b', reason: 'x', graceMs: 1 },
    revokeEnded: {
      type: 'revokeEnded',
      lock: 'x',
      fence: 1n,
      by: 'b',
      holder: null,
      isForced: false,
      reason: 'x',
      outcome: 'absent',
    },
    actorFailed: { type: 'actorFailed', actor: 'x', message: 'x', restarted: false },
    mailboxOverflowed: { type: 'mailboxOverflowed', actor: 'x', from: 'b' },
  }

  it('has each event with the level at which it is told', () => {
    const rows = [...readProject('docs/logs.md').matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (\w+) \|/gm)]
    const described = Object.fromEntries(
      rows.flatMap(([, names = '', level]) => [...names.matchAll(/\w+/g)].map(([name]) => [name, level])),
    )
    const told = Object.fromEntries(
      Object.values(samples).map((event) => {
        const desk = new Desk()
        const log = new EventLog(desk.book, { address: '', addressOf: () => undefined })
        log.log({ type: 'viewInstalled', epoch: 1, members: ['b'] })
        // A node is back only after it was down.
        if (event.type === 'peerFound') log.log(samples.peerDown)
        log.log(event)
        return [event.type, desk.lines.at(-1)?.split(' ')[0] ?? 'none']
      }),
    )
    expect(described).to.deep.equal(told)
  })
})

describe('the count of refusals', () => {
  it('is by reason, with tampered frames', () => {
    const counters = new Counters()
    for (const reason of ['tls', 'secret', 'tls']) counters.saw(refused(reason))
    counters.saw({ type: 'frameTampered', peer: 'b', message: 'altered' })
    counters.saw({ type: 'peerDown', peer: 'b', address: '' })
    expect(counters.refusals()).to.deep.equal({ tls: 2, secret: 1, tampered: 1 })
  })
})
