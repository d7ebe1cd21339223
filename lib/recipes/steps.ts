/** This file has the recipe `steps`: work of several steps that a successor resumes after a crash, and that is undone when a step fails. */
import { BadOptionError, FailedError } from '../base/errors.ts'
import { messageOf, shownShortly } from '../base/message-of.ts'
import { checkName } from '../base/names.ts'
import { checkFunction } from '../base/option-checks.ts'
import { type OptionTable, readingOptions, takeOptions, takeParts } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { runUnder } from '../port/with-lock.ts'
import { type RequestOptions, requestTable } from './request.ts'
import { type StepPhase, type StepRecord, takeRecord } from './step-record.ts'

/** What a step is given. */
export interface StepContext {
  /** The same for each try of this step in any process: `RUN/STEP`, and `RUN/STEP/undo` to undo it. Give it to the resource, which does a key once. */
  readonly key: string
  /** Rises with each process that takes the run over. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /** Aborted, with a LOST error as its reason, when the lock is lost. */
  readonly signal: Signal
  /** What the steps before returned, by their names. */
  readonly results: Readonly<Record<string, unknown>>
  /** Throws LOST if the lock is lost at this very moment. */
  check(): void
}

/** One step. It may be run again after a crash, with the same key. */
export interface TransactionStep {
  /** Its name in this run, which must not change between versions of a program. */
  readonly name: string
  /** Does the step. What it returns is stored. */
  readonly run: (context: StepContext) => unknown
  /** Undoes the step, when it or a later one has failed. It must cope with a step that did not happen, or in part. */
  readonly undo?: (context: StepContext) => unknown
}

/**
 * Where runs are stored. Both calls must be atomic, and must reject if a higher fence was noted for the run: so a process that was paused cannot write over
 * what its successor has stored.
 */
export interface StepStore {
  /** Notes the fence for the run, and gives the record that was saved last; undefined if there is none. */
  open(run: string, fence: bigint): StepRecord | null | undefined | Promise<StepRecord | null | undefined>
  /** Saves the record, and notes the fence. */
  save(run: string, record: StepRecord, fence: bigint): unknown
}

/** A run of more steps is refused. */
const stepsMax = 1000
/** So much of the message of a failed step is stored. */
const messageMax = 1000

/**
 * Runs steps one after the other under the lock `run`, and stores after each that it is completed. If the process dies, the next call for the same run, in any process,
 * resumes at the first step that is not stored as completed. When all are completed, the call resolves to what they returned, and so does each later one.
 *
 * A step is run at least once: a crash between the step and the save repeats it, with the same `key`. When a step rejects, it and the completed ones are undone,
 * the last one first, and then the call rejects with the step's error. Later calls reject with FAILED. If `undo` or the store rejects meanwhile, the call rejects with that error, and the next call
 * undoes the rest.
 * If no step has an `undo`, the next call runs the failed step again.
 *
 * @param run the name of the lock and of the record
 * @throws an error of a step, of `undo` or of the store unchanged. FAILED if a step failed in an earlier call. LOST if the lock was lost: a successor resumes. BAD_OPTION for wrong arguments, and for
 * a record of other steps. Else the errors of `acquire`.
 * @example
 * await steps(locks, 'order/42', store, [
 *   { name: 'reserve', run: ({ key }) => stock.reserve(key), undo: ({ key }) => stock.cancel(key) },
 *   { name: 'pay', run: ({ key, signal }) => bank.pay(10, { key, signal }) },
 * ])
 */
export async function steps(
  locks: Locks,
  run: string,
  store: StepStore,
  list: Iterable<TransactionStep>,
  options: RequestOptions = {},
): Promise<unknown[]> {
  checkName(run, 'run')
  const open = storeCall(store, 'open')
  const save = storeCall(store, 'save')
  const taken = takeSteps(list)
  const request = takeOptions<RequestOptions, typeof requestTable>(options, requestTable, 'steps')
  const work = (hold: Hold): Promise<unknown[]> => new Run(run, taken, { open, save }, hold).toEnd()
  return await runUnder(locks.acquire(run, request), work)
}

class Run {
  readonly #name: string
  readonly #list: readonly TransactionStep[]
  readonly #store: StepStore
  readonly #hold: Hold
  #record: StepRecord = { phase: 'running', steps: [], results: [] }

  constructor(name: string, list: readonly TransactionStep[], store: StepStore, hold: Hold) {
    this.#name = name
    this.#list = list
    this.#store = store
    this.#hold = hold
  }

