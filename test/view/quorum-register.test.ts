import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { EnteredEpochs } from '../../lib/world/entered-epochs.ts'
import type { ProcessEpochs } from '../../lib/world/world.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { highestAccepted } from '../../lib/view/proposer.ts'
import { QuorumRegister } from '../../lib/view/quorum-register.ts'
import type { RegisterMessage, RegisterTimer } from '../../lib/view/register.ts'
import { foundedView, successorOf } from '../../lib/view/successor.ts'
import { type ClusterConfig, configDigest, type View, viewId } from '../../lib/view/view.ts'
import type { Message, MessageOf } from '../../lib/wire/messages.ts'
import { memoryEpochs } from './memory-epochs.ts'

const originMs = 1_735_689_600_000
const nowMs = originMs + 10_000_000
const config: ClusterConfig = {
  algorithm: 'x',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 1000,
  joinList: ['a:1', 'b:1', 'c:1'],
}
const members = ['a', 'b', 'c', 'n'].map((id) => ({ id, address: `${id}:1` }))
const first = foundedView('test', config, 100, members, [])
const second = successorOf(first, { gone: new Map([['c', 'evicted']]), joiners: [], elapsedMs: 0 })
const ballot = { round: 1, proposer: 'a' }

/** A register's process, and what it answers. */
function processAt(
  self: string,
  known: View | null = first,
  joinList = config.joinList,
  past: { readonly process?: ProcessEpochs; readonly epochFloor?: number } = {},
) {
  const sent: { readonly to: string; readonly message: Message }[] = []
  const decided: View[] = []
  const clock = { monotonicMs: 0 }
  const context: Context<RegisterTimer> = {
    self,
    random: seededRandom(1),
    nowMs: () => clock.monotonicMs,
    wallMs: () => nowMs,
    bootMs: () => 0,
    send: (to, message) => void sent.push({ to, message }),
    broadcast: () => undefined,
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: () => undefined,
    clearTimer: () => undefined,
  }
  const register = new QuorumRegister(context, {
    cluster: 'test',
    address: `${self}:1`,
    config: { ...config, joinList },
    epochs: memoryEpochs(context, past.process),
    epochFloor: past.epochFloor ?? 0,
  })
  register.start({
    decided: (view) => decided.push(view),
    renewed: () => undefined,
    unfinished: () => undefined,
    renewing: () => undefined,
    refused: () => undefined,
    ended: () => undefined,
  })
  if (known !== null) register.heard(known)
  /** Its answers to one message. */
  const asked = (from: string, message: RegisterMessage): readonly string[] => {
    sent.length = 0
    register.receive(from, message)
    return sent.map((answer) => answer.message.type)
  }
  return { register, sent, decided, asked, clock }
}
const prepare = (after: View | null): RegisterMessage => ({
  type: 'vote.prepare',
  after: after === null ? null : viewId(after),
  ballot,
  config: configDigest(config),
})
const accept = (after: View, view: View): RegisterMessage => ({ type: 'vote.accept', after: viewId(after), ballot, view })

function processThatEntered(epoch: number): ProcessEpochs {
  return new EnteredEpochs(new Map([['test', epoch]]))
}

