import { excludes } from '../../base/mode.ts'
import type { HistoryEvent, Invoked } from '../history/events.ts'
import { drawPlan } from './draw.ts'
import type { Plan } from './plan.ts'
import { runPlan } from './run.ts'

/** Something that must not be, in a run. */
export interface Failure {
  readonly property: string
  readonly text: string
}

/** What one run came to. */
export interface Verdict {
  readonly seed: number
  readonly entries: number
  readonly simulatedMs: number
  /** Equal for equal runs. */
  readonly hash: number
  readonly failures: readonly Failure[]
  /** How often each interesting situation came about. */
  readonly sometimes: Readonly<Record<string, number>>
}

/**
 * Runs a plan and judges its history.
 *
 * @param listener hears every event too.
 */
export async function judgePlan(plan: Plan, listener: (event: HistoryEvent) => void = () => undefined): Promise<Verdict> {
  const judge = new Interim()
  const sometimes = new Map<string, number>()
  const { problems, ...result } = await runPlan(plan, (event) => {
    if (event.type === 'fault' && !event.over) sometimes.set(event.kind, (sometimes.get(event.kind) ?? 0) + 1)
    judge.add(event)
    listener(event)
  })
  return { seed: plan.seed, ...result, failures: [...judge.failures, ...problems], sometimes: Object.fromEntries(sometimes) }
}

/** Runs what a seed makes of a run, and judges it. */
export function judgeSeed(seed: number): Promise<Verdict> {
  return judgePlan(drawPlan(seed))
}

class Interim {
  readonly failures: Failure[] = []
  private readonly calls = new Map<number, Invoked & { fence?: bigint }>()
  private readonly inside = new Map<string, Map<number, Invoked>>()
  private readonly highest = new Map<string, bigint>()
  private readonly versions = new Map<string, number>()

  add(event: HistoryEvent): void {
    switch (event.type) {
      case 'invoked':
        this.calls.set(event.call, event)
        return
      case 'granted': {
        const call = this.calls.get(event.call) as Invoked
        const inside = this.inside.get(call.lock) ?? new Map<number, Invoked>()
        this.inside.set(call.lock, inside)
        for (const other of inside.values()) {
          if (excludes(other.mode, call.mode))
            this.failures.push({
              property: 'exclusion',
              text: `${event.atMs} '${call.lock}' ${other.process} and ${call.process}`,
            })
        }
        inside.set(event.call, call)
        if (typeof call.mode === 'number' && inside.size > call.mode)
          this.failures.push({ property: 'exclusion', text: `${event.atMs} '${call.lock}' permits` })
        const fence = BigInt(event.fence ?? '0')
        if (call.mode === 'exclusive') {
          if (fence <= (this.highest.get(call.lock) ?? 0n))
            this.failures.push({ property: 'fences', text: `${event.atMs} '${call.lock}' ${call.process} ${fence}` })
          this.highest.set(call.lock, fence)
        }
        return
      }
      case 'releasing':
      case 'lost':
      case 'expired':
        this.inside.get(this.calls.get(event.call)?.lock ?? '')?.delete(event.call)
        return
      case 'write':
        if (!event.admitted) return
        if ((this.versions.get(event.lock) ?? 0) !== event.version)
          this.failures.push({ property: 'lost update', text: `${event.atMs} '${event.lock}' ${event.process}` })
        this.versions.set(event.lock, (this.versions.get(event.lock) ?? 0) + 1)
        return
      case 'crashed':
        for (const inside of this.inside.values())
          for (const [call, { process }] of inside) if (process === event.process) inside.delete(call)
        return
      case 'quiet':
        if (event.timers > 0) this.failures.push({ property: 'quiescence', text: `${event.process} left ${event.timers} timers` })
        return
      default:
        return
    }
  }
}