  async toEnd(): Promise<unknown[]> {
    const stored = await this.#store.open(this.#name, this.#hold.fence)
    this.#hold.check()
    if (stored !== undefined && stored !== null)
      this.#record = takeRecord(
        this.#name,
        stored,
        this.#list.map(({ name }) => name),
      )
    if (this.#record.phase === 'running') await this.#run()
    if (this.#record.phase === 'done') return [...this.#record.results]
    await this.#undo()
    const { step, message } = this.#record.failure as NonNullable<StepRecord['failure']>
    throw new FailedError(`step '${step}' of '${this.#name}' failed, and the run was undone: ${message}`, { definite: true })
  }

  async #run(): Promise<void> {
    for (const step of this.#list.slice(this.#record.steps.length)) {
      let result: unknown
      try {
        result = await step.run(this.#contextFor(step))
      } catch (error) {
        await this.#failed(step, error)
        throw error
      }
      const done = [...this.#record.steps, step.name]
      await this.#save(done.length === this.#list.length ? 'done' : 'running', done, [...this.#record.results, result])
    }
  }

  /** Undoes the run, unless the lock is lost: then the successor runs the step again. */
  async #failed(step: TransactionStep, error: unknown): Promise<void> {
    if (!isOurs(this.#hold) || !this.#list.some(({ undo }) => undo !== undefined)) return
    const failure = { step: step.name, message: messageOf(error).slice(0, messageMax) }
    await this.#save('undoing', [...this.#record.steps, step.name], this.#record.results, failure)
    await this.#undo()
  }

  async #undo(): Promise<void> {
    while (this.#record.phase === 'undoing') {
      const { steps: left, results, failure } = this.#record
      const step = this.#list[left.length - 1]
      if (step?.undo !== undefined) await step.undo(this.#contextFor(step, '/undo'))
      const rest = left.slice(0, -1)
      await this.#save(rest.length === 0 ? 'undone' : 'undoing', rest, results, failure)
    }
  }

  /** @throws LOST before anything is stored, if the lock is lost. */
  async #save(
    phase: StepPhase,
    done: readonly string[],
    results: readonly unknown[],
    failure?: StepRecord['failure'],
  ): Promise<void> {
    this.#hold.check()
    const record = {
      phase,
      steps: Object.freeze(done),
      results: Object.freeze(results),
      ...(failure === undefined ? {} : { failure }),
    }
    await this.#store.save(this.#name, Object.freeze(record), this.#hold.fence)
    this.#record = record
    this.#hold.check()
  }

  #contextFor({ name }: TransactionStep, suffix = ''): StepContext {
    const hold = this.#hold
    const { results } = this.#record
    return Object.freeze({
      key: `${this.#name}/${name}${suffix}`,
      fence: hold.fence,
      signal: hold.signal,
      results: Object.freeze(Object.fromEntries(results.map((result, i) => [this.#list[i]?.name, result]))),
      check: () => hold.check(),
    })
  }
}

function isOurs(hold: Hold): boolean {
  return hold.state === 'held' || hold.state === 'suspect'
}

/** A call of the user's store, with the store as its `this`. */
function storeCall<Call extends keyof StepStore>(store: StepStore, call: Call): StepStore[Call] {
  if (typeof store !== 'object' || store === null)
    throw new BadOptionError(`store must be an object with open and save, got ${shownShortly(store)}`, { option: 'store' })
  const made = readingOptions('store', () => store[call])
  checkFunction(made, `store.${call}`)
  return made.bind(store) as StepStore[Call]
}

const stepTable = { name: checkName, run: checkFunction, undo: checkFunction } satisfies OptionTable<TransactionStep>

function takeSteps(list: Iterable<TransactionStep>): TransactionStep[] {
  if (typeof list === 'string' || typeof (list as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw bad(`steps must be a list of steps, got ${shownShortly(list)}`)
  const taken: TransactionStep[] = []
  const known = new Set<string>()
  for (const each of list) {
    if (taken.length === stepsMax) throw bad(`steps may have at most ${stepsMax} steps`)
    const step = takeParts<TransactionStep, typeof stepTable>(each, stepTable, 'steps')
    if (step.name === undefined || step.run === undefined)
      throw bad(`each step has a name and a function run, got ${shownShortly(each)}`)
    if (known.has(step.name)) throw bad(`steps has '${step.name}' twice: the name of a step tells it from the others`)
    known.add(step.name)
    taken.push(step as TransactionStep)
  }
  if (taken.length === 0) throw bad('steps must have at least one step')
  return taken
}

function bad(problem: string): BadOptionError {
  return new BadOptionError(problem, { option: 'steps' })
}
