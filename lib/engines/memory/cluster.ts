/**
 * This file keeps the locks that the clients of one name share in a process. Clients of a second copy of the package find the same ones, so that two
 * copies exclude each other.
 */
import { globalWide } from '../../base/global-wide.ts'
import { matchesPattern } from '../../base/names.ts'
import type { Owners } from '../../port/owners.ts'
import type { LockState, StateWatch, WatchSource } from '../../port/watch.ts'
import { sinceStartMs } from '../common/time.ts'
import { MemoryLock } from './lock.ts'

export class MemoryCluster implements WatchSource {
  /** Those of the clients that made reentrant requests, by the client's id. */
  readonly owners = new Map<string, Owners>()
  private readonly locks = new Map<string, MemoryLock>()
  private readonly watches = new Set<StateWatch>()
  private fences = 0n
  private clients = 0

  /** How many locks are held or waited for. */
  get size(): number {
    return this.locks.size
  }

  nextClientId(): string {
    return `memory-${++this.clients}`
  }

  /** One number for all locks: it rises for each of them, also for those that were forgotten in between. */
  nextFence(): bigint {
    return ++this.fences
  }

  /** The highest fence so far. */
  get fenceHighest(): bigint {
    return this.fences
  }

  /** Grants no fence up to this one. */
  raiseFences(floor: bigint): void {
    if (floor > this.fences) this.fences = floor
  }

  /** The lock of that name, made if there is none: its caller takes it, or waits for it. */
  lock(name: string): MemoryLock {
    let lock = this.locks.get(name)
    if (lock === undefined) this.locks.set(name, (lock = new MemoryLock(name, this)))
    return lock
  }

  find(name: string): MemoryLock | undefined {
    return this.locks.get(name)
  }

  forget(lock: MemoryLock): void {
    if (this.locks.get(lock.name) === lock) this.locks.delete(lock.name)
  }

  /** A lock got or lost a holder or a waiter. */
  changed(name: string): void {
    if (this.watches.size === 0) return
    for (const watch of this.watches) if (matchesPattern(watch.pattern, name)) watch.changed(name)
  }

  begin(watch: StateWatch): void {
    this.watches.add(watch)
    for (const { name } of this.matching(watch.pattern)) watch.changed(name)
    watch.completed()
  }

  read(name: string): LockState {
    return this.find(name)?.state(sinceStartMs()) ?? { name, held: [], pending: [] }
  }

  end(watch: StateWatch): void {
    this.watches.delete(watch)
  }

  matching(pattern: string): readonly MemoryLock[] {
    return [...this.locks.values()].filter(({ name }) => matchesPattern(pattern, name))
  }
}

/** The cluster of that name in this process. */
export function memoryCluster(name: string): MemoryCluster {
  const clusters = globalWide('memory-clusters', () => new Map<string, MemoryCluster>())
  let cluster = clusters.get(name)
  if (cluster === undefined) clusters.set(name, (cluster = new MemoryCluster()))
  return cluster
}
