/**
 * This file draws the faults that have a random stream of their own. A process dies or stands still between two steps of a call,
 * or answers come after later questions. What a seed draws otherwise does not depend on them.
 */
import type { Random } from '../../base/random.ts'
import { chance, logUniform, pick } from './dice.ts'
import { type FaultPlan, laterKinds, type Plan, type Trigger } from './plan.ts'

type Setting = Pick<Plan, 'register' | 'places' | 'sessionMs' | 'faultsMs'>
type LaterKind = (typeof laterKinds)[number]

/** Two renewals with the local register have about so many steps. */
const stepsMax = 10

/**
 * Which of these kinds a plan has, and when.
 *
 * @param mayRestart Whether a process may begin anew in the middle of what is drawn here, and lose its votes with it.
 */
export function drawLaterFaults(random: Random, plan: Setting, mayRestart: boolean): FaultPlan[] {
  const kinds = laterKinds.filter(() => chance(random, 0.4))
  return kinds.flatMap((kind) => drawFaultsOf(random, plan, kind, mayRestart))
}

function drawFaultsOf(random: Random, plan: Setting, kind: LaterKind, mayRestart: boolean): FaultPlan[] {
  const faults: FaultPlan[] = []
  const everyMs = 2000 + random.below(5000)
  for (let atMs = 1500 + random.below(3000); atMs < plan.faultsMs; atMs += 500 + random.below(2 * everyMs)) {
    if (kind === 'lateAnswers') faults.push(...drawLateAnswers(random, plan, atMs, mayRestart))
    else if (kind === 'pauseInCall' && plan.register === 'local' && chance(random, 0.6))
      faults.push(...drawHaltingRenewals(random, plan, atMs))
    else faults.push(drawInterruption(random, plan, kind, atMs))
  }
  return faults
}

const triggers: readonly Trigger[] = ['granted', 'viewDecided', 'viewInstalled', 'died', 'suspected']

/** One call that is interrupted, of a process that had an event just now, or of one inside a lock. */
function drawInterruption(random: Random, plan: Setting, kind: 'crashInCall' | 'pauseInCall', atMs: number): FaultPlan {
  const { places, sessionMs } = plan
  const on = chance(random, 0.6) ? { on: pick(random, triggers), afterMs: 0 } : {}
  const shortOrLong = pick(random, [0.1, 0.3, 0.9, 0.9, 1.5])
  return {
    ...on,
    atMs,
    kind,
    victim: 'on' in on ? 'subject' : pick(random, ['holder', 'place']),
    place: random.below(places.length),
    others: [],
    durationMs: Math.round(
      kind === 'crashInCall' ? logUniform(random, 10, 8000) : sessionMs * shortOrLong * (0.8 + 0.4 * random.next()),
    ),
    amount: 1 + random.below(stepsMax),
  }
}

/**
 * A holder that is cut off from the other processes of its host still renews its session in the directory. After a session's
 * length or a little more, they evict it for its silence. Around then it stands still in one renewal, and again in the next.
 */
function drawHaltingRenewals(random: Random, { places, sessionMs }: Setting, atMs: number): FaultPlan[] {
  const subject = { atMs, on: 'granted', victim: 'subject', place: random.below(places.length), others: [] } as const
  const afterMs = Math.round(sessionMs + random.below(1000))
  const part = (least: number, most: number): number => Math.round(sessionMs * (least + (most - least) * random.next()))
  return [
    { ...subject, afterMs: 0, kind: 'isolate', durationMs: 1500 + part(2, 3), amount: 0 },
    { ...subject, afterMs, kind: 'pauseInCall', durationMs: part(0.15, 0.7), amount: 1 + random.below(6) },
    { ...subject, afterMs: afterMs + 1, kind: 'pauseInCall', durationMs: part(0.2, 0.8), amount: 2 + random.below(5) },
  ]
}

/**
 * A process hears the others late. In half of the cases it is a holder. A while later the others do not hear it at all, and then
 * they have a reason for a view in which it must take part. What it believes of its session then depends on which question an
 * answer is taken for.
 */
function drawLateAnswers(random: Random, { places, sessionMs }: Setting, atMs: number, mayRestart: boolean): FaultPlan[] {
  const count = places.length
  const some = { atMs, place: random.below(count), others: [], amount: 0 } as const
  const amount = Math.round(sessionMs * (0.25 + 0.55 * random.next()))
  const durationMs = Math.round(sessionMs * (2 + 2 * random.next()))
  if (chance(random, 0.3)) {
    const on = pick(random, triggers)
    return [{ ...some, on, afterMs: 0, kind: 'lateAnswers', victim: 'subject', durationMs, amount }]
  }
  const holder = { ...some, on: 'granted', victim: 'subject' } as const
  const unheardAfterMs = Math.round(sessionMs * (0.4 + random.next()))
  const faults: FaultPlan[] = [
    { ...holder, afterMs: 0, kind: 'lateAnswers', durationMs: unheardAfterMs + durationMs, amount },
    { ...holder, afterMs: unheardAfterMs, kind: 'stall', others: places.map((_, i) => i), durationMs },
  ]
  const goes = pick(random, ['restart', 'restart', 'leave'] as const)
  // A guest's vote is not missed when the holder's is missed already.
  const guests = places.flatMap(({ listed }, i) => (listed ? [] : [i]))
  const place = pick(random, guests.length > 0 ? guests : [...places.keys()])
  const afterMs = Math.max(0, unheardAfterMs - random.below(300))
  if (mayRestart) faults.push({ ...holder, afterMs, kind: goes, victim: 'place', place, durationMs: random.below(100) })
  return faults
}