describe('a process with a vote', () => {
  it('votes on the successor of the view that it is in', () => {
    const { asked } = processAt('b')
    expect(asked('a', prepare(first))).to.deep.equal(['vote.promise'])
    expect(asked('a', accept(first, second))).to.deep.equal(['vote.accepted'])
  })

  it('that is late for a view installs it before it votes on what follows', () => {
    const third = successorOf(second, { gone: new Map(), joiners: [], elapsedMs: 0 })
    const { register, asked } = processAt('b')
    expect(asked('a', prepare(second))).to.deep.equal([])
    expect(asked('a', accept(second, third))).to.deep.equal([])
    register.heard(second)
    expect(asked('a', prepare(second))).to.deep.equal(['vote.promise'])
  })

  it('tells a node that asks about an older view, or another of that number, its present view', () => {
    const { asked } = processAt('b', second)
    expect(asked('a', prepare(first))).to.deep.equal(['view.newest'])
    expect(asked('a', prepare({ ...second, quarantine: [] }))).to.deep.equal(['view.newest'])
  })

  it('votes for no founding while it is in a view, and for nothing but foundings while it is in none', () => {
    expect(processAt('b').asked('a', prepare(null))).to.deep.equal(['view.newest'])
    const fresh = processAt('b', null)
    expect(fresh.asked('a', prepare(first))).to.deep.equal([])
    expect(fresh.asked('a', accept(first, second))).to.deep.equal([])
    expect(fresh.asked('a', prepare(null))).to.deep.equal(['vote.promise'])
  })

  it('votes on the successor that leaves it out like on any other', () => {
    expect(processAt('c').asked('a', accept(first, second))).to.deep.equal(['vote.accepted'])
  })

  it('promises for a founding with the highest epoch that its process or its disk remembers', () => {
    for (const past of [{ process: processThatEntered(700) }, { epochFloor: 700 }]) {
      const { asked, sent } = processAt('b', null, config.joinList, past)
      asked('a', prepare(null))
      expect(sent[0]?.message).to.deep.include({ type: 'vote.promise', epochMax: 700 })
    }
  })

  it('enters no view below one that its process was in, and remembers those that it enters', () => {
    for (const [entered, decided] of [
      [101, []],
      [99, [first]],
    ] as const) {
      const process = processThatEntered(entered)
      expect(processAt('b', first, config.joinList, { process }).decided).to.deep.equal(decided)
      expect(process.highest('test')).to.equal(Math.max(entered, ...decided.map(({ epoch }) => epoch)))
    }
  })

  it('votes for no founding with other options than its own', () => {
    const founded = foundedView('test', { ...config, sessionMs: 2000 }, 100, members.slice(0, 3), [])
    const founding: Message = { type: 'vote.accept', after: null, ballot, view: founded }
    expect(processAt('b', null).asked('a', founding)).to.deep.equal([])
  })

  it('proposes nothing after a view that it is not in any more, and does nothing once it is stopped', () => {
    const { register, sent, asked } = processAt('a', second)
    sent.length = 0
    register.propose(first, second)
    expect(sent).to.deep.equal([])
    register.stop()
    expect(asked('b', prepare(second))).to.deep.equal([])
  })

  it('votes for no founding that it is not in: another process at its address has promised', () => {
    const founding = (ids: readonly string[]): RegisterMessage => ({
      type: 'vote.accept',
      after: null,
      ballot,
      view: foundedView(
        'test',
        first.config,
        first.epoch,
        ids.map((id) => ({ id, address: `${id}:1` })),
        [],
      ),
    })
    const fresh = processAt('b', null)
    expect(fresh.asked('a', founding(['a', 'before b']))).to.deep.equal([])
    expect(fresh.asked('a', founding(['a', 'b']))).to.deep.equal(['vote.accepted'])
  })

  it('vouches for a voter that has just answered its renewal, as long as the next answer is not overdue', () => {
    const { register, clock } = processAt('b')
    const answer = (sequence: number): void => {
      register.receive('c', { type: 'session.renewed', view: viewId(first), sequence })
    }
    register.renew(first)
    expect(register.vouchesFor('c')).to.equal(false)
    answer(1)
    clock.monotonicMs += 240
    expect(register.vouchesFor('c')).to.equal(true)
    expect(register.vouchesFor('a')).to.equal(false)
    register.renew(first)
    answer(1)
    clock.monotonicMs += 1
    expect(register.vouchesFor('c'), 'an answer to an older question shows less').to.equal(false)
    answer(2)
    expect(register.vouchesFor('c')).to.equal(true)
  })

  it('acknowledges sessions of its own view only, and of members only', () => {
    const { asked } = processAt('b')
    const renew = (view: View): RegisterMessage => ({ type: 'session.renew', view: viewId(view), sequence: 1 })
    expect(asked('n', renew(first))).to.deep.equal(['session.renewed'])
    expect(asked('x', renew(first)), 'a stranger').to.deep.equal([])
    expect(
      asked('n', renew({ ...first, quarantine: [{ id: '*', remainingMs: 1, lastEpoch: 0 }] })),
      'another of that number',
    ).to.deep.equal(['view.newest'])
    expect(asked('n', renew(second)), 'a later view').to.deep.equal([])
  })
})

describe('a member without a vote', () => {
  it('neither promises nor votes nor acknowledges', () => {
    const { asked } = processAt('n')
    expect(asked('a', prepare(first))).to.deep.equal([])
    expect(asked('a', accept(first, second))).to.deep.equal([])
    expect(asked('a', { type: 'session.renew', view: viewId(first), sequence: 1 })).to.deep.equal([])
  })
})

