import { expect } from 'chai'
import { swimProfiles } from '../../../lib/membership/profile.ts'
import { Cluster } from '../cluster.ts'

describe('at scale', () => {
  it('100 nodes find each other from one address', () => {
    const cluster = new Cluster({ record: false })
    for (let i = 0; i < 100; i++) cluster.add(`n${i}`)
    for (let i = 1; i < 100; i++) cluster.connect('n0', `n${i}`)
    expect(cluster.time.runUntil(() => cluster.converged(), 5000)).to.equal(true)
  })

  it('a crash of one of 50 is seen by all within 6 s, and no other node is suspected', () => {
    const cluster = Cluster.of(50, { record: false })
    cluster.kill('n7')
    expect(cluster.time.runUntil(() => cluster.everybodyBelieves('n7', 'down'), 6000)).to.equal(true)
    expect(new Set(cluster.facts('suspected').map((fact) => fact.id))).to.deep.equal(new Set(['n7']))
  })

  it('a host of ten that loses power, so that its sockets stay open, is seen within 8 s', () => {
    const cluster = Cluster.of(10)
    cluster.unplug('n7')
    expect(cluster.time.runUntil(() => cluster.everybodyBelieves('n7', 'down'), 8000)).to.equal(true)
    expect(new Set(cluster.facts('down').map((fact) => fact.id))).to.deep.equal(new Set(['n7']))
  })

  it('with 5 % loss none of ten nodes is declared down in 5 minutes', () => {
    for (const seed of [1, 2]) {
      const cluster = Cluster.of(10, { loss: 0.05, seed, record: false })
      cluster.time.runFor(300_000)
      expect(cluster.facts('down')).to.deep.equal([])
    }
  })

  it('costs a node about the same at 5 nodes and at 50', () => {
    const perNodeAndSecond = (nodes: number): number => {
      const cluster = Cluster.of(nodes, { record: false })
      cluster.time.runFor(5000)
      const before = cluster.sent()
      cluster.time.runFor(20_000)
      return (cluster.sent() - before) / nodes / 20
    }
    const [few, many] = [perNodeAndSecond(5), perNodeAndSecond(50)]
    expect(few).to.be.within(3, 6)
    expect(many / few).to.be.within(0.8, 1.25)
  })

  it('a local pool forgives pauses of up to 2 s, one after another', () => {
    const cluster = Cluster.of(6, { profile: swimProfiles.local })
    for (let i = 0; i < 30; i++) {
      cluster.pause(`n${i % 6}`, 300 + 60 * i)
      cluster.time.runFor(2500)
    }
    expect(cluster.facts('down')).to.deep.equal([])
  })

  it('a machine that stops all its nodes for 3 s has no node declared down', () => {
    const cluster = Cluster.of(6, { profile: swimProfiles.local })
    for (const node of cluster.live()) cluster.pause(node.id, 3000)
    cluster.time.runFor(20_000)
    expect(cluster.facts('down')).to.deep.equal([])
    expect(cluster.converged()).to.equal(true)
  })

  it('one seed gives one trace, and another seed another', () => {
    const trace = (seed: number): string[] => {
      const cluster = Cluster.of(6, { loss: 0.05, seed })
      cluster.kill('n2')
      cluster.pause('n3', 1500)
      cluster.time.runFor(10_000)
      return cluster.trace
    }
    expect(trace(1)).to.deep.equal(trace(1))
    expect(trace(1)).to.not.deep.equal(trace(2))
  })
})
