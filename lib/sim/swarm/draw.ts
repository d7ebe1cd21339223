/** This file draws the whole plan of a seed: processes, users, locks, network and faults. */
import { hash53 } from '../../base/hash.ts'
import { carries, Mode, modeKinds, type PlainMode } from '../../base/mode.ts'
import { type Random, seededRandom, shuffled } from '../../base/random.ts'
import { algorithmKind, algorithms } from '../../mutex/algorithms.ts'
import { mueller } from '../../mutex/mueller.ts'
import { checkSeed } from '../argument-checks.ts'
import { chance, logUniform, pick, spread } from './dice.ts'
import { drawFaults } from './draw-faults.ts'
import { drawLaterFaults } from './draw-later.ts'
import type { Ask, FaultKind, FaultPlan, NetworkPlan, Place, Plan, User } from './plan.ts'
import { plainKinds } from './plan.ts'

/**
 * A plan for each seed, drawn as swarm testing does (Groce and others 2012): each run leaves out about half of what there
 * is, since features hide one another's bugs. One run in ten has no fault at all, one in ten has a single kind.
 *
 * @param seed a whole number from 0 to 2³²−1.
 * @throws BAD_OPTION for any other value.
 * @example const plan = { ...drawPlan(7), algorithm: 'token-ring' }
 */
export function drawPlan(seed: number): Plan {
  const random = seededRandom(checkSeed(seed))
  const register = chance(random, 0.5) ? 'local' : 'quorum'
  const kinds = drawKinds(random)
  const sessionMs = pick(random, [500, 1000, 1000, 1500, 1500, 2000])
  const healMs = 7 * sessionMs + 8000
  // Forty seconds at least, with what comes after the calm.
  const faultsMs = Math.max(23_000, 38_500 - healMs - sessionMs) + random.below(3000)
  const drifts = kinds.length > 0 && chance(random, 0.5)
  const places = register === 'local' ? drawPool(random, drifts) : drawList(random, drifts)
  const locks = ['door', 'gate', 'hatch', 'lock', 'port'].slice(0, pick(random, [1, 1, 2, 2, 3, 5]))
  const algorithm = drawAlgorithm(random)
  const drawn = {
    seed,
    register,
    keepsVotes: register === 'quorum' && chance(random, 0.3),
    algorithm,
    clock: pick(random, ['hlc', 'lamport'] as const),
    sessionMs,
    places,
    locks,
    users: withMixedModes(seed, algorithm, drawUsers(random, places.length, locks, drawModes(random, algorithm))),
    network: drawNetwork(random, sessionMs),
    faultsMs,
    healMs,
  } as const
  const plan = withPriorities(drawn)
  const allowed = withoutSetBacks(plan, kinds)
  const faults = withDrains(seed, drawFaults(random, plan, allowed))
  if (kinds.length < 2) return { ...plan, faults }
  const keepsMemory = register === 'local' || plan.keepsVotes
  const mayRestart = keepsMemory || !allowed.mayJumpBack || !kinds.includes('jump')
  const later = drawLaterFaults(seededRandom(hash53(`${seed}/later`)), plan, mayRestart)
  return { ...plan, faults: [...faults, ...later].sort((a, b) => a.atMs - b.atMs) }
}

const mixedModes: readonly (readonly PlainMode[])[] = [
  ['intention-shared', 'intention-exclusive', 'shared', 'exclusive'],
  ['shared', 'shared', 'upgradable', 'exclusive'],
  modeKinds.filter((kind) => kind !== 'permits'),
]

/** Where the algorithm has all modes, one run in six mixes those that are words. Drawn apart, as the drains are. */
function withMixedModes(seed: number, algorithm: string, users: User[]): User[] {
  const random = seededRandom(hash53(`${seed}/modes`))
  const { modes } = algorithmKind(algorithm)
  if (!modeKinds.every((kind) => modes.includes(kind)) || !chance(random, 1 / 6)) return users
  const drawn = pick(random, mixedModes)
  return users.map((user) => ({ ...user, asks: user.asks.map((ask) => ({ ...ask, mode: pick(random, drawn) })) }))
}

/**
 * One run in twenty has the algorithm that serves by priority, whose requests are exclusive, and priorities. Drawn apart, as the
 * drains are.
 */
function withPriorities<Drawn extends Pick<Plan, 'seed' | 'algorithm' | 'users'>>(plan: Drawn): Drawn {
  const random = seededRandom(hash53(`${plan.seed}/priorities`))
  if (!chance(random, 1 / 20)) return plan
  const withPriority = (ask: Ask): Ask => ({ ...ask, mode: 'exclusive', priority: pick(random, [0, 0, 0, 1, 2, 10]) })
  const users = plan.users.map((user) => ({ ...user, asks: user.asks.map(withPriority) }))
  return { ...plan, algorithm: mueller.name, users }
}

/** Every other node that leaves waits for its holds first. Drawn apart, so that the other draws of a seed stay what they were. */
function withDrains(seed: number, faults: readonly FaultPlan[]): FaultPlan[] {
  const random = seededRandom(hash53(`${seed}/drains`))
  return faults.map((fault) => {
    if (fault.kind !== 'leave' || chance(random, 0.5)) return fault
    return { ...fault, amount: Math.round(logUniform(random, 10, 5000)) }
  })
}

/** Those that most people use, in two runs of three; not the perpetual ring, whose idle laps are most of what would happen. */
const oftenChosen = ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'ricart-agrawala', 'token-ring', 'home-queue']
const others = algorithms
  .map(({ name }) => name)
  .filter((name) => !oftenChosen.includes(name) && name !== 'token-ring-perpetual' && name !== mueller.name)

