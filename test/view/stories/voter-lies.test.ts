import { expect } from 'chai'
import fc from 'fast-check'
import type { Context } from '../../../lib/world/context.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { QuorumRegister } from '../../../lib/view/quorum-register.ts'
import type { RegisterTimer } from '../../../lib/view/register.ts'
import { foundedView, successorOf, wallEpoch } from '../../../lib/view/successor.ts'
import { type ClusterConfig, configDigest, isMember, type View, viewId } from '../../../lib/view/view.ts'
import { epochLimit } from '../../../lib/view/vote.ts'
import type { Message, MessageOf } from '../../../lib/wire/messages.ts'
import { anyMessage } from '../../wire/arbitrary.ts'
import { Cluster, hear } from '../cluster.ts'
import { memoryEpochs } from '../memory-epochs.ts'

const wallMs = 1_735_689_600_000 + 10_000_000
const joinList = ['a:1', 'b:1', 'c:1']
const config: ClusterConfig = {
  algorithm: 'x',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 1000,
  joinList,
}
const members = ['a', 'b', 'c', 'n', 'h'].map((id) => ({ id, address: `${id}:1` }))
const first = foundedView('test', config, 100, members, [])
const without = (id: string): View => successorOf(first, { gone: new Map([[id, 'evicted']]), joiners: [], elapsedMs: 0 })
const second = without('h')

/** The register of a, and all that it sends. */
function registerOfA(known: View | null) {
  const sent: Message[] = []
  const decided: View[] = []
  const context: Context<RegisterTimer> = {
    self: 'a',
    random: seededRandom(1),
    nowMs: () => 0,
    wallMs: () => wallMs,
    bootMs: () => 0,
    send: (_to, message) => void sent.push(message),
    broadcast: () => undefined,
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: () => undefined,
    clearTimer: () => undefined,
  }
  const register = new QuorumRegister(context, { cluster: 'test', address: 'a:1', config, epochs: memoryEpochs(context) })
  register.start({
    decided: (view) => decided.push(view),
    renewed: () => undefined,
    unfinished: () => undefined,
    renewing: () => undefined,
    refused: () => undefined,
    ended: () => undefined,
  })
  if (known !== null) register.heard(known)
  decided.length = 0
  for (const id of ['b', 'c']) register.peerAt(id, `${id}:1`)
  const asked = <Type extends 'vote.prepare' | 'vote.accept'>(type: Type): MessageOf<Type> | undefined =>
    sent.findLast((message): message is MessageOf<Type> => message.type === type)
  const promise = (from: string, more: Partial<MessageOf<'vote.promise'>> = {}): void => {
    const { after, ballot } = asked('vote.prepare') as MessageOf<'vote.prepare'>
    const ages = members.map(({ id }) => ({ id, ageMs: 0 }))
    register.receive(from, { type: 'vote.promise', after, ballot, accepted: null, epochMax: 100, wallMs, ages, ...more })
  }
  return { register, sent, decided, asked, promise }
}

