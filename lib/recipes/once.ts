/** This file has the recipe `once`: a job that one instance runs, and the others skip. */
import { type Duration, parseDuration, waitFrom } from '../base/duration.ts'
import { BadOptionError, TimeoutError } from '../base/errors.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask } from '../port/with-lock.ts'
import { EitherSignal } from './either-signal.ts'
import { releaseAfter } from './late-release.ts'
import { type RequestOptions, requestTable, takeRequest } from './request.ts'
import { timeOf } from './time.ts'

/** Options of `once`. `wait` bounds the time in which the engine must find out whether the job runs; `once` does not queue. */
export interface OnceOptions extends RequestOptions {
  /** Aborts the `signal` of a job that runs longer, with a TIMEOUT error as its reason. Default: no bound. */
  readonly atMost?: Duration
  /** Keeps the lock for so long from the grant, also when the job ends sooner: longer than the clocks of the instances differ. Default: 0. */
  readonly atLeast?: Duration
}

/** What a job knows of its run. */
export interface OnceRun {
  /** The name of the lock. */
  readonly name: string
  /** The fence of the lock. */
  readonly fence: bigint
  /** Aborted when the lock is lost (LOST), and when the job runs longer than `atMost` (TIMEOUT). */
  readonly signal: Signal
  /** Throws LOST if the lock is lost, TIMEOUT if the job runs longer than `atMost`. */
  check(): void
}

/** What became of a job: it ran here, with this result, or it was skipped. */
export type OnceOutcome<T> =
  | {
      /** The job ran here. */
      readonly ran: true
      /** What the job returned. */
      readonly result: T
    }
  | {
      /** Another instance runs the job, or ran it less than `atLeast` ago. */
      readonly ran: false
    }

const onceTable = {
  ...requestTable,
  atMost: waitFrom('leave it out for a job without a bound'),
  atLeast: parseDuration,
} satisfies OptionTable<OnceOptions>

/**
 * Runs a job unless another instance runs it: skips it then, and does not wait. When all instances call it at the planned time, one runs the job (the rules are those of
 * ShedLock). `atLeast` covers a short job on instances whose clocks differ: without it, a late instance would find the lock free and run the job again.
 *
 * The lock is kept as long as the job runs, also beyond `atMost`: a job that goes on after its signal was aborted still excludes the next one. If the process
 * dies, its lock moves on with no regard to `atLeast`. So let the resource check the fence, or let the job note that it is done.
 *
 * @throws an error of `fn` unchanged. LOST if `fn` succeeded but the lock was lost before it ended. BAD_OPTION, before anything is taken. Else the errors of
 * `tryAcquire`.
 * @example
 * cron.schedule('0 3 * * *', () => once(locks, 'nightly report', { atLeast: '1m', atMost: '1h' }, ({ signal }) => report({ signal })))
 */
export async function once<T>(
  locks: Locks,
  name: string,
  options: OnceOptions,
  fn: (run: OnceRun) => T | Promise<T>,
): Promise<OnceOutcome<T>> {
  checkTask(fn, 'once')
  const { atMost, atLeast = 0, ...rest } = takeOptions<OnceOptions, typeof onceTable>(options, onceTable, 'once')
  if (atMost !== undefined && atLeast > atMost)
    throw new BadOptionError(`atLeast must not be longer than atMost, got ${atLeast} ms and ${atMost} ms`, { option: 'atLeast' })
  const { waitMs, signal, each } = takeRequest(locks, rest, 'once')
  const hold = await locks.tryAcquire(name, {
    ...each,
    ...(waitMs === undefined ? {} : { wait: waitMs }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (hold === null) return { ran: false }
  const time = timeOf(locks)
  const sinceMs = time.nowMs()
  const job = new RunningJob(hold)
  const stop =
    atMost === undefined
      ? undefined
      : time.after(atMost, () => job.expire(new TimeoutError(`the job '${name}' runs longer than ${atMost} ms`)))
  let isLost: boolean
  let result: T
  try {
    hold.check()
    result = await fn(job)
  } finally {
    stop?.()
    job.end()
    isLost = hold.state === 'lost'
    await releaseAfter(hold, time, sinceMs, atLeast)
  }
  if (isLost) hold.check()
  return { ran: true, result }
}

class RunningJob implements OnceRun {
  readonly name: string
  readonly fence: bigint
  readonly #hold: Hold
  readonly #either: EitherSignal
  #late: TimeoutError | undefined

  constructor(hold: Hold) {
    this.name = hold.name
    this.fence = hold.fence
    this.#hold = hold
    this.#either = new EitherSignal().follow(hold.signal)
  }

  get signal(): Signal {
    return this.#either.signal
  }

  check(): void {
    this.#hold.check()
    if (this.#late !== undefined) throw this.#late
  }

  expire(late: TimeoutError): void {
    this.#late = late
    this.#either.abort(late)
  }

  end(): void {
    this.#either.end()
  }
}
