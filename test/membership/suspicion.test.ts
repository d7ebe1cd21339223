import { expect } from 'chai'
import fc from 'fast-check'
import { adjustHealth, healthMax, stretchedMs } from '../../lib/membership/health.ts'
import { type SwimProfile, swimProfiles } from '../../lib/membership/profile.ts'
import { beginSuspicion, confirm, remainingSuspicionMs, suspicionMs } from '../../lib/membership/suspicion.ts'
import { Solo, suspect } from './solo.ts'

const profile: SwimProfile = {
  ...swimProfiles.lan,
  suspicionOpenMs: 2000,
  suspicionClosedMs: 1000,
  suspicionFactor: 6,
  confirmationsMax: 4,
}

describe('the time of a suspicion', () => {
  it('falls by the logarithm of its confirmations from the longest to the shortest', () => {
    const suspicion = beginSuspicion(profile, 10, 'a', 0)
    const times = [suspicionMs(profile, suspicion, true)]
    for (const by of ['b', 'c', 'd', 'e']) {
      confirm(suspicion, by)
      times.push(suspicionMs(profile, suspicion, true))
    }
    const expected = [0, 1, 2, 3, 4].map((n) => 12_000 - 10_000 * (Math.log(n + 1) / Math.log(5)))
    for (const [n, ms] of times.entries()) expect(ms).to.be.closeTo(expected[n] as number, 1e-6)
    expect(times[0]).to.equal(12_000)
    expect(times[4]).to.equal(2000)
  })

  it('is the shortest at once if no node could confirm', () => {
    expect(suspicionMs(profile, beginSuspicion(profile, 2, 'a', 0), true)).to.equal(2000)
    expect(suspicionMs(profile, beginSuspicion(profile, 2, 'a', 0), false)).to.equal(1000)
  })

  it('grows with the logarithm of the cluster above ten nodes', () => {
    const shortest = (nodes: number): number => {
      const suspicion = beginSuspicion({ ...profile, confirmationsMax: 0 }, nodes, 'a', 0)
      return suspicionMs(profile, suspicion, true)
    }
    expect(shortest(10)).to.equal(2000)
    expect(shortest(100)).to.equal(4000)
    expect(shortest(1000)).to.be.closeTo(6000, 1e-6)
  })

  it('always lies between the shortest and the longest, and no confirmation lengthens it', () => {
    const accusers = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 12 })
    const clusters = fc.integer({ min: 2, max: 5000 })
    fc.assert(
      fc.property(clusters, accusers, fc.boolean(), fc.nat(60_000), (nodes, names, connected, elapsedMs) => {
        const suspicion = beginSuspicion(profile, nodes, 'a', 0)
        const shortest = (connected ? 2000 : 1000) * Math.max(1, Math.log10(nodes))
        let before = suspicionMs(profile, suspicion, connected)
        for (const name of names) {
          const fresh = !suspicion.accusers.includes(name) && suspicion.accusers.length <= suspicion.confirmationsMax
          expect(confirm(suspicion, name)).to.equal(fresh)
          const now = suspicionMs(profile, suspicion, connected)
          expect(now).to.be.at.most(before)
          expect(now).to.be.within(shortest - 1e-6, shortest * 6 + 1e-6)
          expect(new Set(suspicion.accusers).size).to.equal(suspicion.accusers.length)
          expect(remainingSuspicionMs(profile, suspicion, connected, elapsedMs)).to.equal(now - elapsedMs)
          before = now
        }
      }),
    )
  })

  it('is shortened by every accuser of a dogpile but by none twice, and each is told on once', () => {
    for (const [accusers, fellAtMs] of [
      [['a'], 12_000],
      [['a', 'b'], 12_000 - 10_000 * (Math.log(2) / Math.log(4))],
      [['a', 'b', 'b', 'a'], 12_000 - 10_000 * (Math.log(2) / Math.log(4))],
      [['a', 'b', 'c', 'd', 'e'], 2000],
    ] as const) {
      const solo = new Solo({ ...profile, confirmationsMax: 3, probeIntervalMs: 1e6 }).connect('x', 'a', 'b', 'c', 'd')
      for (const by of accusers) solo.hear('a', suspect('x', by))
      solo.time.runFor(fellAtMs - 1)
      expect(solo.membership.stateOf('x'), `${accusers.join()} before`).to.equal('suspect')
      solo.time.runFor(2)
      expect(solo.membership.stateOf('x'), `${accusers.join()} after`).to.equal('down')
    }
  })
})

describe('local health', () => {
  it('stays from 0 to 8 and stretches durations', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -12, max: 12 })), (changes) => {
        const health = { score: 0 }
        for (const change of changes) {
          const before = health.score
          adjustHealth(health, change)
          expect(health.score).to.be.within(0, healthMax)
          if (before + change >= 0 && before + change <= healthMax) expect(health.score).to.equal(before + change)
          expect(stretchedMs(health, 100)).to.equal(100 * (health.score + 1))
        }
      }),
    )
  })
})
