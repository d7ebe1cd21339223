/** This file declares what `steps` stores of a run, and checks what a store gives back. */
import { BadOptionError } from '../base/errors.ts'
import { readingOptions } from '../base/options.ts'

/** How far a run is: `undoing` after a step has failed. */
export type StepPhase = 'running' | 'done' | 'undoing' | 'undone'

/** What is stored of a run: plain data, if the steps return plain data. */
export interface StepRecord {
  /** How far the run is. `done` and `undone` are final. */
  readonly phase: StepPhase
  /** While running and when done, the names of the completed steps. While undoing, those that are still to be undone, the last one first. */
  readonly steps: readonly string[]
  /** What the completed steps returned, in the same order. */
  readonly results: readonly unknown[]
  /** The step that failed, and the message of its error. */
  readonly failure?: {
    /** The name of the step. */
    readonly step: string
    /** The message of its error. */
    readonly message: string
  }
}

const phases: readonly unknown[] = ['running', 'done', 'undoing', 'undone'] satisfies StepPhase[]

/**
 * A copy of what the store gave: a beginning of the list of steps.
 *
 * @throws BAD_OPTION if it is no record, or one of other steps.
 */
export function takeRecord(run: string, given: StepRecord, names: readonly string[]): StepRecord {
  const record = readingOptions('the stored record', () => {
    const { phase, steps, results, failure } = given
    return {
      phase,
      steps: Array.isArray(steps) ? [...steps] : null,
      results: Array.isArray(results) ? [...results] : null,
      ...(failure === undefined || failure === null ? {} : { failure: { step: failure.step, message: failure.message } }),
    }
  })
  const { phase, steps, results, failure } = record
  if (!phases.includes(phase) || steps === null || results === null)
    throw new BadOptionError(`the store gave no record of '${run}', but a value of another form`, { option: 'store' })
  const hasEnded = steps.length === names.length
  const isOneOfList =
    steps.every((step, i) => step === names[i]) && (phase === 'done' ? hasEnded : phase !== 'running' || !hasEnded)
  const isWhole = phase === 'undoing' || phase === 'undone' ? failure !== undefined : results.length === steps.length
  if (!isOneOfList || !isWhole)
    throw new BadOptionError(
      `the stored record of '${run}' is not one of these steps: it has '${steps.join("', '")}', and they are '${names.join("', '")}'. Give a run of other steps a name of its own`,
      { option: 'steps' },
    )
  return { ...record, steps, results }
}
