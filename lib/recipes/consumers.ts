/** This file has the recipe `consumers`: partitions that the members of a group share evenly, each consumed by one member at a time. */
import { type Duration, parseDuration } from '../base/duration.ts'
import { checkName } from '../base/names.ts'
import { checkFunction, checkSignal, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import type { Locks } from '../port/locks.ts'
import type { LockState } from '../port/watch.ts'
import { checkTask } from '../port/with-lock.ts'
import { ConsumedPartition, type Consumer, partitionLock, type PartitionSettings } from './consumed-partition.ts'
import { EitherSignal } from './either-signal.ts'
import { partitionOwners } from './partition-owners.ts'
import { checkGroup, Presence } from './presence.ts'
import { retrying } from './retrying.ts'
import { timeOf } from './time.ts'

/** Options of `consumers`. */
export interface ConsumersOptions {
  /** How many partitions there are, from 1 to 1,024: the same number at all members. */
  readonly partitions: number
  /** Ends this member: its consumers are told to end, its partitions go to the others, and `consumers` resolves. */
  readonly signal?: Signal
  /** How long a partition rests before its consumer is called again, when it ended by itself. Default: 1 s. */
  readonly pause?: Duration
  /** Is called with each error of a consumer, which is called again after `pause`. What it throws ends this member. Without it each error does. */
  readonly onError?: (error: unknown, partition: number) => void | Promise<void>
  /** How long a consumer may take to end after its signal; then `onStuck` is called. Default: 30 s. */
  readonly grace?: Duration
  /** Is called once when a consumer has not ended in time. Its partition is kept until it ends: no other member can begin before. */
  readonly onStuck?: (partition: number) => void | Promise<void>
}

/** The largest number of partitions: each change of the members compares all of them with all members. */
const partitionsMax = 1024

const consumersTable = {
  partitions: wholeNumberFrom(1, partitionsMax),
  signal: checkSignal,
  pause: parseDuration,
  onError: checkFunction,
  grace: parseDuration,
  onStuck: checkFunction,
} satisfies OptionTable<ConsumersOptions>

/**
 * Joins a group of consumers, which share partitions 0 to `partitions - 1`. Each partition is a lock, and its owner runs `consume(partition, run)` until `run.signal` is
 * aborted. When a member comes or goes, a few partitions move, and all have the same share again. The old owner's consumer has ended before the new owner's
 * begins; if the old owner died or was cut off, its partitions move when its locks are lost, and the fence tells the two apart.
 *
 * A consumer is meant to run until its signal. One that ends before is called again after `pause`, under the same lock. An error of a consumer ends this member: its other
 * consumers are told to end, and the call rejects with that error. `onError` keeps the member instead.
 *
 * @returns a promise that resolves when `signal` was aborted and the last consumer has ended.
 * @throws BAD_OPTION, also if the engine cannot watch or has no shared mode; an error of a consumer, `onError` or `onStuck` unchanged; CLOSED; OVERLOADED if the watch is refused.
 * In each case all consumers have ended and all locks are free.
 * @example
 * await consumers(locks, 'orders', { partitions: 16, signal }, async (partition, { signal, fence }) => {
 *   for await (const order of queue.read(partition, { signal })) await handle(order, fence)
 * })
 */
export async function consumers(locks: Locks, group: string, options: ConsumersOptions, consume: Consumer): Promise<void> {
  checkGroup(group, 'group')
  checkTask(consume, 'consumers')
  const { partitions, signal, ...given } = takeOptions<ConsumersOptions, typeof consumersTable>(
    options,
    consumersTable,
    'consumers',
  )
  consumersTable.partitions(partitions, 'partitions')
  const groupLock = checkName(`${group}#members`, 'group')
  // The longest name, so that no partition turns out too long later.
  checkName(partitionLock(group, partitions as number), 'group')
  const stop = new EitherSignal().follow(signal)
  const states = locks.watch(groupLock, { signal: stop.signal })
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): void => {
    failure ??= { error }
    stop.abort(error)
  }
  const time = timeOf(locks)
  const id = `${locks.id}.${Math.floor(time.random() * 2 ** 32).toString(36)}`
  const { pause = 1_000, grace = 30_000, onError, onStuck } = given
  const member = new GroupMember(id, partitions as number, {
    locks: retrying(locks),
    time,
    group,
    consume,
    pauseMs: pause,
    graceMs: grace,
    onError,
    onStuck,
    fail,
  })
  const presence = new Presence(locks, groupLock, { member: id })
  try {
    await presence.begin({ signal: stop.signal })
    for await (const state of states) member.see(state)
  } catch (error) {
    if (!stop.signal.aborted) fail(error)
  } finally {
    // The others queue for the partitions while the consumers end.
    await presence.end()
    await member.leave()
    stop.end()
  }
  if (failure !== undefined) throw failure.error
}

/** One member: which partitions are its own, and the consumers that run. */
class GroupMember {
  readonly #id: string
  readonly #partitions: number
  readonly #settings: PartitionSettings
  readonly #running = new Map<number, ConsumedPartition>()
  #own: ReadonlySet<number> = new Set()
  #hasLeft = false

  constructor(id: string, partitions: number, settings: PartitionSettings) {
    this.#id = id
    this.#partitions = partitions
    this.#settings = settings
  }

  see(state: LockState): void {
    const members = membersIn(state)
    // The others do not count this member now. What it has, it keeps for so long: the locks decide.
    if (!members.includes(this.#id)) return
    const owners = partitionOwners(this.#partitions, members)
    this.#own = new Set(owners.flatMap((owner, partition) => (owner === this.#id ? [partition] : [])))
    for (const [partition, running] of this.#running)
      if (!this.#own.has(partition)) running.stop('goes to another member of the group')
    for (const partition of this.#own) this.#run(partition)
  }

  /** Resolves when the last consumer has ended. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    const running = [...this.#running.values()]
    for (const each of running) each.stop('ends, since this member leaves the group')
    await Promise.all(running.map(({ over }) => over))
  }

  /** A partition that was taken away and came back is run again when its consumer has ended. */
  #run(partition: number): void {
    if (this.#hasLeft || this.#running.has(partition)) return
    const running = new ConsumedPartition(this.#settings, partition)
    this.#running.set(partition, running)
    void running.over.then(() => {
      this.#running.delete(partition)
      if (this.#own.has(partition)) this.#run(partition)
    })
  }
}

/** The members that announced themselves. Another program may hold a lock of that name, with a meta of its own. */
function membersIn({ held }: LockState): string[] {
  const found = new Set<string>()
  for (const { meta } of held) {
    const member = (meta as { readonly member?: unknown } | null | undefined)?.member
    if (typeof member === 'string') found.add(member)
  }
  return [...found]
}
