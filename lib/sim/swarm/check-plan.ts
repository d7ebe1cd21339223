/**
 * This file checks whether a plan can be run. Plans are plain data that people keep and change by hand; a slip in one would be a
 * run that never ends, or a failure that looks like the library's. So each slip is named by its path before anything runs.
 *
 * Durations may be 0 where a run of that plan makes sense; a call's `waitMs` may not, as in the API. Hosts may have clocks of two
 * rates. Shrinking a plan makes both.
 */
import { durationMaxMs } from '../../base/duration.ts'
import { BadOptionError, HoldfastError } from '../../base/errors.ts'
import { checkName } from '../../base/names.ts'
import { algorithmKind } from '../../mutex/algorithms.ts'
import type { AlgorithmKind } from '../../mutex/contract.ts'
import { carries, Mode, permitsMax, modeWords } from '../../base/mode.ts'
import { sessionMsMin } from '../../node/profile.ts'
import {
  isWithin,
  listOf,
  numberWithin,
  objectWith,
  optional,
  type Shape,
  type Slip,
  stringUpTo,
  truthValue,
  valueThat,
  wholeNumber,
  wordOf,
} from '../../wire/shape.ts'
import { hostNameText, isHostName, isWhole, seedMax } from '../argument-checks.ts'
import { type FaultKind, faultKinds, type FaultPlan, type Plan, triggers } from './plan.ts'

/** At the end a lock that is free is waited for twice a session, and a run waits for a minute. */
const sessionMsMax = 30_000

/** A clock that is faster by far would fire timers without end. */
const clockRateMax = 10

const time = numberWithin(0, durationMaxMs, 'a number of milliseconds')
/** As in the API: a call that waits for no time is refused. */
const wait = valueThat(
  `a number of milliseconds above 0, up to ${durationMaxMs}`,
  (value) => isWithin(value, 0, durationMaxMs) && value !== 0,
)
const text = stringUpTo()
const index = valueThat('the number of a place, from 0', isWhole)
const amount = valueThat('a number', (value) => Number.isFinite(value))
const host = valueThat(hostNameText, isHostName)
const clockRate = valueThat(
  `a clock's rate, a number above 0 and up to ${clockRateMax}`,
  (value) => isWithin(value, 0, clockRateMax) && value !== 0,
)
const sessionMs = numberWithin(sessionMsMin, sessionMsMax, 'a number of milliseconds')
const mode = valueThat(`${modeWords}, or a number of permits from 1 to ${permitsMax}`, (value) => Mode.from(value) !== null)

const place = objectWith('a place', { host, listed: truthValue, startMs: time, rate: clockRate })

const ask = objectWith('an ask', {
  how: wordOf(['acquire', 'tryAcquire']),
  lock: text,
  mode,
  thinkMs: time,
  holdMs: time,
  priority: optional(amount),
  waitMs: optional(wait),
  abortMs: optional(time),
})

const user = objectWith('a user', { place: index, asks: listOf(ask), again: truthValue })

const network = objectWith('a network', {
  law: wordOf(['uniform', 'exponential', 'heavy']),
  meanMs: time,
  noticeMsMax: time,
})

const fault = objectWith('a fault', {
  atMs: time,
  on: optional(wordOf(triggers)),
  afterMs: optional(time),
  kind: wordOf(faultKinds),
  victim: wordOf(['place', 'holder', 'subject']),
  place: index,
  others: listOf(index),
  durationMs: time,
  amount,
})

const shape = objectWith('a plan', {
  seed: wholeNumber(0, seedMax),
  register: wordOf(['local', 'quorum']),
  keepsVotes: truthValue,
  algorithm: text,
  clock: wordOf(['hlc', 'lamport']),
  sessionMs,
  places: listOf(place),
  locks: listOf(text),
  users: listOf(user),
  network,
  faults: listOf(fault),
  faultsMs: time,
  healMs: time,
})

/**
 * Takes a plan that can be run: from `drawPlan`, from a file, or made by hand.
 *
 * @throws BAD_OPTION that names the first field that is wrong, by its path: `plan.users[0].asks[2].thinkMs`.
 * @example const plan = checkPlan(JSON.parse(await readFile('plan.json', 'utf8')))
 */
export function checkPlan(plan: unknown): Plan {
  const slip = shape.slip(plan) ?? slipBetween(plan as Plan)
  if (slip === null) return plan as Plan
  const path = `plan${slip.path}`
  throw new BadOptionError(`${path}: ${slip.problem}`, { option: path })
}

/** What is wrong between fields each of which is right by itself. */
function slipBetween(plan: Plan): Slip | null {
  return slipOfPlaces(plan) ?? slipOfLocks(plan) ?? slipOfUsers(plan) ?? slipOfFaults(plan)
}

