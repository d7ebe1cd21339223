/** This file keeps one lock in memory: its holds, its waiters, and the rule by which the next waiter is served. */
import type { Mode } from '../../base/mode.ts'
import { ModeCounts } from '../../base/mode-counts.ts'
import { withJson } from '../../base/shown.ts'
import type { AcquireSettings } from '../../port/acquire-options.ts'
import type { LockState } from '../../port/watch.ts'
import { copyPlain } from '../../wire/plain-data.ts'
import type { MemoryClient } from './client.ts'
import type { MemoryCluster } from './cluster.ts'
import { MemoryHold } from './hold.ts'
import { WaiterQueue } from '../common/queue.ts'
import { sinceStartMs } from '../common/time.ts'
import type { MemoryWaiter } from './waiter.ts'

/** A hold, and what `query` tells of it. */
interface Holding {
  readonly hold: MemoryHold
  readonly mode: Mode
  readonly client: MemoryClient
  readonly owner: number
  readonly sinceMs: number
  meta: unknown
}

/** What a hold has from its request. */
type Granted = Pick<AcquireSettings, 'mode' | 'meta' | 'maxHoldMs' | 'graceMs'>

export class MemoryLock {
  readonly name: string
  readonly holdings = new Map<MemoryHold, Holding>()
  readonly waiters = new WaiterQueue<MemoryWaiter>()
  private readonly cluster: MemoryCluster
  private readonly held = new ModeCounts()

  constructor(name: string, cluster: MemoryCluster) {
    this.name = name
    this.cluster = cluster
  }

  /** Whether a request of that mode need not wait: the holders do not exclude it, and it passes no waiter. */
  isFreeFor(mode: Mode): boolean {
    return this.waiters.size === 0 && this.held.admit(mode)
  }

  /** Joins the queue. By its priority the waiter may be the first, and may be granted beside the holders. */
  wait(waiter: MemoryWaiter): void {
    this.waiters.add(waiter)
    this.cluster.changed(this.name)
    this.serve()
  }

  /** Makes a hold, without a check of the other holds. */
  grant(client: MemoryClient, owner: number, { mode, meta, maxHoldMs, graceMs }: Granted, waitedMs: number): MemoryHold {
    const hold = new MemoryHold(client, this, mode.plain, this.cluster.nextFence(), { maxHoldMs, graceMs })
    this.holdings.set(hold, { hold, mode, client, owner, sinceMs: sinceStartMs(), meta })
    this.held.add(mode)
    this.cluster.changed(this.name)
    client.granted(this, hold, waitedMs)
    return hold
  }

  /** A hold is over, for any reason. */
  remove(hold: MemoryHold): void {
    const mode = this.holdings.get(hold)?.mode
    if (mode === undefined) return
    this.holdings.delete(hold)
    this.held.remove(mode)
    this.cluster.changed(this.name)
    this.serve()
  }

  /** A waiter has given up. */
  withdraw(waiter: MemoryWaiter): void {
    if (!this.waiters.delete(waiter)) return
    this.cluster.changed(this.name)
    this.serve()
  }

  /** The hold with that fence, and whose it is. */
  heldBy(fence: bigint): Pick<Holding, 'hold' | 'client'> | undefined {
    for (const holding of this.holdings.values()) if (holding.hold.fence === fence) return holding
    return undefined
  }

  /** The owner of a hold changed what is told of it. */
  setMeta(hold: MemoryHold, meta: unknown): void {
    const holding = this.holdings.get(hold)
    if (holding === undefined) return
    holding.meta = meta
    this.cluster.changed(this.name)
  }

  /** The holders and waiters, in objects of the reader's own. */
  state(readMs: number): LockState {
    const { name } = this
    return {
      name,
      held: [...this.holdings.values()].map(({ hold: { mode, fence }, client, owner, sinceMs, meta }) =>
        withJson({ name, mode, fence, holder: client.id, owner, heldMs: readMs - sinceMs, meta: copyPlain(meta, 'meta') }),
      ),
      pending: [...this.waiters].map(({ mode, client, owner, sinceMs, meta }, before) => ({
        name,
        mode: mode.plain,
        node: client.id,
        owner,
        waitedMs: readMs - sinceMs,
        place: before + 1,
        meta: copyPlain(meta, 'meta'),
      })),
    }
  }

  /** Grants the waiters in their order, up to the first that the holders exclude. No later waiter passes it. */
  private serve(): void {
    for (let { first } = this.waiters; first !== undefined && this.held.admit(first.mode); { first } = this.waiters) {
      this.waiters.delete(first)
      this.waiters.granted()
      first.stop()
      first.granted(this.grant(first.client, first.owner, first, sinceStartMs() - first.sinceMs))
    }
    if (this.holdings.size === 0 && this.waiters.size === 0) this.cluster.forget(this)
  }
}
