/** This file runs one partition of a consumer group at one member: waits for its lock, runs the consumer under it, and releases it when the consumer has ended. */
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { AbortedError } from '../base/errors.ts'
import type { Signal } from '../base/platform.ts'
import { onRejection } from '../base/user-result.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import type { EngineTime } from '../port/time.ts'
import { EitherSignal } from './either-signal.ts'

/** What a consumer knows of its partition. */
export interface PartitionRun {
  /** The name of the partition's lock. */
  readonly name: string
  /** Rises with each owner of the partition. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /** Aborted when the consumer must end: the partition goes to another member (ABORTED), the group ends (ABORTED), or the lock is lost (LOST). */
  readonly signal: Signal
  /** Throws LOST if the lock is lost at this very moment. */
  check(): void
}

/** Consumes a partition until its signal is aborted. */
export type Consumer = (partition: number, run: PartitionRun) => unknown

/** What all partitions of a group share at one member. */
export interface PartitionSettings {
  readonly locks: Locks
  readonly time: EngineTime
  readonly group: string
  readonly consume: Consumer
  readonly pauseMs: number
  readonly graceMs: number
  readonly onError: ((error: unknown, partition: number) => unknown) | undefined
  readonly onStuck: ((partition: number) => unknown) | undefined
  /** The group ends with that error. */
  readonly fail: (error: unknown) => void
}

/** The name of a partition's lock. */
export function partitionLock(group: string, partition: number): string {
  return `${group}/${partition}`
}

export class ConsumedPartition {
  /** Resolves when the consumer has ended and the lock is released. Never rejects. */
  readonly over: Promise<void>
  readonly #settings: PartitionSettings
  readonly #partition: number
  readonly #stop = new AbortController()

  constructor(settings: PartitionSettings, partition: number) {
    this.#settings = settings
    this.#partition = partition
    this.over = this.#own().catch(settings.fail)
  }

  /** The consumer is told to end; no wait goes on. */
  stop(why: string): void {
    this.#stop.abort(new AbortedError(`partition ${this.#partition} of '${this.#settings.group}' ${why}`))
  }

  async #own(): Promise<void> {
    const { locks, group } = this.#settings
    const { signal } = this.#stop
    while (!signal.aborted) {
      let hold: Hold
      try {
        hold = await locks.acquire(partitionLock(group, this.#partition), { signal })
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      await this.#consume(hold)
    }
  }

  async #consume(hold: Hold): Promise<void> {
    const { consume, pauseMs, time } = this.#settings
    const either = new EitherSignal().follow(hold.signal).follow(this.#stop.signal)
    const { signal } = either
    const { name, fence } = hold
    const run = Object.freeze({ name, fence, signal, check: () => hold.check() })
    const noteLate = this.#watchGrace(signal)
    try {
      // To ask for the state is to judge the session, also where its timer is late.
      while (!signal.aborted && hold.state !== 'lost') {
        try {
          await consume(this.#partition, run)
        } catch (error) {
          await this.#failed(error, signal)
        }
        await pause(time, pauseMs, signal)
      }
    } finally {
      noteLate()
      either.end()
      await hold.release()
    }
  }

  /** What the consumer rejected with. To be stopped is no error of its own. */
  async #failed(error: unknown, signal: Signal): Promise<void> {
    if (signal.aborted && isEndBy(error, signal)) return
    const { onError } = this.#settings
    if (onError === undefined) throw error
    await onError(error, this.#partition)
  }

  /** Tells of a consumer that has not ended `graceMs` after its signal, until the returned function is called. */
  #watchGrace(signal: Signal): () => void {
    const { time, graceMs, onStuck, fail } = this.#settings
    if (onStuck === undefined) return () => {}
    let stop = (): unknown => undefined
    const begin = (): void => {
      stop = time.after(graceMs, () => {
        try {
          onRejection(onStuck(this.#partition), fail)
        } catch (error) {
          fail(error)
        }
      })
    }
    if (signal.aborted) begin()
    else watchAbort(signal, begin)
    return () => {
      unwatchAbort(signal, begin)
      stop()
    }
  }
}

/** Calls of Node that a signal ends reject with an AbortError, others with the reason itself. */
function isEndBy(error: unknown, { reason }: Signal): boolean {
  if (error === reason) return true
  try {
    return (error as { readonly name?: unknown } | null | undefined)?.name === 'AbortError' || (error as Error).cause === reason
  } catch {
    return false
  }
}

async function pause(time: EngineTime, pauseMs: number, signal: Signal): Promise<void> {
  if (signal.aborted) return
  let end: () => void = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  const stop = time.after(pauseMs, end)
  watchAbort(signal, end)
  await over
  stop()
  unwatchAbort(signal, end)
}
