/** This file draws the faults of a plan: their kinds, times and victims. */
import type { Random } from '../../base/random.ts'
import { chance, logUniform, pick } from './dice.ts'
import type { FaultKind, FaultPlan, Plan, Trigger } from './plan.ts'

interface Allowed {
  readonly kinds: readonly FaultKind[]
  readonly mayJumpBack: boolean
}

type Setting = Pick<Plan, 'register' | 'places' | 'sessionMs' | 'faultsMs' | 'network'>

/**
 * When what goes wrong. Faults come at a rate drawn for the run. Most have a random victim and a random time. The others wait for
 * an event that is worth disturbing: a grant, a view that is being decided, a death that others are about to notice.
 */
export function drawFaults(random: Random, plan: Setting, { kinds, mayJumpBack }: Allowed): FaultPlan[] {
  if (kinds.length === 0) return []
  const everyMs = logUniform(random, 300, 4000)
  const faults: FaultPlan[] = []
  const calmAtFirstMs = chance(random, 0.7) ? 1000 : 0
  for (let atMs = calmAtFirstMs + random.below(everyMs); atMs < plan.faultsMs; atMs += 1 + random.below(2 * everyMs)) {
    const kind = pick(random, kinds)
    const fault = drawFault(random, plan, kind, Math.round(atMs), mayJumpBack)
    faults.push(fault)
    // A process that is cut off has no clock but its own: that is set back meanwhile, by as much as others wait for it.
    if (mayJumpBack && cutsOff.has(kind) && kinds.includes('jump') && chance(random, 0.3))
      faults.push({ ...fault, kind: 'jump', amount: -Math.round(plan.sessionMs * (1 + 3 * random.next())) })
    // Troubles that come together: what follows a moment later meets a node that is busy with the first.
    if (chance(random, 0.2)) {
      const next = Math.round(atMs + logUniform(random, 1, plan.sessionMs))
      faults.push(drawFault(random, plan, pick(random, kinds), next, mayJumpBack))
    }
  }
  return [...faults, ...drawStories(random, plan, kinds)].sort((a, b) => a.atMs - b.atMs)
}

/** Those that leave a process to itself for a while. */
const cutsOff: ReadonlySet<FaultKind> = new Set(['pause', 'suspend', 'isolate'])

/**
 * Faults that only hurt together, a combination that chance alone seldom brings about. A new holder is cut off or stands still
 * for about as long as its session. Meanwhile all others are restarted, or the process that begins to decide a view without the
 * holder dies in the middle, or a clock is set.
 */
function drawStories(random: Random, plan: Setting, kinds: readonly FaultKind[]): FaultPlan[] {
  const ways = kinds.filter((kind) => kind === 'isolate' || kind === 'pause' || kind === 'suspend' || kind === 'vmPause')
  if (ways.length === 0 || chance(random, 0.5)) return []
  const { sessionMs, places, faultsMs } = plan
  const stories: FaultPlan[] = []
  const everyMs = 3000 + random.below(8000)
  for (let atMs = 1500 + random.below(3000); atMs < faultsMs; atMs += everyMs) {
    const place = random.below(places.length)
    const none = { place, others: [], amount: 0 }
    const longMs = Math.round(sessionMs * (1.05 + random.next()) + (chance(random, 0.5) ? 3000 : 0))
    const cutOff = { ...none, atMs, on: 'granted', kind: pick(random, ways), victim: 'subject', durationMs: longMs } as const
    // Renewals whose answers are long on their way, then none: when a session ends depends on where it is counted from.
    const isLate = kinds.includes('delay') && chance(random, 0.3)
    stories.push(isLate ? { ...cutOff, afterMs: Math.round(sessionMs * (0.3 + 0.5 * random.next())) } : cutOff)
    if (isLate) {
      const amount = -Math.round(sessionMs * (0.1 + 0.2 * random.next()))
      stories.push({ ...cutOff, kind: 'delay', amount, durationMs: sessionMs })
    }
    // The clock of a process that waits for the session of another is set.
    if (kinds.includes('jump') && chance(random, 0.5)) {
      const amount = Math.round(sessionMs * (0.4 + 0.5 * random.next()))
      stories.push({ ...none, atMs: atMs + 1, on: 'viewInstalled', kind: 'jump', victim: 'subject', amount, durationMs: 0 })
    }
    const soonMs = atMs + Math.round(logUniform(random, 5, sessionMs))
    if (kinds.includes('restart') && chance(random, 0.5)) {
      for (const other of places.keys()) {
        if (other === place) continue
        const again = { atMs: soonMs + random.below(50), durationMs: random.below(100) }
        stories.push({ ...none, ...again, kind: 'restart', victim: 'place', place: other })
      }
    } else if (kinds.includes('crash') && chance(random, 0.5)) {
      const afterMs = chance(random, 0.5) ? 0 : logUniform(random, 0.1, 4 * plan.network.meanMs + 10)
      const away = { on: 'viewDecided', afterMs, durationMs: random.below(3000) } as const
      stories.push({ ...none, atMs: soonMs, ...away, kind: 'crash', victim: 'subject' })
    }
  }
  return stories
}

