import { expect } from 'chai'
import { Acceptor, type VoteMemory } from '../../lib/view/acceptor.ts'
import { foundedView, successorOf } from '../../lib/view/successor.ts'
import { type ClusterConfig, type View, viewId } from '../../lib/view/view.ts'
import type { Vote, VoteKeeper } from '../../lib/view/vote.ts'

const originMs = 1_735_689_600_000
const config: ClusterConfig = {
  algorithm: 'x',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 1000,
  joinList: ['a:1', 'b:1', 'c:1'],
}
const members = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:1` }))

function voter(memory: VoteMemory | null = null) {
  const clock = { monotonicMs: 0, wallMs: originMs + 1_000_000 }
  const acceptor = new Acceptor({ nowMs: () => clock.monotonicMs, wallMs: () => clock.wallMs }, memory)
  const view = foundedView('test', config, 100, members, [])
  acceptor.installed(view, viewId(view))
  const successor: View = successorOf(view, { gone: new Map([['c', 'evicted']]), joiners: [], elapsedMs: 0 })
  return { clock, acceptor, view, successor, after: viewId(view) }
}
const ballot = (round: number, proposer = 'a') => ({ round, proposer })

describe('a voter', () => {
  it('acknowledges no session of a view any more once it promised for the successor', () => {
    const { acceptor, after } = voter()
    expect(acceptor.acknowledge('c')).to.equal(true)
    acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(1), config: 0 })
    expect(acceptor.acknowledge('c')).to.equal(false)
  })

  it('reports in its promise how old each acknowledgement is, and counts from the installation without one', () => {
    const { acceptor, after, clock } = voter()
    clock.monotonicMs = 100
    acceptor.acknowledge('c')
    clock.monotonicMs = 350
    const promise = acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(1), config: 0 })
    expect(promise).to.deep.include({
      type: 'vote.promise',
      ages: [
        { id: 'a', ageMs: 350 },
        { id: 'b', ageMs: 350 },
        { id: 'c', ageMs: 250 },
      ],
    })
  })

  it('counts from the latest installation whom it acknowledged in no view since', () => {
    const { acceptor, clock, successor } = voter()
    clock.monotonicMs = 100
    acceptor.acknowledge('a')
    clock.monotonicMs = 200
    acceptor.installed(successor, viewId(successor))
    clock.monotonicMs = 350
    acceptor.acknowledge('b')
    clock.monotonicMs = 400
    const promise = acceptor.prepare({ type: 'vote.prepare', after: viewId(successor), ballot: ballot(1), config: 0 })
    expect(promise).to.deep.include({
      type: 'vote.promise',
      ages: [
        { id: 'a', ageMs: 200 },
        { id: 'b', ageMs: 50 },
      ],
    })
  })

  it('keeps its promise: lower ballots are refused, the same one is answered again', () => {
    const { acceptor, after, successor } = voter()
    acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(2, 'b'), config: 0 })
    expect(acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(2, 'a'), config: 0 })?.type).to.equal('vote.reject')
    expect(acceptor.accept({ type: 'vote.accept', after, ballot: ballot(1), view: successor })?.type).to.equal('vote.reject')
    expect(acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(2, 'b'), config: 0 })?.type).to.equal('vote.promise')
  })

  it('reports what it accepted, for the next proposer to go on with', () => {
    const { acceptor, after, successor } = voter()
    acceptor.accept({ type: 'vote.accept', after, ballot: ballot(1), view: successor })
    const promise = acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(2), config: 0 })
    expect(promise).to.deep.include({ accepted: { ballot: ballot(1), view: successor }, epochMax: 101 })
  })

  it('accepts an epoch only when its own wall clock has reached it, and that clock never falls', () => {
    const { acceptor, after, successor, clock } = voter()
    clock.wallMs = originMs + 10_099
    const vote = { type: 'vote.accept', after, ballot: ballot(1), view: successor } as const
    expect(acceptor.accept(vote), 'tenth 100 of epoch 101').to.equal(null)
    clock.wallMs = originMs + 10_100
    acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(1), config: 0 })
    clock.wallMs = originMs
    expect(acceptor.accept(vote)?.type).to.equal('vote.accepted')
  })

  it('begins anew with the next view', () => {
    const { acceptor, after, successor } = voter()
    acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(9), config: 0 })
    acceptor.installed(successor, viewId(successor))
    expect(acceptor.isSealed).to.equal(false)
    expect(acceptor.acknowledge('b')).to.equal(true)
    expect(acceptor.prepare({ type: 'vote.prepare', after: viewId(successor), ballot: ballot(1), config: 0 })?.type).to.equal(
      'vote.promise',
    )
  })

  it('enters no view below a founding that it accepted, and accepts none below a view it heard of', () => {
    const clock = { nowMs: () => 0, wallMs: () => originMs + 1_000_000 }
    const acceptor = new Acceptor(clock)
    const founding = foundedView('test', config, 200, members, [])
    expect(acceptor.accept({ type: 'vote.accept', after: null, ballot: ballot(1), view: founding })?.type).to.equal(
      'vote.accepted',
    )
    expect(acceptor.mayInstall(foundedView('test', config, 199, members, []))).to.equal(false)
    expect(acceptor.mayInstall(founding)).to.equal(true)
    acceptor.heardOf(300)
    expect(
      acceptor.accept({
        type: 'vote.accept',
        after: null,
        ballot: ballot(2),
        view: foundedView('test', config, 300, members, []),
      })?.type,
    ).to.equal('vote.reject')
  })
})

describe('a voter with a disk', () => {
  /** A disk that keeps votes, or fails. */
  function disk(options: { isDemanded?: boolean; isFull?: boolean } = {}) {
    const kept: Vote[] = []
    const keep = (vote: Vote): void => {
      if (options.isFull === true) throw new Error('ENOSPC')
      kept.push(vote)
    }
    const keeper = { found: null, keep } as unknown as VoteKeeper
    const memory: VoteMemory = { keeper, isDemanded: options.isDemanded === true, unsaved: () => undefined }
    return { kept, ...voter(memory) }
  }

  it('keeps what it accepts, with its epoch, and then needs no wall clock to have come so far', () => {
    for (const isDemanded of [false, true]) {
      const { acceptor, after, successor, clock, kept } = disk({ isDemanded })
      clock.wallMs = originMs
      const answer = acceptor.accept({ type: 'vote.accept', after, ballot: ballot(1), view: successor })
      expect(answer?.type).to.equal('vote.accepted')
      const accepted = { ballot: ballot(1), view: viewId(successor) }
      expect(kept).to.deep.equal([{ after, promised: ballot(1), accepted, epochMax: successor.epoch }])
    }
  })

  it('keeps with its promise the epoch of a view that it entered without having voted for it', () => {
    const { acceptor, after, kept } = disk()
    acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(1), config: 0 })
    expect(kept).to.deep.equal([{ after, promised: ballot(1), accepted: null, epochMax: 100 }])
  })

  it('gives no vote that it cannot keep if that is demanded, and one that its wall clock remembers if not', () => {
    const answers = (isDemanded: boolean) => {
      const { acceptor, after, successor } = disk({ isDemanded, isFull: true })
      return [
        acceptor.prepare({ type: 'vote.prepare', after, ballot: ballot(1), config: 0 })?.type,
        acceptor.accept({ type: 'vote.accept', after, ballot: ballot(1), view: successor })?.type,
      ]
    }
    expect(answers(true)).to.deep.equal([undefined, undefined])
    expect(answers(false)).to.deep.equal(['vote.promise', 'vote.accepted'])
  })
})
