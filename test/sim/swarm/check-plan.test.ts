import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { planReductions } from '../../../lib/sim/shrink-plan.ts'
import { shrink } from '../../../lib/sim/shrink.ts'
import { checkPlan } from '../../../lib/sim/swarm/check-plan.ts'
import { drawPlan } from '../../../lib/sim/swarm/draw.ts'
import type { Ask, FaultKind, FaultPlan, Place, Plan, User } from '../../../lib/sim/swarm/plan.ts'
import { runPlan } from '../../../lib/sim/swarm/run.ts'
import { judgePlan, judgeSeed } from '../../../lib/sim/swarm/verdict.ts'
import { rejection } from '../../node/pool.ts'

const ask: Ask = { how: 'acquire', lock: 'door', mode: 'exclusive', thinkMs: 100, holdMs: 10 }
const user: User = { place: 0, asks: [ask], again: true }
const fault: FaultPlan = { atMs: 1500, kind: 'pause', victim: 'place', place: 0, others: [], durationMs: 100, amount: 0 }
const host: Place = { host: 'host', listed: false, startMs: 0, rate: 1 }
const a: Place = { host: 'a', listed: true, startMs: 0, rate: 1 }

const plan: Plan = {
  seed: 1,
  register: 'local',
  keepsVotes: false,
  algorithm: 'carvalho-roucairol',
  clock: 'hlc',
  sessionMs: 500,
  places: [host, host],
  locks: ['door'],
  users: [user],
  network: { law: 'uniform', meanMs: 1, noticeMsMax: 1 },
  faults: [],
  faultsMs: 2000,
  healMs: 3000,
}

const asking = (change: object): object => ({ ...plan, users: [{ ...user, asks: [ask, { ...ask, ...change }] }] })
const failing = (change: object): object => ({ ...plan, faults: [{ ...fault, ...change }] })
const befalling = (kind: FaultKind, amount: unknown): object => failing({ kind, amount })
const standing = (change: object): object => ({ ...plan, places: [host, { ...host, ...change }] })
const voting = (...places: readonly Place[]): object => ({ ...plan, register: 'quorum', places })

