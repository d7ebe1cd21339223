import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { Renewals } from '../../lib/view/renewals.ts'
import { instantNow, Session, type SessionTimer } from '../../lib/view/session.ts'

function bench() {
  const clock = { monotonicMs: 0, wallMs: 1_000_000, bootMs: 0 }
  const log: string[] = []
  const timers = new Map<string, number>()
  const context: Context<SessionTimer> = {
    self: 'a',
    random: seededRandom(1),
    nowMs: () => clock.monotonicMs,
    wallMs: () => clock.wallMs,
    bootMs: () => clock.bootMs,
    send: () => undefined,
    broadcast: () => undefined,
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: (key, delayMs) => void timers.set(key, delayMs),
    clearTimer: (key) => void timers.delete(key),
  }
  const needed = { now: true }
  const session = new Session(context, 900, {
    isNeeded: () => needed.now,
    ask: () => log.push('asked'),
    suspected: (suspected) => log.push(suspected ? 'suspected' : 'trusted'),
    over: () => log.push('over'),
  })
  const pass = (ms: number): void => {
    clock.monotonicMs += ms
    clock.wallMs += ms
    clock.bootMs += ms
  }
  return { clock, log, timers, context, session, pass, needed }
}

describe('a session', () => {
  it('does not exist before a renewal succeeded', () => {
    expect(bench().session.remainingMs()).to.equal(0)
  })

  it('is asked for every D/5, and given up when D passes without any', () => {
    const { session, pass, log, timers } = bench()
    for (let times = 1; times <= 5; times++) {
      session.renew()
      expect(timers.get('renew')).to.equal(180)
      pass(180)
    }
    session.renew()
    expect(log).to.deep.equal(['asked', 'asked', 'asked', 'asked', 'asked', 'over'])
  })

  it("is asked for with another member's, unless it was a short while ago", () => {
    const { session, pass, log, timers } = bench()
    session.renew()
    pass(89)
    session.renewTogether()
    expect(log).to.have.length(1)
    pass(1)
    session.renewTogether()
    expect(log).to.have.length(2)
    expect(timers.get('renew'), 'and the next in its time after that').to.equal(180)
  })

  it('counts from the start of its renewal, not from the answer', () => {
    const { session, pass, context } = bench()
    const started = instantNow(context)
    pass(300)
    session.renewed(started)
    expect(session.remainingMs()).to.equal(600)
  })

  it('is suspect after two thirds, trusted again when renewed, and over at D', () => {
    const { session, pass, log, timers, context } = bench()
    session.renewed(instantNow(context))
    pass(500)
    session.timer()
    expect(timers.get('session')).to.equal(100)
    pass(100)
    session.timer()
    session.renewed(instantNow(context))
    pass(900)
    session.timer()
    expect(log).to.deep.equal(['suspected', 'trusted', 'over'])
    expect(session.remainingMs()).to.equal(0)
  })

  it('ends when any clock says so: a suspended machine, a wall set forward', () => {
    for (const jump of ['wallMs', 'bootMs'] as const) {
      const { session, clock, log, context } = bench()
      session.renewed(instantNow(context))
      clock[jump] += 900
      session.timer()
      expect(log, jump).to.deep.equal(['over'])
    }
  })

  it('is seen to be over at once on a machine that slept while its wall clock was set back', () => {
    const { session, clock, context } = bench()
    session.renewed(instantNow(context))
    clock.bootMs += 3000
    clock.wallMs += 3000 - 2800
    expect(session.remainingMs()).to.equal(0)
  })

  it('is looked at five times a second, for after a sleep no timer is due that was set before it', () => {
    const { session, timers, context } = bench()
    session.renewed(instantNow(context))
    expect(timers.get('session')).to.equal(200)
    session.timer()
    expect(timers.get('session')).to.equal(200)
  })

  it('on which nothing rests is looked at when it becomes suspect or is renewed, and again within that time once a grant used it', () => {
    const { session, timers, context, needed, pass } = bench()
    needed.now = false
    session.renewed(instantNow(context))
    expect(timers.get('session')).to.equal(600)
    pass(10)
    expect(session.isValid()).to.equal(true)
    expect(timers.get('session')).to.equal(200)
    timers.clear()
    pass(10)
    expect(session.isValid()).to.equal(true)
    expect(timers.size, 'the look of the first grant comes soon enough for the second').to.equal(0)
    pass(190)
    session.timer()
    expect(timers.get('session'), 'nothing rests on it any more').to.equal(390)
  })

  for (const [how, sleep] of Object.entries({
    'the wall clock goes on': { wallMs: 900, bootMs: 900 },
    'the wall clock was set back by as much': { wallMs: 0, bootMs: 900 },
    'only the wall clock tells, as in a virtual machine that was paused': { wallMs: 900, bootMs: 0 },
  })) {
    it(`is told to be over by every reader after a sleep, without its timer: ${how}`, () => {
      const { session, clock, context, log, pass } = bench()
      session.renewed(instantNow(context))
      expect(session.isValid()).to.equal(true)
      // A millisecond of work, which is how old the boot clock's reading may be for a grant.
      pass(1)
      clock.wallMs += sleep.wallMs
      clock.bootMs += sleep.bootMs
      expect(session.remainingMs()).to.equal(0)
      expect(session.isValid()).to.equal(false)
      expect(log, 'a grant is refused without ending anything').to.deep.equal([])
      session.look()
      expect(log).to.deep.equal(['over'])
    })
  }

  it('that a grant finds to be over is ended by its timer, at once', () => {
    const { session, timers, context, pass } = bench()
    session.renewed(instantNow(context))
    pass(900)
    expect(session.isValid()).to.equal(false)
    expect(timers.get('session')).to.equal(0)
  })

  it('becomes suspect, and is trusted again, for all readers', () => {
    const { session, context, log, pass } = bench()
    session.renewed(instantNow(context))
    pass(600)
    session.look()
    session.look()
    session.renewed(instantNow(context))
    session.look()
    expect(log).to.deep.equal(['suspected', 'trusted'])
  })

  it('is not revived by an answer that comes when it is over', () => {
    const { session, pass, log, context } = bench()
    session.renewed(instantNow(context))
    pass(500)
    const started = instantNow(context)
    pass(400)
    session.renewed(started)
    expect(log).to.deep.equal(['over'])
  })

  it('does not begin with an answer to a question of D ago', () => {
    const { session, pass, log, context } = bench()
    const started = instantNow(context)
    pass(900)
    session.renewed(started)
    expect(session.state.started).to.equal(null)
    expect(log).to.deep.equal([])
  })

  it('is not shortened by the late answer to an older question', () => {
    const { session, pass, context } = bench()
    const older = instantNow(context)
    pass(100)
    session.renewed(instantNow(context))
    session.renewed(older)
    expect(session.remainingMs()).to.equal(900)
  })
})

