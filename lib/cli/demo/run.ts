/** This file makes one run of the demo, from its first worker to its verdict. */
import { join } from 'node:path'
import { type ErrorCode, errorRegistry, HoldfastError } from '../../base/errors.ts'
import { entryBeside } from '../../children/entry.ts'
import { withFolder } from '../../children/folder.ts'
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { defaultAlgorithm } from '../../mutex/algorithms.ts'
import { type Books, Ledger } from './ledger.ts'
import type { WorkerReport } from './protocol.ts'
import type { Picture } from './picture.ts'
import { Tally, type WorkerFailure } from './tally.ts'
import { judgeRun, type DemoOutcome } from './verdict.ts'
import { Workers } from './workers.ts'
import { counted } from '../paint.ts'
import { CommandFailure } from '../usage.ts'

/** The settings of a run. */
export interface DemoOptions {
  readonly locked: boolean
  readonly seconds: number
  readonly workers: number
  readonly accounts: number
  readonly algorithm: string | undefined
  readonly clock: 'hlc' | 'lamport' | undefined
  /** The script of a worker; a test may bring its own. */
  readonly entry?: URL
}

/** The viewer: called about ten times a second with the present data. */
export interface Audience {
  show(picture: Picture): void
}

/** Coins in each account at the beginning. */
const amount = 10_000
const workMs = 1
const thinkMs = 8
const pictureMs = 100
/** How long a dead worker's place stays empty: as long as a supervisor takes. */
const restartMs = 1000
/** How much longer a run may take until the lock has moved on and all workers are back. */
const overtimeMsMax = 30_000
const joiningMsMax = 30_000
const stopMsMax = 8000
/** The same if a person waits for the prompt. */
const interruptedStopMsMax = 2000

/**
 * Runs the demo to its verdict: starts the workers, kills one in the middle of a transfer about a third through,
 * restarts it, stops all and counts. Leaves no process and no file behind, even after an error.
 *
 * @param interrupted ends the run early; the verdict then tells how far it came.
 * @throws the error of a worker that could not join, such as BAD_OPTION for an unknown algorithm.
 */
export function runDemo(options: DemoOptions, audience: Audience, interrupted: AbortSignal): Promise<DemoOutcome> {
  return withFolder('holdfast-demo-', async (folder) => {
    const run = new DemoRun(options, folder, audience)
    try {
      return await run.play(interrupted)
    } finally {
      await run.workers.stop(0)
    }
  })
}

class DemoRun {
  readonly workers: Workers
  private readonly options: DemoOptions
  private readonly audience: Audience
  private readonly ledger: string
  private readonly cluster = 'demo'
  private readonly directory: string
  private readonly startedMs = sharedNowMs()
  private readonly tally: Tally
  private readonly totalBefore: number
  /** When all workers had joined. */
  private beganMs: number | null = null
  private victim: number | null = null
  private victimStanding = false
  private killedMs = 0
  private wake: () => void = () => {}

  constructor(options: DemoOptions, folder: string, audience: Audience) {
    this.options = options
    this.audience = audience
    this.ledger = join(folder, 'ledger')
    this.directory = join(folder, 'mesh')
    this.totalBefore = options.accounts * amount
    Ledger.create(this.ledger, options.accounts, amount)
    const names = Array.from({ length: options.workers }, (_, i) => `w${i + 1}`)
    this.tally = new Tally(names, this.startedMs)
    const entry = options.entry ?? entryBeside(import.meta.url, 'worker-entry')
    this.workers = new Workers(
      options.workers,
      entry,
      (index) => ({
        worker: names[index] as string,
        ledger: this.ledger,
        locked: options.locked,
        cluster: this.cluster,
        directory: this.directory,
        ...(options.algorithm === undefined ? {} : { algorithm: options.algorithm }),
        ...(options.clock === undefined ? {} : { clock: options.clock }),
        workMs,
        thinkMs,
      }),
      {
        started: (index, pid) => this.tally.started(index, pid, sharedNowMs()),
        reported: (index, report) => this.heard(index, report),
        failed: (index, error) => this.failed(index, error),
        died: (index) => this.died(index),
      },
    )
  }

  async play(interrupted: AbortSignal): Promise<DemoOutcome> {
    const picture = setInterval(() => this.show(), pictureMs)
    interrupted.addEventListener('abort', () => this.wake(), { once: true })
    try {
      await this.scenes(interrupted)
      if (this.beganMs === null && this.tally.failure !== null) throw workerError(this.tally.failure)
      const workedMs = sharedNowMs() - (this.beganMs ?? sharedNowMs())
      if (interrupted.aborted) this.tally.say(sharedNowMs(), 'interrupted: the workers finish and leave', 'warn')
      // A worker that has not joined yet holds nothing that it could give back.
      const patienceMs = !interrupted.aborted ? stopMsMax : this.beganMs === null ? 0 : interruptedStopMsMax
      const ended = await this.workers.stop(patienceMs)
      if (ended > 0 && !interrupted.aborted)
        this.tally.failure ??= { code: 'TIMEOUT', message: `${counted(ended, 'worker')} did not leave in time` }
      this.show()
      return this.judge(workedMs, interrupted.aborted)
    } finally {
      clearInterval(picture)
    }
  }