/** Plans that cannot be run: what is wrong with each, and by what it is named. */
const wrong: readonly (readonly [plan: unknown, option: string, says: RegExp])[] = [
  [undefined, 'plan', /is missing/],
  [[plan], 'plan', /is a list, not a plan/],
  [{}, 'plan.seed', /is missing, not a whole number/],
  [{ ...plan, seed: -1 }, 'plan.seed', /is -1, not/],
  [{ ...plan, seed: 2 ** 32 }, 'plan.seed', /is 4294967296, not/],
  [{ ...plan, sesionMs: 500 }, 'plan.sesionMs', /is unknown: a plan has seed, .*sessionMs/],
  [{ ...plan, register: 'raft' }, 'plan.register', /is 'raft', not one of 'local', 'quorum'/],
  [{ ...plan, keepsVotes: 'no' }, 'plan.keepsVotes', /is 'no', not true or false/],
  [{ ...plan, keepsVotes: true }, 'plan.keepsVotes', /the local register has no votes/],
  [
    { ...plan, algorithm: 'token-rings' },
    'plan.algorithm',
    /there is no algorithm 'token-rings'; did you mean 'token-ring'\? There are /,
  ],
  [{ ...plan, algorithm: 'raymond:hexagon' }, 'plan.algorithm', /'raymond' takes /],
  [{ ...plan, clock: 'sundial' }, 'plan.clock', /is 'sundial', not/],
  [{ ...plan, sessionMs: 499 }, 'plan.sessionMs', /is 499, not a number of milliseconds from 500/],
  [{ ...plan, sessionMs: 60_000 }, 'plan.sessionMs', /to 30000/],
  [{ ...plan, faultsMs: Number.NaN }, 'plan.faultsMs', /is NaN, not/],
  [{ ...plan, faultsMs: Number.POSITIVE_INFINITY }, 'plan.faultsMs', /is Infinity, not/],
  [{ ...plan, healMs: '3s' }, 'plan.healMs', /is '3s', not a number of milliseconds from 0/],
  [{ ...plan, places: [] }, 'plan.places', /at least one place/],
  [standing({ host: 'other' }), 'plan.places[1].host', /is 'other' and not 'host'/],
  [standing({ host: 'a:7000' }), 'plan.places[1].host', /as it stands in an address/],
  [standing({ listed: true }), 'plan.places[1].listed', /there is no join list/],
  [standing({ startMs: -1 }), 'plan.places[1].startMs', /is -1, not/],
  [standing({ rate: 0 }), 'plan.places[1].rate', /is 0, not a clock's rate/],
  [voting(a, { ...a, listed: false }), 'plan.places[1].host', /is 'a' again/],
  [voting({ ...a, listed: false }), 'plan.places', /needs at least one voter/],
  [{ ...plan, locks: [] }, 'plan.locks', /at least one lock/],
  [{ ...plan, locks: ['door', ''] }, 'plan.locks[1]', /must not be empty/],
  [{ ...plan, locks: ['door', 'door'] }, 'plan.locks[1]', /is 'door' again/],
  [{ ...plan, users: { 0: user } }, 'plan.users', /is an object, not a list/],
  [{ ...plan, users: [user, { ...user, place: 2 }] }, 'plan.users[1].place', /is 2, and there are 2 places/],
  [{ ...plan, users: [{ ...user, place: 0.5 }] }, 'plan.users[0].place', /is 0.5, not/],
  [asking({ how: 'take' }), 'plan.users[0].asks[1].how', /is 'take', not one of 'acquire', 'tryAcquire'/],
  [asking({ lock: 'gate' }), 'plan.users[0].asks[1].lock', /not in plan.locks/],
  [asking({ mode: 'read' }), 'plan.users[0].asks[1].mode', /is 'read', not 'exclusive', 'shared'/],
  [asking({ mode: 0 }), 'plan.users[0].asks[1].mode', /is 0, not/],
  [asking({ thinkMs: Number.NaN }), 'plan.users[0].asks[1].thinkMs', /is NaN, not a number of milliseconds from 0/],
  [asking({ holdMs: -1 }), 'plan.users[0].asks[1].holdMs', /is -1, not/],
  [asking({ waitMs: 0 }), 'plan.users[0].asks[1].waitMs', /is 0, not a number of milliseconds above 0/],
  [asking({ waitMs: null }), 'plan.users[0].asks[1].waitMs', /is null, not/],
  [asking({ abortMs: '0' }), 'plan.users[0].asks[1].abortMs', /is '0', not/],
  [asking({ thinkms: 5 }), 'plan.users[0].asks[1].thinkms', /is unknown/],
  [{ ...asking({ mode: 'shared' }), algorithm: 'token-ring' }, 'plan.users[0].asks[1].mode', /'token-ring' has exclusive/],
  [{ ...plan, network: { ...plan.network, law: 'fair' } }, 'plan.network.law', /is 'fair', not/],
  [{ ...plan, network: { ...plan.network, meanMs: -1 } }, 'plan.network.meanMs', /is -1, not/],
  [failing({ kind: 'earthquake' }), 'plan.faults[0].kind', /is 'earthquake', not one of 'crash'/],
  [failing({ on: 'moonrise' }), 'plan.faults[0].on', /is 'moonrise', not one of 'asked'/],
  [failing({ victim: 'all' }), 'plan.faults[0].victim', /is 'all', not/],
  [failing({ place: 2 }), 'plan.faults[0].place', /is 2, and there are 2 places/],
  [failing({ others: [1, 7] }), 'plan.faults[0].others[1]', /is 7, and there are 2 places/],
  [failing({ afterMs: 5 }), 'plan.faults[0].afterMs', /without 'on'/],
  [failing({ amount: Number.NaN }), 'plan.faults[0].amount', /is NaN, not a number/],
  [befalling('loss', 2), 'plan.faults[0].amount', /is 2, not a number from 0 to 1, of a fault 'loss'/],
  [befalling('reorder', -0.1), 'plan.faults[0].amount', /is -0.1, not/],
  [befalling('drift', -1), 'plan.faults[0].amount', /a clock's rate/],
  [befalling('crashInCall', 0), 'plan.faults[0].amount', /is 0, not the number of a step, from 1, of a fault 'crashInCall'/],
  [befalling('pauseInCall', 1.5), 'plan.faults[0].amount', /step/],
  [befalling('lateAnswers', -1), 'plan.faults[0].amount', /milliseconds/],
  [befalling('slow', -1), 'plan.faults[0].amount', /milliseconds/],
  [befalling('jump', 1e300), 'plan.faults[0].amount', /milliseconds/],
]

describe('a plan that cannot be run', () => {
  for (const [bad, option, says] of wrong) {
    it(`is refused, by ${option}: ${says.source}`, () => {
      expect(() => checkPlan(bad))
        .to.throw(BadOptionError, says)
        .that.includes({ option, code: 'BAD_OPTION' })
      expect(() => checkPlan(bad)).to.throw(`${option}: `)
    })
  }

  it('is refused when permits of one lock differ, and the algorithm has one number of them', () => {
    const permits = (algorithm: string): object => ({
      ...plan,
      algorithm,
      users: [2, 3].map((mode) => ({ ...user, asks: [{ ...ask, mode }] })),
    })
    expect(() => checkPlan(permits('raymond-k'))).to.throw(/plan\.users\[1\]\.asks\[0\]\.mode: is 3 permits and elsewhere 2/)
    expect(() => checkPlan(permits('ricart-agrawala'))).to.not.throw()
  })

  it('is refused before anything runs', async () => {
    const bad = asking({ thinkMs: Number.NaN }) as Plan
    let heard = 0
    const listener = (): void => void heard++
    for (const error of [await rejection(runPlan(bad, listener)), await rejection(judgePlan(bad, { listener }))])
      expect(error).to.include({ code: 'BAD_OPTION', option: 'plan.users[0].asks[1].thinkMs' })
    expect(await rejection(judgePlan(plan, { listner: listener } as object))).to.include({
      code: 'BAD_OPTION',
      option: 'listner',
    })
    expect(heard).to.equal(0)
  })
})

describe('a plan that can be run', () => {
  it('accepts the plan of any seed', () => {
    for (let seed = 0; seed < 500; seed++) {
      const drawn = drawPlan(seed)
      expect(checkPlan(drawn), `seed ${seed}`).to.equal(drawn)
    }
  })

  it('accepts any plan that shrinking makes', async () => {
    for (let seed = 0; seed < 40; seed++) {
      let attempts = 0
      const goes = [() => true, () => attempts % 2 === 0, () => attempts % 3 === 0][seed % 3] as () => boolean
      await shrink(drawPlan(seed), planReductions('fences'), async (smaller) => {
        attempts++
        checkPlan(smaller)
        return goes()
      })
      expect(attempts, `seed ${seed}`).to.be.above(10)
    }
  }).timeout(20_000)

  it('is checked in much less time than it takes to run', () => {
    const plans = Array.from({ length: 200 }, (_, seed) => drawPlan(seed))
    // Time of the processor, for a machine may be busy.
    const before = process.cpuUsage()
    for (const each of plans) checkPlan(each)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000 / plans.length).to.be.below(5)
  })

  it('accepts a plan with a single place and no user', async () => {
    const { failures } = await judgePlan({ ...plan, places: [host], users: [] })
    expect(failures).to.deep.equal([])
  })

  const tireless: Readonly<Record<string, Partial<Ask>>> = {
    'has hardly any time to wait': { waitMs: 1 },
    'gives up at once': { abortMs: 0 },
    'only tries': { how: 'tryAcquire' },
    'stays for no time': { holdMs: 0 },
  }
  for (const [who, asks] of Object.entries(tireless)) {
    it(`comes to its end although a user ${who} and never thinks`, async () => {
      const holder = { ...user, place: 1, asks: [{ ...ask, holdMs: 1000, thinkMs: 1 }] }
      const restless = { ...user, asks: [{ ...ask, thinkMs: 0, ...asks }] }
      let asked = 0
      const { failures } = await judgePlan(
        { ...plan, faultsMs: 1000, users: [holder, restless] },
        { listener: ({ type }) => void (asked += type === 'invoked' ? 1 : 0) },
      )
      expect(failures).to.deep.equal([])
      expect(asked).to.be.within(5, 5000)
    }).timeout(20_000)
  }
})

describe('a seed', () => {
  it('is a whole number of 32 bits', async () => {
    for (const seed of [Number.NaN, -1, 0.5, 2 ** 32, Number.POSITIVE_INFINITY, 'x', '7', undefined] as number[]) {
      expect(() => drawPlan(seed), String(seed)).to.throw(BadOptionError, /whole number from 0 to 4294967295/)
      expect(await rejection(judgeSeed(seed)), String(seed)).to.include({ code: 'BAD_OPTION', option: 'seed' })
    }
    expect(checkPlan(drawPlan(2 ** 32 - 1)).seed).to.equal(2 ** 32 - 1)
  })
})
