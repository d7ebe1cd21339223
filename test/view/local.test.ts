import { expect } from 'chai'
import { quarantineFullMs } from '../../lib/view/successor.ts'
import { Cluster } from './cluster.ts'

describe('views with the local register', () => {
  it('founds a view of itself in an empty directory, and grants at once', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.runFor(0)
    expect(a.views.phase).to.equal('active')
    expect(a.views.mayGrant()).to.equal(true)
    expect(a.views.quarantineMs()).to.equal(0)
  })

  it('makes one view of five that start at once', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'd', 'e'], 1000)
    expect(cluster.decided.size, 'joins share a view').to.be.at.most(3)
  })

  it('takes in whoever comes later, and keeps the order of seniority', () => {
    const cluster = new Cluster()
    cluster.start('a')
    cluster.settle(['a'])
    cluster.start('b')
    cluster.settle(['a', 'b'])
    cluster.start('c')
    cluster.settle(['a', 'b', 'c'])
    expect(cluster.get('c').views.view?.members.map((member) => member.id)).to.deep.equal(['a', 'b', 'c'])
  })

  it('gives a member up when its session is suspect, and then waits until that session is over, no longer', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.pause('b')
    const pausedAtMs = cluster.time.nowMs
    const session = cluster.get('b').views.sessionRemainingMs()
    cluster.time.runUntil(() => cluster.isSettled(['a', 'c']), 4000)
    expect(cluster.time.nowMs - pausedAtMs).to.be.within(session - 1000, session - 700)
    const waitMs = cluster.get('a').views.quarantineMs()
    const overMs = cluster.time.nowMs + waitMs - pausedAtMs
    expect(overMs).to.be.within(session, session + (quarantineFullMs(3000) - 3000) + 30)
    cluster.runFor(waitMs)
    expect(cluster.get('a').views.quarantineMs()).to.equal(0)
  })

  it('does not give up a member that only was busy for most of its session', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    const before = cluster.get('a').views.id
    cluster.pause('b')
    cluster.runFor(1300)
    cluster.resume('b')
    cluster.runFor(10_000)
    expect(cluster.get('a').views.id).to.deep.equal(before)
    expect(cluster.get('b').outcome.ended).to.equal(null)
  })

  it('leaves when a view without it stands, and nobody waits for it', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.get('b').views.leave()
    expect(cluster.get('b').views.mayGrant()).to.equal(false)
    cluster.settle(['a', 'c'], 500)
    expect(cluster.get('b').outcome.left).to.equal(true)
    expect(cluster.get('a').views.quarantineMs()).to.equal(0)
  })

  it('renews the session, and ends it when the directory is gone', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.runFor(20_000)
    expect(a.views.mayGrant()).to.equal(true)
    cluster.store.gone = true
    cluster.runFor(3000)
    expect(a.outcome.ended).to.match(/directory/)
    expect(a.host.ended).to.match(/directory/)
    expect(a.views.mayGrant()).to.equal(false)
    expect(a.context.timerCount).to.equal(0)
  })
})