  private async scenes(interrupted: AbortSignal): Promise<void> {
    const over = (): boolean => interrupted.aborted || this.tally.failure !== null
    const runMs = this.options.seconds * 1000
    for (let i = 0; i < this.options.workers; i++) this.workers.start(i)
    await this.until(() => over() || this.tally.places.every((place) => place.node !== null), joiningMsMax)
    if (over()) return
    if (this.tally.places.some((place) => place.node === null)) {
      this.tally.failure ??= { code: 'TIMEOUT', message: 'the workers did not all join in time' }
      return
    }
    this.beganMs = sharedNowMs()
    await this.until(over, runMs / 3)
    if (over()) return
    await this.killOne(over)
    await this.until(over, this.beganMs + runMs - sharedNowMs())
    // The run is over when its time is, the lock has moved on, and all workers are back.
    await this.until(() => over() || this.settled(), overtimeMsMax)
  }

  /** Asks one worker to stand still with the lock and money on the road, and kills it there. */
  private async killOne(over: () => boolean): Promise<void> {
    this.victim = 1
    this.workers.standStill(this.victim)
    await this.until(() => over() || this.victimStanding, 2000)
    if (over()) return
    this.killedMs = sharedNowMs()
    this.workers.kill(this.victim)
  }

  private settled(): boolean {
    const { kills, places } = this.tally
    // Until the end of the victim is heard of, its kill does not count.
    return (
      this.victim === null && kills.every((kill) => kill.nextGrantMs !== null) && places.every((place) => place.node !== null)
    )
  }

  private heard(index: number, report: WorkerReport): void {
    if (report.type === 'standing') this.victimStanding ||= index === this.victim
    else this.tally.reported(index, report, sharedNowMs())
    this.wake()
  }

  private failed(index: number, error: Error): void {
    const code = error instanceof HoldfastError ? error.code : 'UNEXPECTED'
    this.tally.failed(index, { code, message: error.message }, sharedNowMs())
    this.wake()
  }

  private died(index: number): void {
    const ours = index === this.victim
    if (ours) this.victim = null
    const joined = this.tally.places[index]?.node !== null
    // The moment of the demo's own kill is known; another kill is noticed only when the process is gone.
    this.tally.killed(index, ours ? this.killedMs : sharedNowMs(), ours)
    // The cause that ends a worker so early would end its successors too.
    if (!joined) this.tally.failure ??= { code: 'UNEXPECTED', message: `worker ${index + 1} ended before it had joined` }
    if (this.tally.failure !== null) return this.wake()
    setTimeout(() => this.workers.restart(index), restartMs).unref()
    this.wake()
  }

  /** Resolves when the condition holds, which every report may change, or the time is over. */
  private until(condition: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.wake = () => {}
        resolve()
      }
      const timer = setTimeout(finish, Math.max(0, timeoutMs))
      this.wake = () => {
        if (condition()) finish()
      }
      this.wake()
    })
  }

  private show(): void {
    const nowMs = sharedNowMs()
    const endMs = this.beganMs === null ? null : this.beganMs + this.options.seconds * 1000
    this.audience.show({
      tally: this.tally,
      algorithm: this.options.algorithm ?? defaultAlgorithm,
      locked: this.options.locked,
      nowMs,
      secondsLeft: endMs === null ? null : Math.max(0, (endMs - nowMs) / 1000),
      totalBefore: this.totalBefore,
      books: this.books(),
      hint: this.hint(),
    })
  }

  private hint(): string {
    return this.options.locked
      ? `$ npx holdfast locks --cluster ${this.cluster} --directory ${this.directory}`
      : 'the same with locks: npx holdfast demo'
  }

  private books(): Books {
    return new Ledger(this.ledger, 'parent').read()
  }

  private judge(workedMs: number, interrupted: boolean): DemoOutcome {
    const books = this.books()
    return judgeRun(this.tally, {
      algorithm: this.options.algorithm ?? defaultAlgorithm,
      locked: this.options.locked,
      totalBefore: this.totalBefore,
      books,
      durationMs: sharedNowMs() - this.startedMs,
      workedMs,
      interrupted,
    })
  }
}

/** A worker's failure, as its original error. */
function workerError(failure: WorkerFailure): Error {
  return Object.hasOwn(errorRegistry, failure.code)
    ? new HoldfastError(failure.code as ErrorCode, failure.message)
    : new CommandFailure(failure.message)
}
