import { expect } from 'chai'
import { quarantineFullMs } from '../../../lib/view/successor.ts'
import { Cluster } from '../cluster.ts'

const joinList = ['a:1', 'b:1', 'c:1']

describe('views with the quorum register', () => {
  it('founds by a majority of the list, and waits for the sessions of all unknown nodes', () => {
    const cluster = new Cluster({ joinList })
    cluster.start('a')
    cluster.runFor(5000)
    expect(cluster.get('a').views.phase, 'one of three founds nothing').to.equal('joining')
    cluster.start('b')
    cluster.settle(['a', 'b'], 3000)
    const { view } = cluster.get('a').views
    expect(view?.quarantine).to.deep.equal([{ id: '*', remainingMs: quarantineFullMs(3000), lastEpoch: 0 }])
    expect(view?.voters).to.deep.equal(['a', 'b', null])
  })

  it('makes one view of five that start at once, two of them without a vote', () => {
    const cluster = new Cluster({ joinList })
    for (const name of ['e', 'd', 'c', 'b', 'a']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'd', 'e'], 3000)
    expect(cluster.get('a').views.view?.voters).to.have.members(['a', 'b', 'c'])
  })

  it('is founded by the one whose clock is near enough to a majority, though four others ask in vain', () => {
    const cluster = new Cluster({ joinList: ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'], sessionMs: 1500 })
    const offsets = { a: 850, b: -1040, c: -4100, d: 0, e: -3700 }
    for (const [name, wallOffsetMs] of Object.entries(offsets)) cluster.start(name, {}, { wallOffsetMs })
    const isFounded = (): boolean => cluster.isSettled(['a', 'b', 'd'])
    expect(cluster.time.runUntil(isFounded, 40_000)).to.equal(true)
  })

  it('goes on without a member that crashed', () => {
    const cluster = new Cluster({ joinList })
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.crash('a')
    cluster.settle(['b', 'c'], 2500)
  })

  it('keeps the majority of a partition going, and ends the minority by D', () => {
    const cluster = new Cluster({ joinList: ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'] })
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'd', 'e'])
    cluster.partition(['a', 'b'], ['c', 'd', 'e'])
    cluster.runFor(3000)
    for (const id of ['a', 'b']) {
      expect(cluster.get(id).outcome.ended, id).to.match(/session/)
      expect(cluster.get(id).views.mayGrant()).to.equal(false)
    }
    cluster.settle(['c', 'd', 'e'], 2000)
  })
})
