/**
 * This file decides whether a failed actor may start again. It counts restarts in a sliding window, so a rare failure costs one
 * restart and a constant failure ends the actor.
 */
import { parseDuration } from '../base/duration.ts'
import type { RestartPolicy } from './actor.ts'
import { choiceFrom, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeParts } from '../base/options.ts'

const defaults: Required<RestartPolicy> = { strategy: 'restart', restartsMax: 5, withinMs: 10_000 }

/** If `init` fails each time, all restarts happen in one turn of the loop. */
const mostRestarts = 1_000

const table = {
  strategy: choiceFrom('restart', 'stop'),
  restartsMax: wholeNumberFrom(0, mostRestarts),
  withinMs: parseDuration,
} satisfies OptionTable<RestartPolicy>

/**
 * Decides whether an actor that failed may begin anew, by a count over a sliding window. A rare failure costs a restart; a
 * constant failure ends the actor.
 */
export class Restarts {
  private readonly policy: Required<RestartPolicy>
  /** The times of the restarts. INV-R1: at most `restartsMax` + 1 of them, ascending. */
  private failedAtMs: number[] = []

  /** @throws BAD_OPTION */
  constructor(given: RestartPolicy | Record<string, never>) {
    this.policy = { ...defaults, ...takeParts(given as RestartPolicy, table, 'restart') }
  }

  /** Counts a failure; false when the actor has to end. */
  allow(nowMs: number): boolean {
    if (this.policy.strategy === 'stop') return false
    this.failedAtMs = this.failedAtMs.filter((atMs) => nowMs - atMs < this.policy.withinMs)
    this.failedAtMs.push(nowMs)
    return this.failedAtMs.length <= this.policy.restartsMax
  }
}
