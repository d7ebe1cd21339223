import { expect } from 'chai'
import { swimProfiles } from '../../../lib/membership/profile.ts'
import { Cluster } from '../cluster.ts'

describe('failure detection', () => {
  it('finds all nodes from one address', () => {
    expect(Cluster.of(5).converged()).to.equal(true)
  })

  it('sends nothing when alone', () => {
    const cluster = new Cluster()
    cluster.add('n0')
    cluster.time.runFor(60_000)
    expect(cluster.sent()).to.equal(0)
  })

  for (const [name, limitMs] of [
    ['local', 1000],
    ['lan', 3000],
  ] as const) {
    for (const nodes of [2, 3, 5, 10]) {
      it(`of ${nodes} nodes sees a killed process down within ${limitMs} ms with profile ${name}`, () => {
        const cluster = Cluster.of(nodes, { profile: swimProfiles[name] })
        expect(cluster.converged()).to.equal(true)
        cluster.kill('n1')
        expect(cluster.time.runUntil(() => cluster.everybodyBelieves('n1', 'down'), limitMs)).to.equal(true)
        expect(cluster.facts('down').every((fact) => fact.id === 'n1')).to.equal(true)
      })
    }
  }

  for (let seed = 1; seed <= 5; seed++) {
    it(`forgives a node whose event loop was blocked for 2 s, seed ${seed}`, () => {
      const cluster = Cluster.of(6, { seed })
      for (let i = 0; i < 6; i++) {
        cluster.pause(`n${i}`, 2000)
        cluster.time.runFor(6000)
      }
      expect(cluster.facts('down')).to.deep.equal([])
      expect(cluster.converged()).to.equal(true)
    })
  }
})