describe('a proposer among lying voters', () => {
  it('rejects a promise with an accepted view that no view can precede, and goes on with the others', () => {
    for (const lie of [
      { ...second, epoch: wallEpoch(wallMs) + 9 },
      { ...second, members: [...second.members, ...second.members] },
    ]) {
      const { register, asked, promise } = registerOfA(first)
      register.propose(first, second)
      promise('b', { accepted: { ballot: { round: 9, proposer: 'b' }, view: lie } })
      expect(asked('vote.accept')).to.equal(undefined)
      promise('c')
      promise('a')
      expect(asked('vote.accept')?.view.epoch).to.equal(second.epoch)
    }
  })

  it('ignores the promise of a member without a vote, with any accepted view', () => {
    const { register, asked, promise } = registerOfA(first)
    register.propose(first, second)
    promise('n', { accepted: { ballot: { round: 9, proposer: 'n' }, view: without('c') } })
    promise('b')
    expect((asked('vote.accept') as MessageOf<'vote.accept'>).view).to.deep.equal(second)
  })

  it('counts only votes of voters, and each once', () => {
    const { register, asked, promise, decided } = registerOfA(first)
    const own = register.state.acceptor
    own.epochMax = 0
    register.propose(first, second)
    promise('b')
    const { after, ballot } = asked('vote.accept') as MessageOf<'vote.accept'>
    // Its own vote counts as one.
    for (const id of ['n', 'h', 'x', 'a', 'n']) register.receive(id, { type: 'vote.accepted', after, ballot })
    expect(decided).to.deep.equal([])
    register.receive('c', { type: 'vote.accepted', after, ballot })
    expect(decided).to.deep.equal([second])
  })

  it('founds nothing beside a view that it heard of while it was founding', () => {
    const { register, asked, promise, sent } = registerOfA(null)
    register.timer({ type: 'register', what: 'found' })
    expect(asked('vote.prepare')?.after).to.equal(null)
    register.heard({ ...without('a'), epoch: 101 })
    sent.length = 0
    register.receive('b', {
      type: 'vote.promise',
      after: null,
      ballot: { round: 1, proposer: 'a' },
      accepted: null,
      epochMax: 0,
      wallMs,
      ages: [],
    })
    register.receive('c', {
      type: 'vote.promise',
      after: null,
      ballot: { round: 1, proposer: 'a' },
      accepted: null,
      epochMax: 0,
      wallMs,
      ages: [],
    })
    expect(sent).to.deep.equal([])
    void promise
  })

  it('goes on after a message with a round or an epoch that no node can have reached', () => {
    const { register, sent, decided, promise } = registerOfA(null)
    register.timer({ type: 'register', what: 'found' })
    const absurd = { round: Number.MAX_SAFE_INTEGER, proposer: 'z' }
    register.receive('b', { type: 'vote.prepare', after: null, ballot: absurd, config: configDigest(config) })
    register.receive('b', { type: 'vote.reject', after: null, ballot: absurd, promised: absurd })
    expect(register.state.proposer.roundMax).to.be.below(2 ** 40)
    expect(
      sent.some(({ type }) => type === 'vote.promise'),
      'promised an absurd round',
    ).to.equal(false)
    register.timer({ type: 'register', what: 'found' })
    promise('b', { epochMax: epochLimit - 1 })
    promise('c')
    const put = sent.findLast((message) => message.type === 'vote.accept') as MessageOf<'vote.accept'>
    expect(put.view.epoch).to.be.below(1_000_000)
    expect(isMember(put.view, 'b'), 'who tells an absurd epoch is no founder').to.equal(false)
    expect(decided).to.deep.equal([])
  })

  it('proposes nothing past the last epoch that a fence has room for', () => {
    const last = { ...first, epoch: epochLimit - 1 }
    const { register, sent } = registerOfA(last)
    sent.length = 0
    register.propose(last, successorOf(last, { gone: new Map(), joiners: [], elapsedMs: 0 }))
    expect(sent).to.deep.equal([])
  })
})

describe('a voter among lying peers', () => {
  it('votes for nothing that cannot follow its view', () => {
    const { register, sent } = registerOfA(first)
    const ballot = { round: 5, proposer: 'b' }
    register.receive('b', { type: 'vote.prepare', after: viewId(first), ballot, config: 0 })
    const lies = [
      { ...second, epoch: wallEpoch(wallMs) + 9 },
      { ...second, epoch: first.epoch },
      { ...second, members: [...second.members, ...second.members] },
      { ...second, voters: ['a', null, null] },
    ]
    for (const view of lies) register.receive('b', { type: 'vote.accept', after: viewId(first), ballot, view })
    expect(sent.map(({ type }) => type))
      .to.include('vote.promise')
      .and.not.include('vote.accepted')
    register.receive('b', { type: 'vote.accept', after: viewId(first), ballot, view: second })
    expect(sent.map(({ type }) => type)).to.include('vote.accepted')
  })
})

describe('founding', () => {
  it('waits for clocks that are near, however long: D apart is too far', () => {
    const cluster = new Cluster({ joinList })
    cluster.start('a', {}, { wallOffsetMs: 0 })
    cluster.start('b', {}, { wallOffsetMs: 4000 })
    cluster.start('c', {}, { wallOffsetMs: -4000 })
    cluster.runFor(60_000)
    for (const id of ['a', 'b', 'c']) expect(cluster.get(id).views.phase, id).to.equal('joining')
  })
})

describe('members and a stranger with arbitrary messages', () => {
  it('do not crash, let no node hold without the right to, and go on', () => {
    const kinds = /^(vote|session|view)\./
    fc.assert(
      fc.property(
        fc.array(
          anyMessage.filter(({ type }) => kinds.test(type) && type !== 'view.newest'),
          { maxLength: 40 },
        ),
        (lies) => {
          const cluster = new Cluster({ joinList })
          for (const name of ['a', 'b', 'c']) cluster.start(name)
          cluster.settle(['a', 'b', 'c'])
          const node = cluster.get('a')
          const view = node.views.view as View
          for (const lie of lies) {
            // As they are, and about the view that there is.
            for (const message of [lie, aimed(lie, view)]) hear(node, 'x', message)
          }
          cluster.runFor(1000)
          expect(node.views.mayGrant()).to.equal(true)
          expect(isMember(node.views.view as View, 'x')).to.equal(false)
          expect(cluster.problems).to.deep.equal([])
        },
      ),
      { numRuns: 60, seed: 7 },
    )
  })
})

/** The same lie about this very view. */
function aimed(message: Message, view: View): Message {
  const id = viewId(view)
  if ('after' in message) return { ...message, after: id }
  if ('view' in message && !('cluster' in message.view)) return { ...message, view: id } as Message
  return message
}