function slipOfPlaces({ register, keepsVotes, places }: Plan): Slip | null {
  const [first] = places
  if (first === undefined) return { path: '.places', problem: 'is empty: a run needs at least one place' }
  if (register === 'quorum') {
    const hosts = new Set<string>()
    for (const [i, { host }] of places.entries()) {
      if (hosts.has(host))
        return {
          path: `.places[${i}].host`,
          problem: `is '${host}' again: with the quorum register each place is on a host of its own`,
        }
      hosts.add(host)
    }
    if (!places.some(({ listed }) => listed))
      return { path: '.places', problem: 'has no place with `listed`: the quorum register needs at least one voter' }
    return null
  }
  for (const [i, { host, listed }] of places.entries()) {
    if (host !== first.host)
      return {
        path: `.places[${i}].host`,
        problem: `is '${host}' and not '${first.host}': with the local register all places are on one host`,
      }
    if (listed) return { path: `.places[${i}].listed`, problem: 'is true, and with the local register there is no join list' }
  }
  return keepsVotes ? { path: '.keepsVotes', problem: 'is true, but the local register has no votes' } : null
}

function slipOfLocks({ locks }: Plan): Slip | null {
  if (locks.length === 0) return { path: '.locks', problem: 'is empty: a run needs at least one lock' }
  for (const [i, lock] of locks.entries()) {
    const path = `.locks[${i}]`
    const problem = problemOf(() => checkName(lock, 'it'))
    if (problem !== null) return { path, problem }
    if (locks.indexOf(lock) !== i) return { path, problem: `is '${lock}' again` }
  }
  return null
}

function slipOfUsers({ algorithm, locks, places, users }: Plan): Slip | null {
  let kind: AlgorithmKind | undefined
  const unknown = problemOf(() => (kind = algorithmKind(algorithm)))
  if (kind === undefined) return { path: '.algorithm', problem: unknown ?? '' }
  let permits: number | undefined
  for (const [i, { place, asks }] of users.entries()) {
    if (place >= places.length) return { path: `.users[${i}].place`, problem: outOfRange(place, places) }
    for (const [j, { lock, mode: plain }] of asks.entries()) {
      const mode = Mode.of(plain)
      const path = `.users[${i}].asks[${j}]`
      if (!locks.includes(lock)) return { path: `${path}.lock`, problem: `is '${lock}', which is not in plan.locks` }
      if (!carries(kind, mode)) return { path: `${path}.mode`, problem: lacks(kind, mode) }
      if (!mode.isCounted || kind.fixedPermits !== true) continue
      permits ??= mode.limit
      if (mode.limit !== permits)
        return {
          path: `${path}.mode`,
          problem: `is ${mode.limit} permits and elsewhere ${permits}: with '${kind.name}' they are one number`,
        }
    }
  }
  return null
}

function slipOfFaults({ faults, places }: Plan): Slip | null {
  for (const [i, { place, others, on, afterMs, kind, amount }] of faults.entries()) {
    const path = `.faults[${i}]`
    if (place >= places.length) return { path: `${path}.place`, problem: outOfRange(place, places) }
    const other = others.findIndex((each) => each >= places.length)
    if (other >= 0) return { path: `${path}.others[${other}]`, problem: outOfRange(others[other], places) }
    if (on === undefined && afterMs !== undefined)
      return { path: `${path}.afterMs`, problem: "is given, and without 'on' there is nothing that it could follow" }
    const slip = amounts[ranges[kind] ?? 'any'].slip(amount)
    if (slip !== null) return { path: `${path}.amount`, problem: `${slip.problem}, of a fault '${kind}'` }
  }
  return null
}

/** What amounts may be. */
const amounts = {
  any: amount,
  time,
  rate: numberWithin(0, 1),
  step: valueThat('the number of a step, from 1', (value) => isWhole(value) && value >= 1),
  clockRate: numberWithin(0, clockRateMax, "a clock's rate, a number"),
  eitherWay: numberWithin(-durationMaxMs, durationMaxMs, 'a number of milliseconds'),
} as const satisfies Record<string, Shape>

/** What the amounts of these kinds may be; the amount of any other kind means nothing. */
const ranges: { readonly [Kind in FaultKind]?: keyof typeof amounts } = {
  loss: 'rate',
  duplicate: 'rate',
  reorder: 'rate',
  drift: 'clockRate',
  lateTimers: 'time',
  slow: 'time',
  lateAnswers: 'time',
  leave: 'time',
  crashInCall: 'step',
  pauseInCall: 'step',
  // Below zero a clock is set back, and it is the way back that is slow.
  jump: 'eitherWay',
  delay: 'eitherWay',
}

function outOfRange(place: FaultPlan['place'] | undefined, places: Plan['places']): string {
  return `is ${place}, and there are ${places.length} places, from 0`
}

function lacks({ name, modes }: AlgorithmKind, mode: Mode): string {
  const asked = mode.isCounted ? `${mode.limit} permits` : `'${mode}'`
  return `is ${asked}, and '${name}' has ${modes.join(', ')}`
}

/** What the check that throws has to say. */
function problemOf(check: () => unknown): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof HoldfastError) return error.message
    throw error
  }
}
