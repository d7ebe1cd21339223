import { expect } from 'chai'
import type { Register } from '../../../lib/view/register.ts'
import { quarantineFullMs, successorOf } from '../../../lib/view/successor.ts'
import { type View, viewId } from '../../../lib/view/view.ts'
import { Cluster } from '../cluster.ts'

const three = ['a:1', 'b:1', 'c:1']
const five = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1']

function formed(joinList: readonly string[] | undefined, names: readonly string[], seed = 1): Cluster {
  const cluster = new Cluster(joinList === undefined ? { seed } : { joinList, seed })
  for (const name of names) cluster.start(name)
  cluster.settle(names)
  return cluster
}

const viewOf = (cluster: Cluster, id: string): View => cluster.get(id).views.view as View

/** What a member's views decide by. */
function registerOf(cluster: Cluster, id: string): Register {
  return (cluster.get(id).views as unknown as { readonly register: Register }).register
}

describe('what broke earlier designs', () => {
  for (const [register, joinList] of Object.entries({ local: undefined, quorum: three })) {
    it(`1: two proposers with different members in mind decide one successor (${register})`, () => {
      const winners = new Set<string>()
      for (let seed = 1; seed <= 10; seed++) {
        const cluster = new Cluster({
          ...(joinList === undefined ? {} : { joinList }),
          seed,
          latencyMs: (random) => 1 + random.below(20),
        })
        for (const name of ['a', 'b', 'c', 'h']) cluster.start(name)
        cluster.settle(['a', 'b', 'c', 'h'])
        const current = viewOf(cluster, 'a')
        const wishes = new Map([
          ['a', successorOf(current, { gone: new Map([['h', 'evicted']]), joiners: [], elapsedMs: 0 })],
          ['c', successorOf(current, { gone: new Map(), joiners: [{ id: 'x', address: 'x:1' }], elapsedMs: 0 })],
        ])
        const order = seed % 2 === 0 ? ['a', 'c'] : ['c', 'a']
        const views = new Map(order.map((id) => [id, viewOf(cluster, id)]))
        for (const id of order) {
          registerOf(cluster, id).propose(views.get(id) as View, wishes.get(id) as View)
          // Whose ballot is higher comes first if both begin at once; so the other has a start of up to a round trip.
          cluster.runFor(2 * seed)
        }
        cluster.runFor(1500)
        const successors = [...(cluster.installed.get(current.epoch + 1) ?? new Map<string, View>()).values()]
        expect(successors.length, 'who installed the successor').to.be.at.least(3)
        const [decided] = successors as [View]
        for (const view of successors) expect(viewId(view), `seed ${seed}`).to.deep.equal(viewId(decided))
        const winner = decided.members.some(({ id }) => id === 'h') ? 'c' : 'a'
        expect(decided.members).to.deep.equal(wishes.get(winner)?.members)
        expect(cluster.problems).to.deep.equal([])
        winners.add(winner)
        if (winner === 'a') expect(cluster.get('h').views.mayGrant(), `seed ${seed}`).to.equal(false)
      }
      expect([...winners], 'each of the two comes first now and then').to.include.members(['a', 'c'])
    })
  }

  it('2: a voter that promised for the successor renews no session, although nothing is decided', () => {
    const cluster = formed(three, ['a', 'b', 'c'])
    const view = viewOf(cluster, 'a')
    cluster.drop = (_from, _to, message) => message.type === 'vote.accept'
    for (const id of ['b', 'c'])
      cluster
        .get(id)
        .register.receive('a', { type: 'vote.prepare', after: viewId(view), ballot: { round: 9, proposer: 'a' }, config: 0 })
    const renewed = cluster.get('a').views.sessionRemainingMs()
    cluster.runFor(1000)
    expect(cluster.get('a').views.sessionRemainingMs()).to.be.at.most(renewed - 1000 + 100)
    cluster.drop = () => false
    // Any sealed voter can finish what the proposer began: with the same members, if need be.
    cluster.time.runUntil(() => viewOf(cluster, 'a').epoch > view.epoch, 1500)
    cluster.settle(['a', 'b', 'c'], 500)
    expect(viewOf(cluster, 'a').epoch).to.equal(view.epoch + 1)
  })

  it('6: the wait of a founding is not lost when a node joins, nor that for evicted nodes at the next view', () => {
    const cluster = formed(three, ['a', 'b'])
    cluster.runFor(500)
    const before = cluster.get('a').views.quarantineMs()
    cluster.start('c')
    cluster.settle(['a', 'b', 'c'])
    expect(viewOf(cluster, 'c').quarantine[0]?.id).to.equal('*')
    expect(cluster.get('c').views.quarantineMs()).to.be.within(before - 500, before)
    cluster.runFor(4000)
    cluster.crash('c')
    cluster.settle(['a', 'b'])
    const left = cluster.get('a').views.quarantineMs()
    cluster.start('d')
    cluster.settle(['a', 'b', 'd'])
    expect(viewOf(cluster, 'd').quarantine.map(({ id }) => id)).to.deep.equal(['c'])
    expect(cluster.get('d').views.quarantineMs()).to.be.within(left - 1000, left)
  })

  it('8: epochs rise over a restart of all, although one clock was ahead', () => {
    const cluster = new Cluster({ joinList: ['a:1', 'b:1'] })
    cluster.start('a')
    cluster.start('b', {}, { wallOffsetMs: 2000 })
    cluster.settle(['a', 'b'])
    const { epoch } = viewOf(cluster, 'a')
    cluster.crash('a')
    cluster.crash('b')
    cluster.runFor(100)
    cluster.start('a')
    cluster.settle(['a2'], 10_000)
    expect(viewOf(cluster, 'a2').epoch).to.be.greaterThan(epoch)
  })

  it('7: a founding waits out the session that a voter acknowledged before it restarted', () => {
    const cluster = formed(three, ['a', 'b'])
    cluster.runFor(4000)
    const { host, views } = cluster.get('a')
    for (let i = 0; host.holds.size === 0; i++) host.take(views, `lock${i}`)
    const [lock] = [...host.holds]
    // b renews a for the last time, restarts without memory, and is a majority with the fresh c.
    cluster.partition(['a'], ['b'])
    cluster.crash('b')
    cluster.start('b')
    cluster.start('c')
    cluster.partition(['a'], ['b2', 'c'])
    cluster.settle(['b2', 'c'], 2500)
    expect(views.mayGrant(), 'the old session still lives').to.equal(true)
    expect(cluster.get('c').views.quarantineMs()).to.be.greaterThan(views.sessionRemainingMs())
    expect(cluster.get('b2').host.take(cluster.get('b2').views, lock as string)).to.equal(false)
    expect(cluster.get('c').host.take(cluster.get('c').views, lock as string)).to.equal(false)
  })

  it('12: an evicted node ends, even if it only hears of a later view that lists it again', () => {
    const cluster = formed(three, ['a', 'b', 'c'])
    const without = successorOf(viewOf(cluster, 'b'), { gone: new Map([['b', 'evicted']]), joiners: [], elapsedMs: 0 })
    const again = successorOf(without, { gone: new Map(), joiners: [{ id: 'b', address: 'b:1' }], elapsedMs: 0 })
    cluster.get('b').views.receive('a', { type: 'view.newest', view: again })
    expect(cluster.get('b').outcome.ended).to.match(/evicted/)
  })

  it('14: two members without a majority and a newcomer found anew when the old sessions are over', () => {
    const cluster = formed(five, ['a', 'b', 'c'])
    cluster.crash('c')
    const late = cluster.start('d')
    // With a and b, who still are members, d would be a majority, but a view of theirs has not: its voters are a, b, c.
    cluster.runFor(2900)
    expect(late.views.view).to.equal(null)
    cluster.runFor(1500)
    for (const id of ['a', 'b']) {
      expect(cluster.get(id).outcome.ended, id).to.match(/session/)
      cluster.close(id)
      cluster.start(id)
    }
    cluster.settle(['a2', 'b2', 'd'], 10_000)
    expect(viewOf(cluster, 'd').quarantine.some(({ id }) => id === '*')).to.equal(true)
  })

  it('14: a node without a session joins the view of the majority, whatever view it knew before', () => {
    const cluster = formed(three, ['a', 'b', 'c'])
    cluster.partition(['a'], ['b', 'c'])
    cluster.runFor(3500)
    cluster.close('a')
    const back = cluster.start('a')
    cluster.heal()
    cluster.settle(['a2', 'b', 'c'], 5000)
    expect(back.outcome.ended).to.equal(null)
  })

  it('15: suspects that flap hold up nothing for longer than D/2', () => {
    const cluster = formed(three, ['a', 'b', 'c', 'd'])
    let stopped = false
    const flap = (): void => {
      if (stopped) return
      for (const id of ['a', 'b']) {
        cluster.get(id).views.peers.suspected('c')
        cluster.time.schedule(10, () => cluster.get(id).views.peers.refuted('c'))
      }
      cluster.time.schedule(25, flap)
    }
    flap()
    const startMs = cluster.time.nowMs
    cluster.get('a').views.peers.down('d')
    cluster.settle(['a', 'b', 'c'], 3000)
    stopped = true
    expect(cluster.time.nowMs - startMs).to.be.within(1000, 1500 + 300)
  })

  it('a survivor of a whole partition never grants while a session of the other side may live', () => {
    const cluster = formed(three, ['a', 'b', 'c'])
    cluster.runFor(4000)
    cluster.partition(['a'], ['b', 'c'])
    cluster.time.runUntil(() => viewOf(cluster, 'b').members.length === 2 && cluster.get('b').views.phase === 'active', 3000)
    expect(cluster.get('b').views.quarantineMs()).to.be.greaterThan(cluster.get('a').views.sessionRemainingMs())
    expect(cluster.get('b').views.quarantineMs()).to.be.at.most(quarantineFullMs(3000))
    cluster.time.runUntil(() => cluster.get('b').views.quarantineMs() === 0, 4000)
    expect(cluster.get('a').views.mayGrant()).to.equal(false)
  })
})