/** What has to last until those on one side have believed the others dead, and waited for their sessions. */
const parting: ReadonlySet<FaultKind> = new Set(['isolate', 'halves', 'bridge', 'asymmetric', 'stall', 'pause'])

const triggers: readonly Trigger[] = ['asked', 'granted', 'granted', 'viewDecided', 'viewInstalled', 'died', 'suspected']

function drawFault(random: Random, plan: Setting, kind: FaultKind, atMs: number, mayJumpBack: boolean): FaultPlan {
  const count = plan.places.length
  const isTriggered = chance(random, 0.4)
  const on = isTriggered ? pick(random, triggers) : undefined
  const place = random.below(count)
  return {
    atMs,
    ...(on === undefined ? {} : { on, afterMs: chance(random, 0.5) ? 0 : logUniform(random, 0.1, 4 * plan.network.meanMs + 10) }),
    kind,
    victim: on !== undefined && chance(random, 0.7) ? 'subject' : chance(random, 0.5) ? 'holder' : 'place',
    place,
    others: drawOthers(random, kind, place, count),
    durationMs: drawDuration(random, kind, plan.sessionMs),
    amount: drawAmount(random, kind, plan, mayJumpBack),
  }
}

/** The far end of a way, or all who are on the other side. */
function drawOthers(random: Random, kind: FaultKind, place: number, count: number): number[] {
  const others = Array.from({ length: count }, (_, i) => i).filter((each) => each !== place)
  switch (kind) {
    case 'halves':
    case 'bridge':
    case 'asymmetric':
    case 'stall':
    case 'delay':
      return others.filter(() => chance(random, 0.5))
    case 'cut':
    case 'flapping':
      return others.length === 0 ? [] : [pick(random, others)]
    default:
      return []
  }
}

/** Around the length of a session, where it matters by how much: shorter, just over, or some of them. */
function drawDuration(random: Random, kind: FaultKind, sessionMs: number): number {
  if (kind === 'restart') return random.below(2) * random.below(100)
  if (kind === 'crash' || kind === 'silentCrash' || kind === 'leave') return Math.round(logUniform(random, 10, 8000))
  if (parting.has(kind) && chance(random, 0.3)) return Math.round(3000 + sessionMs * (1 + 2 * random.next()))
  const times = pick(random, [0.3, 0.8, 1.3, 1.3, 2, 4])
  return Math.round(sessionMs * times * (0.6 + 0.8 * random.next()))
}

function drawAmount(random: Random, kind: FaultKind, plan: Setting, mayJumpBack: boolean): number {
  switch (kind) {
    case 'jump':
      return mayJumpBack ? random.below(600) - 300 : random.below(300)
    case 'drift':
      return pick(random, [0.99, 0.995, 1, 1.005, 1.01])
    case 'loss':
      return logUniform(random, 0.002, 0.2)
    case 'duplicate':
    case 'reorder':
      return logUniform(random, 0.01, 0.5)
    case 'delay':
      return logUniform(random, 2, plan.sessionMs / 3) * (chance(random, 0.5) ? -1 : 1)
    case 'lateTimers':
      return logUniform(random, 5, plan.sessionMs / 2)
    case 'slow':
      return logUniform(random, 0.5, 20)
    default:
      return 0
  }
}
