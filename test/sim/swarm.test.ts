import { expect } from 'chai'
import { algorithmKind, algorithms } from '../../lib/mutex/algorithms.ts'
import { bugNamed } from '../../lib/sim/bugs/index.ts'
import type { HistoryEvent } from '../../lib/sim/history/events.ts'
import { PromiseWatch } from '../../lib/sim/promise-watch.ts'
import { drawPlan } from '../../lib/sim/swarm/draw.ts'
import { faultKinds, type Plan } from '../../lib/sim/swarm/plan.ts'
import { runPlan } from '../../lib/sim/swarm/run.ts'
import { judgePlan, judgeSeed } from '../../lib/sim/swarm/verdict.ts'

const seeds = 100

describe('whole nodes under seeded faults', () => {
  it('keep every promise that the checker knows', async function () {
    this.timeout(180_000)
    const sometimes = new Map<string, number>()
    for (let seed = 1; seed <= seeds; seed++) {
      const verdict = await judgeSeed(seed)
      expect(verdict.failures, `holdfast sim --seeds 1 --from ${seed} --story`).to.deep.equal([])
      expect(verdict.simulatedMs, `seed ${seed}`).to.be.at.least(35_000)
      for (const [name, count] of Object.entries(verdict.sometimes)) sometimes.set(name, (sometimes.get(name) ?? 0) + count)
    }
    const reached = [...sometimes].filter(([, count]) => count > 0).map(([name]) => name)
    expect(reached).to.include.members(faultKinds.map((kind) => `fault ${kind}`))
    expect(reached).to.include.members(['lost', 'refused', 'timed out', 'aborted', 'no quorum', 'founded again'])
  })

  it('give a caller a hold that is lost already when one frame brings the grant and the end of the session, and the history says so', async () => {
    const events: HistoryEvent[] = []
    const plan = { ...drawPlan(19_175), algorithm: 'ricart-agrawala' }
    const { failures } = await judgePlan(plan, { listener: (event) => void events.push(event) })
    expect(failures).to.deep.equal([])
    const told = events.filter((event) => 'call' in event && event.call === 7).map(({ type }) => type)
    expect(told.slice(0, 4)).to.deep.equal(['invoked', 'granted', 'lost', 'read'])
  })

  it('tell one story for one seed, event by event', async () => {
    const tell = async (seed: number): Promise<{ hash: number; story: string }> => {
      const events: HistoryEvent[] = []
      const { hash } = await runPlan(drawPlan(seed), (event) => void events.push(event))
      return { hash, story: JSON.stringify(events) }
    }
    for (const seed of [7, 40, 371, 94, 107]) {
      const [first, second] = [await tell(seed), await tell(seed)]
      expect(second.hash).to.equal(first.hash)
      expect(second.story).to.equal(first.story)
    }
  }).timeout(60_000)

  it('do the same when every single turn yields to promises, as when only those do that stir one', async () => {
    const quick = (await judgeSeed(5)).hash
    const stirred = Object.getOwnPropertyDescriptor(PromiseWatch.prototype, 'hasStirred') as PropertyDescriptor
    Object.defineProperty(PromiseWatch.prototype, 'hasStirred', { ...stirred, get: () => true })
    try {
      expect((await judgeSeed(5)).hash).to.equal(quick)
    } finally {
      Object.defineProperty(PromiseWatch.prototype, 'hasStirred', stirred)
    }
  }).timeout(20_000)

  it('end at the first thing that is wrong, and say what', async () => {
    const undo = bugNamed('canary').apply()
    try {
      const events: HistoryEvent[] = []
      const { failures, violations } = await judgePlan(drawPlan(1), { listener: (event) => void events.push(event) })
      expect(failures[0]).to.have.keys('property', 'text')
      expect(failures[0]?.property).to.equal(violations[0]?.property)
      expect(events.at(-1)?.atMs).to.be.closeTo(violations[0]?.atMs ?? 0, 1)
    } finally {
      undo()
    }
  }).timeout(20_000)
})

describe('the plan of a seed', () => {
  const plans = Array.from({ length: 2000 }, (_, seed) => drawPlan(seed))

  it('is plain data, the same each time', () => {
    for (const plan of plans.slice(0, 50)) {
      expect(JSON.parse(JSON.stringify(plan))).to.deep.equal(plan)
      expect(drawPlan(plan.seed)).to.deep.equal(plan)
    }
  })

  it('has two to nine places, rarely more, and five at the median', () => {
    const counts = plans.map(({ places }) => places.length).sort((a, b) => a - b)
    expect(counts[0]).to.equal(2)
    expect(counts[1000]).to.equal(5)
    expect(counts.filter((count) => count > 9).length).to.be.within(1, 40)
  })

  it('has no fault in one of ten, a single kind in another, and each kind in a third of the rest or more', () => {
    const kindsOf = (plan: Plan): Set<string> => new Set(plan.faults.map(({ kind }) => kind))
    expect(plans.filter(({ faults }) => faults.length === 0).length).to.be.within(150, 260)
    expect(plans.filter((plan) => kindsOf(plan).size === 1).length).to.be.within(150, 400)
    for (const kind of faultKinds) expect(plans.filter((plan) => kindsOf(plan).has(kind)).length, kind).to.be.within(400, 1200)
  })

  it('has both registers, votes kept and not, lists of every length, guests, and both clocks', () => {
    const seen = new Set(plans.flatMap(({ register, clock, keepsVotes }) => [register, clock, `${register} ${keepsVotes}`]))
    expect([...seen].sort()).to.deep.equal(['hlc', 'lamport', 'local', 'local false', 'quorum', 'quorum false', 'quorum true'])
    const quorums = plans.filter(({ register }) => register === 'quorum')
    const listed = new Set(quorums.map(({ places }) => places.filter((place) => place.listed).length))
    expect([...listed].sort()).to.deep.equal([2, 3, 4, 5])
    expect(quorums.some(({ places }) => places.some((place) => !place.listed))).to.equal(true)
  })

  it('has every algorithm whose token rests, in modes that it has, and most often the common ones', () => {
    const runs = new Map<string, number>()
    for (const { algorithm, users } of plans) {
      runs.set(algorithm, (runs.get(algorithm) ?? 0) + 1)
      const { modes } = algorithmKind(algorithm)
      const asked = new Set(users.flatMap(({ asks }) => asks.map(({ mode }) => (typeof mode === 'number' ? 'permits' : mode))))
      expect(modes, algorithm).to.include.members([...asked])
    }
    const names = algorithms.map(({ name }) => name).filter((name) => name !== 'token-ring-perpetual')
    expect([...runs.keys()].sort()).to.deep.equal(names.sort())
    for (const [name, count] of runs) expect(count, name).to.be.at.least(40)
    expect(runs.get('home-queue')).to.be.at.least(350)
  })

  it('sets no clock of a listed host back around the loss of its vote, since fences do not outlive that', () => {
    for (const plan of plans) {
      if (plan.register === 'local' || plan.keepsVotes || !plan.faults.some(({ kind }) => kind === 'crash' || kind === 'leave'))
        continue
      for (const { kind, amount } of plan.faults) if (kind === 'jump') expect(amount).to.be.at.least(0)
    }
  })
})
