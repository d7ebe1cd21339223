import { expect } from 'chai'
import { sparedByAges } from '../../lib/view/ages.ts'
import { foundedView, quarantineFullMs, successorOf } from '../../lib/view/successor.ts'
import { type ClusterConfig, type View, viewId } from '../../lib/view/view.ts'
import type { MessageOf } from '../../lib/wire/messages.ts'
import { Cluster } from './cluster.ts'

const joinList = ['a:1', 'b:1', 'c:1']
const config: ClusterConfig = {
  algorithm: 'x',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 1000,
  joinList,
}
const members = ['a', 'b', 'c', 'h'].map((id) => ({ id, address: `${id}:1` }))
const before = foundedView('test', config, 100, members, [{ id: 'old', remainingMs: 900, lastEpoch: 99 }])
const without = (...gone: readonly string[]): View =>
  successorOf(before, { gone: new Map(gone.map((id) => [id, 'evicted'])), joiners: [], elapsedMs: 0 })
const promise = (ages: Readonly<Record<string, number>>): MessageOf<'vote.promise'> => ({
  type: 'vote.promise',
  after: viewId(before),
  ballot: { round: 1, proposer: 'a' },
  accepted: null,
  epochMax: 100,
  wallMs: 0,
  ages: Object.entries(ages).map(([id, ageMs]) => ({ id, ageMs })),
})
const remaining = (view: View): Readonly<Record<string, number>> =>
  Object.fromEntries(view.quarantine.map(({ id, remainingMs }) => [id, remainingMs]))
const full = quarantineFullMs(1000)

describe('ages in the promises', () => {
  it('spare an entrant the smallest of them, for each that is evicted now', () => {
    const view = sparedByAges(before, without('h', 'c'), [promise({ h: 700, c: 10.9 }), promise({ h: 400.5, c: 900 })])
    expect(remaining(view)).to.deep.equal({ old: 900, h: full - 400, c: full - 10 })
  })

  it('do not shorten the wait for nodes that were evicted before', () => {
    const view = sparedByAges(before, without('h'), [promise({ h: 1, old: 800 })])
    expect(remaining(view)).to.deep.equal({ old: 900, h: full - 1 })
  })

  it('spare nothing when one promise does not tell, or tells less than nothing', () => {
    expect(remaining(sparedByAges(before, without('h'), [promise({ h: 700 }), promise({})]))['h']).to.equal(full)
    expect(remaining(sparedByAges(before, without('h'), [promise({ h: -700 })]))['h']).to.equal(full)
    expect(remaining(sparedByAges(before, without('h'), []))['h']).to.equal(full)
  })

  it('that are longer than the wait end it', () => {
    expect(remaining(sparedByAges(before, without('h'), [promise({ h: 5000 })]))).to.deep.equal({ old: 900 })
  })
})

describe('the quarantine of a crashed member with the quorum register', () => {
  function evicted(seed: number): { readonly cluster: Cluster; readonly remainingMs: number } {
    const cluster = new Cluster({ joinList, seed })
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.runFor(5000)
    cluster.crash('c')
    cluster.settle(['a', 'b'], 2500)
    const { quarantine } = cluster.get('a').views.view as View
    return { cluster, remainingMs: quarantine.find(({ id }) => id === 'c')?.remainingMs ?? 0 }
  }

  it('is shorter by the time in which no node heard from it', () => {
    for (const seed of [1, 2, 3]) {
      const { remainingMs } = evicted(seed)
      // Found after 600 ms; its last renewal had begun up to D/5 before it crashed.
      expect(remainingMs).to.be.within(quarantineFullMs(3000) - 600 - 3000 / 5 - 100, quarantineFullMs(3000) - 600)
    }
  })

  it('is in full when it was renewed until the very promise', () => {
    const cluster = new Cluster({ joinList })
    for (const name of ['a', 'b', 'c', 'h']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'h'])
    cluster.runFor(5000)
    // Believed down by a alone, while it renews with all voters.
    for (const id of ['a', 'b', 'c']) cluster.get(id).views.peers.down('h')
    cluster.runFor(400)
    const view = cluster.get('a').views.view as View
    expect(view.members.map(({ id }) => id)).to.have.members(['a', 'b', 'c'])
    // The promises came within the window and a turn after the last renewal, which comes each D/5.
    expect(view.quarantine.find(({ id }) => id === 'h')?.remainingMs).to.be.at.least(quarantineFullMs(3000) - 3000 / 5 - 300)
  })

  it('counts from the promise: a voter that promised acknowledges no session, however long the vote takes', () => {
    const cluster = new Cluster({ joinList })
    for (const name of ['a', 'b', 'c', 'h']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'h'])
    cluster.runFor(5000)
    // Votes are held back: promises are given, and h goes on renewing meanwhile.
    let promisedAtMs: number | null = null
    const renewedAfter: string[] = []
    cluster.drop = (from, to, message) => {
      if (message.type === 'vote.promise' && message.after !== null) promisedAtMs ??= cluster.time.nowMs
      if (message.type === 'session.renewed' && to === 'h' && promisedAtMs !== null && cluster.time.nowMs > promisedAtMs + 5)
        renewedAfter.push(from)
      return message.type === 'vote.accept' && promisedAtMs !== null && cluster.time.nowMs < promisedAtMs + 700
    }
    for (const id of ['a', 'b', 'c']) cluster.get(id).views.peers.down('h')
    cluster.runFor(1500)
    const view = cluster.get('a').views.view as View
    expect(view.members.map(({ id }) => id)).to.have.members(['a', 'b', 'c'])
    expect(renewedAfter, 'acknowledged h after promising').to.deep.equal([])
  })
})