function drawAlgorithm(random: Random): string {
  return pick(random, chance(random, 0.67) ? oftenChosen : others)
}

const modeSets: readonly (readonly PlainMode[])[] = [
  ['exclusive'],
  ['exclusive'],
  ['exclusive', 'shared'],
  [2],
  [3, 3, 'exclusive'],
  ['exclusive', 'shared', 2],
]

/** Modes that the algorithm has, of all locks of the run. */
function drawModes(random: Random, algorithm: string): readonly PlainMode[] {
  const kind = algorithmKind(algorithm)
  return pick(
    random,
    modeSets.filter((set) => set.every((mode) => carries(kind, Mode.of(mode)))),
  )
}

function drawKinds(random: Random): readonly FaultKind[] {
  const how = random.next()
  if (how < 0.1) return []
  if (how < 0.2) return [pick(random, plainKinds)]
  return plainKinds.filter(() => chance(random, 0.5))
}

/** With votes lost and clocks that others rely on, what is not promised is not drawn: a jump is then forward only. */
function withoutSetBacks(
  plan: Pick<Plan, 'register' | 'keepsVotes'>,
  kinds: readonly FaultKind[],
): Readonly<{ kinds: readonly FaultKind[]; mayJumpBack: boolean }> {
  const losesMemory = kinds.some((kind) => kind === 'crash' || kind === 'silentCrash' || kind === 'restart' || kind === 'leave')
  // A frozen machine whose wall clock is set back meanwhile has no clock left that tells.
  const isBlind = kinds.includes('vmPause')
  return { kinds, mayJumpBack: !isBlind && (plan.register === 'local' || plan.keepsVotes || !losesMemory) }
}

/** Two to twelve, five at the median, seldom more than nine. */
function drawCount(random: Random): number {
  return chance(random, 0.04) ? pick(random, [8, 9, 9, 12]) : pick(random, [2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 7])
}

/** A cheap quartz at its worst, and the tolerance's edge. */
function drawRate(random: Random, drifts: boolean): number {
  return drifts ? pick(random, [0.99, 0.99, 0.9998, 1, 1.0002, 1.01, 1.01]) : 1
}

function drawPool(random: Random, drifts: boolean): Place[] {
  const startsMs = pick(random, [1, 500, 5000])
  const rate = drawRate(random, drifts)
  return Array.from({ length: drawCount(random) }, () => ({ host: 'host', listed: false, startMs: random.below(startsMs), rate }))
}

/** A join list of two to five hosts, even ones too, and guests, who have no vote. */
function drawList(random: Random, drifts: boolean): Place[] {
  const startsMs = pick(random, [1, 500, 5000])
  const count = drawCount(random)
  const listed = Math.min(count, pick(random, [2, 3, 3, 3, 4, 5, 5]))
  return ['a', 'b', 'c', 'd', 'e']
    .slice(0, listed)
    .concat(['v', 'w', 'x', 'y', 'z', 'u', 't', 's', 'r', 'q'].slice(0, count - listed))
    .map((host, i) => ({ host, listed: i < listed, startMs: random.below(startsMs), rate: drawRate(random, drifts) }))
}

function drawNetwork(random: Random, sessionMs: number): NetworkPlan {
  const law = pick(random, ['uniform', 'exponential', 'heavy'] as const)
  // Now and then a round trip takes a part of a session, but a small enough one for calm to come: to decide and flush a view
  // takes six round trips. A heavy tail is 40 times the mean, and later frames on its connection wait behind it.
  const mostMs = sessionMs / (law === 'heavy' ? 320 : 40)
  const slowestMs = chance(random, 0.1) ? mostMs : Math.min(mostMs, 10)
  return { law, meanMs: logUniform(random, 0.2, slowestMs), noticeMsMax: logUniform(random, 1, 200) }
}

/** From idle to saturated; in every other run some holds outlast a session. */
function drawUsers(random: Random, placeCount: number, locks: readonly string[], modes: readonly PlainMode[]): User[] {
  const isSaturated = chance(random, 0.25)
  const thinkMsMax = isSaturated ? 300 : pick(random, [2000, 4000, 8000])
  const holdMsMax = isSaturated ? pick(random, [300, 1000]) : pick(random, [50, 300, 1000])
  const longMsMax = chance(random, 0.5) ? pick(random, [1500, 5000]) : holdMsMax
  const hasDeadlines = chance(random, 0.5)
  const hasAborts = chance(random, 0.5)
  const triesRate = chance(random, 0.5) ? 0.3 : 0
  const hot = locks[0] as string
  const drawAsk = (): Ask => ({
    how: chance(random, triesRate) ? 'tryAcquire' : 'acquire',
    lock: chance(random, 0.5) ? hot : pick(random, locks),
    mode: pick(random, modes),
    thinkMs: spread(random, thinkMsMax),
    holdMs: chance(random, 0.15) ? Math.round(longMsMax * random.next()) : spread(random, holdMsMax),
    ...(hasDeadlines && chance(random, 0.5) ? { waitMs: 1 + random.below(2000) } : {}),
    ...(hasAborts && chance(random, 0.3) ? { abortMs: chance(random, 0.3) ? 0 : logUniform(random, 0.2, 1000) } : {}),
  })
  const each = chance(random, 0.2) ? 2 : 1
  const order = shuffled(
    Array.from({ length: placeCount * each }, (_, i) => i % placeCount),
    random,
  )
  return order.map((place) => ({ place, asks: Array.from({ length: 12 }, drawAsk), again: true }))
}
