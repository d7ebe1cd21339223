/**
 * This file lists what can be taken away from a plan of the swarm, in the order in which it is worth trying. The end of the run
 * comes first, since every later attempt is then faster; then faults, users and what they ask, places, and locks. At the end
 * comes what only makes a run hard to read: odd durations, deadlines, clocks at odd rates, delays that differ.
 */
import { fewer, type Reduction, shorter, simpler } from './shrink.ts'
import type { Ask, FaultPlan, Plan, User } from './swarm/plan.ts'

type Change = (plan: Plan) => Plan

/** Judged when all has been calm for a while: then the while must stay. */
const judgedWhenCalm: readonly string[] = [
  'liveness',
  'lost wake-up',
  'agreement',
  'quiescence',
  'starts',
  'closing',
  // Counted when no other process is at it any more.
  'messages',
]

/**
 * What of a smaller plan's failures counts. Once the calm was shortened, what is judged by it fails because it is
 * short: that says nothing about the plan that all began with.
 */
export function failuresThatCount<Failure extends { readonly property: string }>(
  failures: readonly Failure[],
  drawn: Plan,
  smaller: Plan,
): readonly Failure[] {
  if (smaller.healMs >= drawn.healMs) return failures
  return failures.filter(({ property }) => !judgedWhenCalm.includes(property))
}

/** All reductions of a plan of the swarm that breaks this property. */
export function planReductions(property: string): readonly Reduction<Plan>[] {
  return judgedWhenCalm.includes(property) ? reductions : [withoutCalm, ...reductions]
}

const withoutCalm: Reduction<Plan> = shorter(
  'the time after the healing',
  (plan) => plan.healMs,
  (plan, healMs) => ({ ...plan, healMs }),
)

const reductions: readonly Reduction<Plan>[] = [
  fewer(
    'faults',
    (plan) => plan.faults,
    (plan, faults) => ({ ...plan, faults }),
  ),
  shorter(
    'the time of faults',
    (plan) => plan.faultsMs,
    (plan, faultsMs) => ({ ...plan, faultsMs: Math.round(faultsMs) }),
    1000,
  ),
  fewer(
    'users',
    (plan) => plan.users,
    (plan, users) => ({ ...plan, users }),
    1,
  ),
  simpler('places', (plan) => plan.places.map((_, i) => withoutPlace(plan.places.length - 1 - i))),
  simpler('locks', (plan) => plan.locks.slice(1).map((lock) => withoutLock(lock))),
  simpler('asks', asksOf),
  simpler('durations of faults', (plan) => plan.faults.flatMap((_, i) => [halved(i), halved(i), halved(i)])),
  simpler('triggers', (plan) => plan.faults.map((_, i) => changedFault(i, ({ on: _on, afterMs: _afterMs, ...fault }) => fault))),
  simpler('clocks and starts', (plan) => [
    ({ places, ...rest }) => ({ ...rest, places: places.map((place) => ({ ...place, rate: 1, startMs: 0 })) }),
    ...plan.places.flatMap((_, i) => [changedPlace(i, { rate: 1 }), changedPlace(i, { startMs: 0 })]),
  ]),
  simpler('delays', () => [
    (each) => ({ ...each, network: { law: 'uniform', meanMs: 1, noticeMsMax: 1 } }),
    (each) => ({ ...each, network: { ...each.network, law: 'uniform' } }),
    (each) => ({ ...each, network: { ...each.network, meanMs: 1 } }),
  ]),
]

/** The plan without a place, its processes and what befalls it alone. Two places stay. */
function withoutPlace(place: number): Change {
  const moved = (other: number): number => (other > place ? other - 1 : other)
  return (plan) => {
    const { places } = plan
    // Taken away already, or needed: a voter must be there to decide views.
    if (place >= places.length || places.length <= 2) return plan
    const left = places.filter((_, i) => i !== place)
    if (plan.register === 'quorum' && !left.some(({ listed }) => listed)) return plan
    const users = plan.users.filter((user) => user.place !== place).map((user) => ({ ...user, place: moved(user.place) }))
    if (users.length === 0) return plan
    const faults = plan.faults
      .filter((fault) => fault.place !== place)
      .map((fault) => ({
        ...fault,
        place: moved(fault.place),
        others: fault.others.filter((other) => other !== place).map(moved),
      }))
    return { ...plan, places: left, users, faults }
  }
}

/** The plan without a lock and the asks for it. */
function withoutLock(lock: string): Change {
  return (plan) => {
    const users = plan.users
      .map((user) => ({ ...user, asks: user.asks.filter((ask) => ask.lock !== lock) }))
      .filter(({ asks }) => asks.length > 0)
    return users.length === 0 ? plan : { ...plan, users, locks: plan.locks.filter((each) => each !== lock) }
  }
}

function* asksOf(plan: Plan): Iterable<Change> {
  for (const [i, { asks, again }] of plan.users.entries()) {
    if (again) yield changedUser(i, (user) => ({ ...user, again: false }))
    for (let size = Math.ceil(asks.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = asks.length - size; from >= 0; from -= size)
        yield changedUser(i, (user) => {
          const left = user.asks.filter((_, j) => j < from || j >= from + size)
          return left.length === 0 ? user : { ...user, asks: left }
        })
    }
    yield changedUser(i, (user) => ({ ...user, asks: user.asks.map(plain) }))
    for (const j of asks.keys())
      yield changedUser(i, (user) => ({ ...user, asks: user.asks.map((ask, k) => (k === j ? plain(ask) : ask)) }))
  }
}

/** An ask without a deadline, and soon. */
function plain({ how, lock, mode, holdMs, thinkMs }: Ask): Ask {
  return { how, lock, mode, thinkMs: Math.min(10, Math.round(thinkMs)), holdMs: Math.max(1, Math.round(holdMs)) }
}

function changedUser(index: number, change: (user: User) => User): Change {
  return (plan) => ({ ...plan, users: plan.users.map((user, i) => (i === index ? change(user) : user)) })
}

function changedFault(index: number, change: (fault: FaultPlan) => FaultPlan): Change {
  return (plan) => ({ ...plan, faults: plan.faults.map((fault, i) => (i === index ? change(fault) : fault)) })
}

function changedPlace(index: number, change: { readonly rate: number } | { readonly startMs: number }): Change {
  return (plan) => ({ ...plan, places: plan.places.map((place, i) => (i === index ? { ...place, ...change } : place)) })
}

function halved(index: number): Change {
  return changedFault(index, (fault) => ({ ...fault, durationMs: Math.round(fault.durationMs / 2) }))
}
