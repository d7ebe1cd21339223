/** This file sums up the verdicts of many seeds for the report of `holdfast sim`. */
import { sometimesNames } from '../../sim/history/sometimes.ts'
import { faultKinds } from '../../sim/swarm/plan.ts'
import type { Failure, SeedVerdict } from '../../sim/swarm/verdict.ts'

/** A seed that failed: by its first violation. */
export interface SeedFailure extends Failure {
  readonly seed: number
  /** The command that tells its story. */
  readonly replay: string
}

/** What `holdfast sim --json` prints. */
export interface SimReport {
  readonly seeds: number
  readonly entries: number
  readonly simulatedMs: number
  readonly wallMs: number
  readonly failures: readonly SeedFailure[]
  /** How many seeds failed; `failures` lists the first of them. */
  readonly failed: number
  readonly sometimes: Readonly<Record<string, number>>
  /** The situations that were not reached although that many seeds should reach them; empty below 3,000 seeds. */
  readonly unreached: readonly string[]
  /** Fewer seeds ran than were asked for. */
  readonly interrupted: boolean
}

/** After this many seeds every situation should have been reached. */
const seedsToReachAll = 3000

/** Failures listed; the rest are counted. */
const failuresMax = 1000

/** Sums up verdicts as they come. */
export class VerdictSum {
  seeds = 0
  entries = 0
  simulatedMs = 0
  failed = 0
  readonly failures: SeedFailure[] = []
  /** All situations from the start: one that no seed reached is a zero, also if no seed ran. */
  private readonly sometimes = new Map<string, number>(
    [...sometimesNames, ...faultKinds.map((kind) => `fault ${kind}`)].map((name) => [name, 0]),
  )
  private readonly bug: string | null

  constructor(bug: string | null) {
    this.bug = bug
  }

  add({ seed, entries, simulatedMs, failures, sometimes }: SeedVerdict): void {
    this.seeds++
    this.entries += entries
    this.simulatedMs += simulatedMs
    for (const [name, count] of Object.entries(sometimes)) this.sometimes.set(name, (this.sometimes.get(name) ?? 0) + count)
    const [first] = failures
    if (first === undefined) return
    this.failed++
    if (this.failures.length < failuresMax) this.failures.push({ seed, ...first, replay: replayOf(seed, this.bug) })
  }

  report(wallMs: number, interrupted: boolean): SimReport {
    const sometimes = Object.fromEntries([...this.sometimes].sort(([a], [b]) => (a < b ? -1 : 1)))
    const { seeds, entries, simulatedMs, failures, failed } = this
    const isJudged = seeds >= seedsToReachAll && this.bug === null
    const unreached = isJudged ? Object.keys(sometimes).filter((name) => sometimes[name] === 0) : []
    const times = { simulatedMs: Math.round(simulatedMs), wallMs: Math.round(wallMs) }
    return { seeds, entries, ...times, failures, failed, sometimes, unreached, interrupted }
  }
}

/** The command that runs one seed again and tells its story. */
export function replayOf(seed: number, bug: string | null): string {
  return `holdfast sim --seeds 1 --from ${seed}${bug === null ? '' : ` --bug ${bug}`} --story`
}
