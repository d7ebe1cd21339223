import { expect } from 'chai'
import { Reasons } from '../../lib/view/reasons.ts'
import { foundedView, successorOf } from '../../lib/view/successor.ts'
import type { ClusterConfig } from '../../lib/view/view.ts'
import { Cluster } from './cluster.ts'

const config: ClusterConfig = { algorithm: 'x', algorithms: [], permits: [], clock: 'hlc', sessionMs: 1000, joinList: [] }
const view = foundedView(
  'test',
  config,
  10,
  ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:1` })),
  [],
)
const reasonsOf = (self: string): Reasons => new Reasons(self, { windowMs: 50, windowMaxMs: 500, turnMs: 50 })

describe('the members that are gone', () => {
  it("went by itself only by its own word: gossip's word that it left is no word that it holds nothing", () => {
    const reasons = reasonsOf('a')
    reasons.believed('b', 'left', 'b:1')
    reasons.believed('c', 'left', 'c:1')
    reasons.leaves('c')
    expect([...reasons.gone(view)]).to.deep.equal([
      ['b', 'evicted'],
      ['c', 'left'],
    ])
  })
})

describe('a member whose address a newcomer has', () => {
  const replaced = (options: { readonly isConnected: boolean; readonly comer: string }): string[] => {
    const reasons = new Reasons('a', { windowMs: 50, windowMaxMs: 500, turnMs: 50, isConnected: () => options.isConnected })
    reasons.believed(options.comer, 'alive', 'b:1')
    reasons.wantsIn({ id: options.comer, address: 'b:1', epoch: view.epoch, floor: 0 })
    return [...reasons.gone(view).keys()]
  }

  it('is gone, unless its connection is open: then the newcomer only says so', () => {
    expect(replaced({ isConnected: false, comer: 'd' })).to.deep.equal(['b'])
    expect(replaced({ isConnected: true, comer: 'd' })).to.deep.equal([])
  })

  it('is not replaced by itself, when it asks though it is listed', () => {
    expect(replaced({ isConnected: false, comer: 'b' })).to.deep.equal([])
  })
})

describe('those who want in', () => {
  const next = successorOf(view, { gone: new Map(), joiners: [], elapsedMs: 0 })
  const asking = (...asked: readonly [id: string, address: string, epoch?: number][]): Reasons => {
    const reasons = reasonsOf('a')
    for (const [id, address, epoch] of asked) {
      reasons.believed(id, 'alive', address)
      reasons.wantsIn({ id, address, epoch: epoch ?? view.epoch, floor: 0 })
    }
    return reasons
  }
  const letIn = (reasons: Reasons, of = view): string[] => reasons.joiners(of).map(({ id }) => id)

  it('are let in as long as they are believed alive, one for an address', () => {
    const reasons = asking(['d', 'd:1'], ['e', 'd:1'], ['f', 'f:1'], ['g', ''], ['h', ''])
    reasons.believed('f', 'down')
    expect(letIn(reasons)).to.deep.equal(['d', 'g', 'h'])
  })

  it('have to ask again when two views have come since, which may have had them and left them out', () => {
    const later = successorOf(next, { gone: new Map(), joiners: [], elapsedMs: 0 })
    const reasons = asking(['d', 'd:1', next.epoch], ['e', 'e:1', view.epoch])
    reasons.installed(view, later)
    expect(letIn(reasons, later)).to.deep.equal(['d'])
  })
})

describe('a view that took long to begin', () => {
  const dueAfter = (flushMs: number, gone: ReadonlyMap<string, 'dead' | 'left'> = new Map()): number | null => {
    const reasons = new Reasons('a', { windowMs: 50, joinWindowMs: 5, windowMaxMs: 500, turnMs: 50 })
    reasons.activated(flushMs)
    return reasons.dueMs(view, 10_000, 0, gone, true)
  }

  it('lets more newcomers share the next, up to the longest window', () => {
    expect(dueAfter(20)).to.equal(10_005)
    expect(dueAfter(100)).to.equal(10_200)
    expect(dueAfter(1000)).to.equal(10_500)
  })

  it('does not keep a member that left in the view for longer', () => {
    expect(dueAfter(100, new Map([['c', 'left']]))).to.equal(10_050)
  })
})

describe('a member that was silent in one view', () => {
  it('is not gone from the next, which lists it: there it may claim in time', () => {
    const reasons = reasonsOf('a')
    reasons.fellSilent('b')
    expect([...reasons.gone(view)]).to.deep.equal([['b', 'evicted']])
    const next = successorOf(view, { gone: new Map([['c', 'left']]), joiners: [], elapsedMs: 0 })
    reasons.installed(view, next)
    expect([...reasons.gone(next)]).to.deep.equal([])
  })
})

describe('an id that was absent once', () => {
  it('is never to be let in, though it asks and gossip finds it alive', () => {
    const reasons = reasonsOf('a')
    // Who left is in no quarantine, so only the view before tells of it.
    const gone = new Map([
      ['b', 'left'],
      ['c', 'evicted'],
    ] as const)
    const without = successorOf(view, { gone, joiners: [], elapsedMs: 0 })
    reasons.installed(view, without)
    for (const id of ['b', 'c', 'd']) {
      reasons.believed(id, 'alive', `${id}:1`)
      reasons.wantsIn({ id, address: `${id}:1`, epoch: without.epoch, floor: 0 })
    }
    expect(reasons.joiners(without).map(({ id }) => id)).to.deep.equal(['d'])
  })

  it('is known to later members by the wait that it left behind', () => {
    const reasons = reasonsOf('n')
    const without = successorOf(view, { gone: new Map([['c', 'evicted']]), joiners: [], elapsedMs: 0 })
    const joiners = [{ id: 'n', address: 'n:1' }]
    const later = successorOf(without, { gone: new Map(), joiners, elapsedMs: 0 })
    reasons.believed('c', 'alive', 'c:1')
    reasons.wantsIn({ id: 'c', address: 'c:1', epoch: without.epoch, floor: 0 })
    reasons.installed(null, later)
    expect(reasons.joiners(later)).to.deep.equal([])
  })

  it('is not let in by a request that was late on its way, from before it was let in the first time', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    const known = (cluster.get('a').views.view?.epoch ?? 0) - 2
    cluster.get('a').views.peers.found('x', 'x:1')
    cluster.get('a').views.receive('x', { type: 'view.join', address: 'x:1', config: cluster.config, wallMs: 0, known, floor: 0 })
    cluster.runFor(1000)
    expect(cluster.isSettled(['a', 'b', 'c'])).to.equal(true)
  })

  it('hears so, and comes back as a new one', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.get('b').views.peers.unreachable('c')
    cluster.settle(['a', 'b'], 1000)
    const answers: string[] = []
    cluster.drop = (_from, to, message) => {
      if (to === 'c' && message.type === 'view.refuse') answers.push(message.code)
      return false
    }
    cluster.get('a').views.receive('c', {
      type: 'view.join',
      address: 'c:1',
      config: cluster.config,
      wallMs: 0,
      known: Number.MAX_SAFE_INTEGER,
      floor: 0,
    })
    expect(answers).to.deep.equal(['ABSENT'])
  })
})
