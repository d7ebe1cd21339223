import { expect } from 'chai'
import { swimProfiles } from '../../../lib/membership/profile.ts'
import { Cluster } from '../cluster.ts'

function sides(cluster: Cluster): [string[], string[]] {
  const ids = [...cluster.nodes.keys()]
  return [ids.slice(0, 3), ids.slice(3)]
}

describe('a partition', () => {
  it('shows each side the other as down, and no node of its own', () => {
    const cluster = Cluster.of(7)
    const [small, large] = sides(cluster)
    cluster.partition(small, 1000)
    cluster.time.runFor(15_000)
    for (const id of small) for (const other of large) expect(cluster.get(id).membership.stateOf(other)).to.equal('down')
    for (const fact of cluster.facts('down')) expect(small.includes(fact.at)).to.not.equal(small.includes(fact.id))
  })

  for (const [name, lengthMs] of [
    ['short', 20_000],
    ['outlasting the reaping', 200_000],
  ] as const) {
    it(`heals by a single new connection, ${name}`, () => {
      const cluster = Cluster.of(7)
      const [small, large] = sides(cluster)
      cluster.partition(small, 1000)
      cluster.time.runFor(lengthMs)
      expect(cluster.get('n0').membership.stateOf('n6')).to.equal(lengthMs > swimProfiles.lan.reapMs ? undefined : 'down')
      cluster.heal()
      cluster.connect(small[0] as string, large[0] as string)
      expect(cluster.time.runUntil(() => cluster.converged(), 20_000)).to.equal(true)
      cluster.time.runFor(20_000)
      expect(cluster.converged()).to.equal(true)
    })
  }

  it('of a single path is bridged by helpers', () => {
    const cluster = Cluster.of(5)
    cluster.disconnect('n1', 'n2')
    cluster.time.runFor(60_000)
    expect(cluster.facts('suspected'), 'who hears of it could still object').to.deep.equal([])
  })

  it('told to a peer wrongly believed down, which is still connected, ends by its objection', () => {
    const cluster = Cluster.of(4)
    cluster.get('n1').membership.receive('n0', {
      type: 'swim.gossip',
      updates: [{ id: 'n2', address: 'n2:1', state: 'down', incarnation: 0, by: 'n0' }],
    })
    expect(cluster.get('n1').membership.stateOf('n2')).to.equal('down')
    cluster.time.runFor(1000)
    expect(cluster.converged()).to.equal(true)
    expect(cluster.get('n2').membership.state.self.incarnation).to.equal(1)
  })
})
