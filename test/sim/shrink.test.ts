import { expect } from 'chai'
import fc from 'fast-check'
import { failuresThatCount, planReductions } from '../../lib/sim/shrink-plan.ts'
import { fewer, type Reduction, shorter, shrink, simpler } from '../../lib/sim/shrink.ts'
import { drawPlan } from '../../lib/sim/swarm/draw.ts'
import type { Plan } from '../../lib/sim/swarm/plan.ts'

interface Toy {
  readonly items: readonly number[]
  readonly lastMs: number
  readonly law: 'odd' | 'even'
}

const reductions: readonly Reduction<Toy>[] = [
  fewer(
    'items',
    ({ items }) => items,
    (toy, items) => ({ ...toy, items }),
  ),
  shorter(
    'time',
    ({ lastMs }) => lastMs,
    (toy, lastMs) => ({ ...toy, lastMs }),
  ),
  simpler('law', () => [(toy) => ({ ...toy, law: 'even' })]),
]
const toy = (...items: readonly number[]): Toy => ({ items, lastMs: 1000, law: 'odd' })

describe('shrinking', () => {
  it('leaves exactly what is needed to fail', async () => {
    const fails = async ({ items, lastMs }: Toy): Promise<boolean> => items.includes(3) && items.includes(17) && lastMs >= 100
    const { plan, complete, steps } = await shrink(toy(...Array(40).keys()), reductions, fails)
    expect(plan).to.deep.equal({ items: [3, 17], lastMs: 125, law: 'even' })
    expect(complete).to.equal(true)
    expect(Object.keys(steps)).to.have.members(['items', 'time', 'law'])
  })

  it('finds any smallest subset', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 4 }), async (needed) => {
        const fails = async ({ items }: Toy): Promise<boolean> => needed.every((each) => items.includes(each))
        const { plan } = await shrink(toy(...Array(31).keys()), reductions, fails, { attemptsMax: 2000 })
        expect(plan.items).to.deep.equal([...needed].sort((a, b) => a - b))
      }),
      { numRuns: 30 },
    )
  })

  it('tries nothing twice, and stops when its budget is spent', async () => {
    const tried = new Set<string>()
    const result = await shrink(toy(...Array(40).keys()), reductions, async (plan) => {
      const text = JSON.stringify(plan)
      expect(tried.has(text)).to.equal(false)
      tried.add(text)
      return plan.items.includes(3)
    })
    expect(result.attempts).to.equal(tried.size)
    const hasItem = async ({ items }: Toy): Promise<boolean> => items.length > 5
    const few = await shrink(toy(...Array(40).keys()), reductions, hasItem, { attemptsMax: 3 })
    expect([few.attempts, few.complete]).to.deep.equal([3, false])
    let left = 5
    const timed = await shrink(toy(...Array(40).keys()), reductions, hasItem, { mayGoOn: () => --left > 0 })
    expect([timed.attempts, timed.complete]).to.deep.equal([4, false])
  })

  it('keeps the plan when nothing can go', async () => {
    const start = toy(1)
    const { plan, attempts } = await shrink(start, reductions, async () => false)
    expect(plan).to.equal(start)
    expect(attempts).to.be.greaterThan(0)
  })
})

/** Whether a plan's numbers name what is there. */
function isSound({ places, users, faults, locks, register }: Plan): boolean {
  const isPlace = (place: number): boolean => place >= 0 && place < places.length
  return (
    places.length >= 2 &&
    users.length >= 1 &&
    locks.length >= 1 &&
    (register === 'local' || places.some(({ listed }) => listed)) &&
    users.every(({ place, asks }) => isPlace(place) && asks.length > 0 && asks.every(({ lock }) => locks.includes(lock))) &&
    faults.every((fault) => isPlace(fault.place) && fault.others.every(isPlace))
  )
}

describe('shrinking plans of the swarm', () => {
  it('tries only plans that name what is there', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      let turn = 0
      const plan = drawPlan(seed)
      if (!isSound(plan)) continue
      await shrink(plan, planReductions('exclusion'), async (candidate) => {
        expect(isSound(candidate), `seed ${seed}`).to.equal(true)
        return ++turn % 3 === 0
      })
    }
  })

  it('gets from anything to two places, a user and an ask, if nothing else is needed', async () => {
    const seed = [...Array(100).keys()].find((each) => drawPlan(each).faults.length > 5) ?? 1
    const { plan } = await shrink(drawPlan(seed), planReductions('fences'), async () => true)
    const { faults, users, places, locks, healMs, network } = plan
    expect([faults.length, users.length, users[0]?.asks.length, places.length, locks.length]).to.deep.equal([0, 1, 1, 2, 1])
    expect([healMs, network]).to.deep.equal([0, { law: 'uniform', meanMs: 1, noticeMsMax: 1 }])
  })

  it('leaves the calm alone where that is what was judged', async () => {
    for (const property of ['liveness', 'messages']) {
      const { plan } = await shrink(drawPlan(3), planReductions(property), async () => true)
      expect(plan.healMs, property).to.equal(drawPlan(3).healMs)
    }
  })

  it('believes nothing that is judged by the calm once that was shortened', () => {
    const failures = [{ property: 'liveness' }, { property: 'exclusion' }, { property: 'agreement' }]
    const drawn = drawPlan(3)
    expect(failuresThatCount(failures, drawn, { ...drawn, healMs: 0 })).to.deep.equal([{ property: 'exclusion' }])
    expect(failuresThatCount(failures, drawn, { ...drawn, faults: [] })).to.deep.equal(failures)
  })
})