describe('a proposer', () => {
  const promise = (round: number, view: View): MessageOf<'vote.promise'> => ({
    type: 'vote.promise',
    after: viewId(first),
    ballot,
    accepted: { ballot: { round, proposer: 'a' }, view },
    epochMax: 0,
    wallMs: 0,
    ages: [],
  })

  it('goes on with the accepted value of the highest ballot, in any order of the promises', () => {
    const other = successorOf(first, { gone: new Map([['n', 'evicted']]), joiners: [], elapsedMs: 0 })
    expect(highestAccepted([promise(1, second), promise(2, other)])).to.equal(other)
    expect(highestAccepted([promise(2, other), promise(1, second)])).to.equal(other)
  })

  it('takes no value from a member without a vote', () => {
    const { register, sent } = processAt('a')
    const other = successorOf(first, { gone: new Map([['b', 'evicted']]), joiners: [], elapsedMs: 0 })
    register.propose(first, second)
    const asked = sent.find(({ message }) => message.type === 'vote.prepare')?.message as MessageOf<'vote.prepare'>
    register.receive('n', { ...promise(9, other), ballot: asked.ballot })
    register.receive('b', { ...promise(0, second), accepted: null, ballot: asked.ballot })
    const put = sent.find(({ message }) => message.type === 'vote.accept')?.message as MessageOf<'vote.accept'>
    expect(put.view.members.map(({ id }) => id)).to.deep.equal(['a', 'b', 'n'])
  })

  it('founds above every epoch that a promise tells of', () => {
    const { register, sent } = processAt('a', null, ['a:1', 'b:1'])
    register.peerAt('b', 'b:1')
    register.timer({ type: 'register', what: 'found' })
    const asked = sent.find(({ message }) => message.type === 'vote.prepare')?.message as MessageOf<'vote.prepare'>
    const epochMax = 200_000_000
    sent.length = 0
    register.receive('b', { ...promise(1, second), after: null, ballot: asked.ballot, accepted: null, epochMax, wallMs: nowMs })
    const put = sent.find(({ message }) => message.type === 'vote.accept')?.message as MessageOf<'vote.accept'>
    expect(put.view.epoch).to.equal(epochMax + 1)
  })

  it('counts no promise and no vote of a ballot that it has outbid', () => {
    const { register, sent, decided } = processAt('a')
    register.propose(first, second)
    const ballots: { round: number; proposer: string }[] = []
    for (const outbid of [true, false]) {
      const asked = sent.findLast(({ message }) => message.type === 'vote.prepare')?.message as MessageOf<'vote.prepare'>
      ballots.push(asked.ballot)
      // The answer to the first ballot comes after the second was asked for.
      if (!outbid) register.receive('b', { ...promise(0, second), accepted: null, ballot: ballots[0] ?? ballot })
      expect(sent.some(({ message }) => message.type === 'vote.accept' && message.ballot.round === asked.ballot.round)).to.equal(
        false,
      )
      register.receive('b', { ...promise(0, second), accepted: null, ballot: asked.ballot })
      expect(sent.some(({ message }) => message.type === 'vote.accept' && message.ballot.round === asked.ballot.round)).to.equal(
        true,
      )
      if (!outbid) continue
      register.receive('c', {
        type: 'vote.reject',
        after: viewId(first),
        ballot: asked.ballot,
        promised: { round: 5, proposer: 'c' },
      })
      register.timer({ type: 'register', what: 'retry' })
    }
    const [former, latest] = ballots
    if (former === undefined || latest === undefined) throw new Error('two ballots were asked for')
    expect(latest.round).to.be.greaterThan(former.round)
    for (const voter of ['b', 'c']) register.receive(voter, { type: 'vote.accepted', after: viewId(first), ballot: former })
    expect(decided, 'two late votes for the former ballot').to.deep.equal([first])
    for (const voter of ['b', 'c']) register.receive(voter, { type: 'vote.accepted', after: viewId(first), ballot: latest })
    expect(decided).to.deep.equal([first, second])
  })

  it('asks all again under a higher ballot: promises and votes of the former do not count', () => {
    const { register, sent, decided } = processAt('a')
    const asked = (): MessageOf<'vote.prepare'>[] =>
      sent
        .map(({ message }) => message)
        .filter((message): message is MessageOf<'vote.prepare'> => message.type === 'vote.prepare')
    register.propose(first, second)
    const former = asked().at(-1)?.ballot ?? ballot
    // By then this voter has promised more to c, so that it refuses its own ballot; b alone votes.
    register.receive('c', {
      ...(prepare(first) as MessageOf<'vote.prepare'>),
      ballot: { round: former.round + 2, proposer: 'c' },
    })
    register.receive('b', { ...promise(0, second), accepted: null, ballot: former })
    register.receive('b', { type: 'vote.accepted', after: viewId(first), ballot: former })
    expect(decided).to.deep.equal([first])
    sent.length = 0
    register.timer({ type: 'register', what: 'retry' })
    expect(sent.filter(({ message }) => message.type === 'vote.prepare').map(({ to }) => to)).to.have.members(['b', 'c'])
    const latest = asked().at(-1)?.ballot ?? ballot
    register.receive('b', { ...promise(0, second), accepted: null, ballot: latest })
    expect(decided, 'voted for by this voter alone').to.deep.equal([first])
    register.receive('b', { type: 'vote.accepted', after: viewId(first), ballot: latest })
    expect(decided).to.deep.equal([first, second])
  })
})
