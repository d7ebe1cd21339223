import { expect } from 'chai'
import { Arena } from '../../../lib/lab/arena/arena.ts'
import { delayLaw } from '../../../lib/lab/arena/delays.ts'
import { loadOf, usersRandom } from '../../../lib/lab/arena/loads.ts'
import { type PlacePlan, planOf } from '../../../lib/lab/real/plan.ts'
import { ricartAgrawala } from '../../../lib/mutex/ricart-agrawala.ts'

/** When users come to each place of a simulated run. */
function simulated(load: string, seed: number, nodes: number, entries: number): number[][] {
  const arena = new Arena({ kind: ricartAgrawala, nodes, delay: delayLaw('constant:1'), seed })
  const came = Array.from({ length: nodes }, (): number[] => [])
  const users = { random: usersRandom(seed), sectionT: 0.1, mayGoOn: () => arena.entries < entries }
  const { left } = loadOf(load).start(arena, users)
  arena.listener = {
    requested: (seat, { arrivedAtT }) => came[seat.index]?.push(arrivedAtT),
    left: (seat) => left?.(seat),
  }
  arena.run(() => arena.entries >= entries)
  return came
}

const placesOf = (load: string, seed = 1): readonly PlacePlan[] => {
  const plan = planOf({ load: loadOf(load), nodes: 5, seed, sectionT: 0.1, visits: 300 })
  return plan.kind === 'each by itself' ? plan.places : []
}

describe('the plan of a real run', () => {
  for (const load of ['poisson:0.5', 'hotspot:0.4,0.7', 'zipf:0.5,1', 'bursts:0.5,3']) {
    it(`lets users of ${load} come when they come in the simulation under that seed`, () => {
      const came = simulated(load, 7, 5, 200)
      const planned = placesOf(load, 7)
      expect(came.flat().length).to.be.at.least(200)
      for (const [place, atT] of came.entries()) {
        const plan = planned[place]
        expect(plan?.kind === 'from outside' ? [...plan.atT.subarray(0, atT.length)] : []).to.deep.equal(atT)
      }
    })
  }

  it('makes no user pause that always wants the lock', () => {
    for (const plan of placesOf('saturated')) {
      expect(
        plan.kind === 'comes back' && plan.firstT < 1 && plan.pausesT.length > 0 && plan.pausesT.every((pause) => pause === 0),
      ).to.equal(true)
    }
  })

  it('lets users of a closed load think for as long as they should, at the mean', () => {
    const pauses = placesOf('closed:5').flatMap((plan) => (plan.kind === 'comes back' ? [...plan.pausesT] : []))
    expect(pauses.length).to.be.above(300)
    expect(pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length).to.be.within(4, 6)
  })

  it('takes one place after the other under the light load, all of them alike', () => {
    const plan = planOf({ load: loadOf('light'), nodes: 5, seed: 1, sectionT: 0.1, visits: 1000 })
    const places = plan.kind === 'one at a time' ? plan.visits.map(({ place }) => place) : []
    const shares = [0, 1, 2, 3, 4].map((place) => places.filter((each) => each === place).length / places.length)
    for (const share of shares) expect(share).to.be.within(0.16, 0.24)
    expect(places.slice(0, 200)).to.deep.equal(simulatedOrder(200))
  })
})

/** Who enters in the simulated light load. */
function simulatedOrder(entries: number): number[] {
  const arena = new Arena({ kind: ricartAgrawala, nodes: 5, delay: delayLaw('constant:1'), seed: 1 })
  const order: number[] = []
  const { left } = loadOf('light').start(arena, { random: usersRandom(1), sectionT: 0.1, mayGoOn: () => order.length < entries })
  arena.listener = { entered: (seat) => order.push(seat.index), left: (seat) => left?.(seat) }
  arena.run(() => order.length >= entries)
  return order
}