describe('renewals by a majority', () => {
  it('tell when the question was put, once a quorum has answered, each voter counting once', () => {
    const { context, pass } = bench()
    const renewals = new Renewals(context as Context<never>)
    const view = { epoch: 1, digest: 1 }
    const started = instantNow(context)
    const sequence = renewals.ask(view)
    pass(200)
    const two = (yes: ReadonlySet<string>): boolean => yes.size >= 2
    expect(renewals.answered('a', view, sequence, two)).to.equal(null)
    expect(renewals.answered('a', view, sequence, two)).to.equal(null)
    expect(renewals.answered('b', { epoch: 1, digest: 2 }, sequence, two), 'an answer of another view').to.equal(null)
    expect(renewals.answered('b', view, sequence, two)).to.deep.equal(started)
    expect(renewals.answered('c', view, sequence, two), 'settled').to.equal(null)
  })

  it('count from the question that was answered, however many were put since', () => {
    const { context, pass } = bench()
    const renewals = new Renewals(context as Context<never>)
    const view = { epoch: 1, digest: 1 }
    const two = (yes: ReadonlySet<string>): boolean => yes.size >= 2
    const first = instantNow(context)
    const older = renewals.ask(view)
    pass(200)
    const second = instantNow(context)
    const newer = renewals.ask(view)
    expect(renewals.answered('a', view, newer, two)).to.equal(null)
    expect(renewals.answered('b', view, older, two), 'one answer each to two questions').to.equal(null)
    expect(renewals.answered('c', view, older, two), 'two late answers to the older').to.deep.equal(first)
    expect(renewals.answered('c', view, newer, two), 'two answers to the newer').to.deep.equal(second)
  })

  it('take a late answer to a settled question for none to a newer one', () => {
    const renewals = new Renewals(bench().context as Context<never>)
    const view = { epoch: 1, digest: 1 }
    const two = (yes: ReadonlySet<string>): boolean => yes.size >= 2
    const older = renewals.ask(view)
    renewals.answered('a', view, older, two)
    renewals.answered('b', view, older, two)
    const newer = renewals.ask(view)
    expect(renewals.answered('a', view, newer, two)).to.equal(null)
    expect(renewals.answered('c', view, older, two), 'late').to.equal(null)
    expect(renewals.answered('a', view, newer, two), 'still one voter alone').to.equal(null)
  })
})
