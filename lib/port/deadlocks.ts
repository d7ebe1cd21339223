/**
 * This file looks for deadlocks among the owners of all clients of a cluster. It keeps the waiting requests of one client's owners, asks the other clients for
 * theirs when one of them has waited for long, and refuses a request of its own that is the youngest of a cycle.
 *
 * It asks twice, the second time when all have answered. A request that waits in both answers has waited all the time between them, and so has each hold been
 * held. So all edges of a cycle that stands in both stood together at the moment between the two questions: no cycle is put together of moments.
 */
import { runOutside } from '../base/async-context.ts'
import type { Mode } from '../base/mode.ts'
import type { Hold } from './hold.ts'
import { around, liveLevel, type NestLevel } from './level.ts'
import type { EngineTime } from './time.ts'
import { type BlockedHold, type ClientWaits, deadlockError, type OwnerWait, type WaitCycle, WaitGraph } from './waits.ts'

/** What a client of an engine does for the search. */
export interface DeadlocksEngine {
  readonly time: EngineTime
  /** The id of the client at this moment. */
  readonly id: string
  wallMs(): number
  /** Runs `fire` after that time, unless the returned function is called before. It keeps no process alive that the client does not. */
  later(delayMs: number, fire: () => void): () => void
  /** The waits of the other clients of the cluster, as far as they can be learnt. */
  othersWaits(): Promise<readonly ClientWaits[]>
}

/** A request waits for so long before the others are asked, then for twice as long, up to the longest. */
export const firstSearchMs = 1_000
export const longestSearchMs = 16_000
/** Of the functions around a request so many are told. */
const blocksMax = 64

/** A request of an owner that has other locks. */
export class WatchedWait {
  readonly lock: string
  readonly mode: Mode
  readonly within: NestLevel
  /** The hold of its own owner for whose innermost level it waits. */
  readonly awaited: NestLevel | null
  readonly fail: (error: Error) => void
  request = 0
  sinceMs = 0
  dueMs = 0
  pauseMs = firstSearchMs

  constructor(lock: string, mode: Mode, within: NestLevel, awaited: NestLevel | null, fail: (error: Error) => void) {
    this.lock = lock
    this.mode = mode
    this.within = within
    this.awaited = awaited
    this.fail = fail
  }

  get row(): OwnerWait {
    const { request, lock, mode, sinceMs } = this
    return { request, lock, mode, sinceMs, level: this.awaited?.nest.innermost?.number ?? 0, blocks: this.blocks }
  }

  private get blocks(): readonly BlockedHold[] {
    const blocks: BlockedHold[] = []
    const { owners } = this.within.nest
    for (let level = liveLevel(this.within); level !== undefined && blocks.length < blocksMax; level = around(level)) {
      const { hold, mode } = level.nest
      if (level.nest.owners === owners && isHeld(hold)) blocks.push({ lock: hold.name, mode, level: level.number })
    }
    return blocks
  }
}

export class Deadlocks {
  private readonly engine: DeadlocksEngine
  private readonly waits = new Set<WatchedWait>()
  private requests = 0
  private stopTimer: (() => void) | null = null
  private armedMs = Number.POSITIVE_INFINITY
  private isSearching = false

  constructor(engine: DeadlocksEngine) {
    this.engine = engine
  }

  /** The waits of this client. */
  rows(): readonly OwnerWait[] {
    return [...this.waits].map(({ row }) => row)
  }

  begin(wait: WatchedWait): void {
    wait.request = ++this.requests
    wait.sinceMs = this.engine.wallMs()
    wait.dueMs = this.engine.time.nowMs() + firstSearchMs
    this.waits.add(wait)
    if (wait.dueMs < this.armedMs) this.arm(wait.dueMs)
  }

  end(wait: WatchedWait): void {
    this.waits.delete(wait)
    if (this.waits.size === 0) this.disarm()
  }

  private arm(dueMs: number): void {
    this.disarm()
    if (this.isSearching) return
    this.armedMs = dueMs
    // The search is for all owners, and belongs to none.
    this.stopTimer = runOutside(
      (delayMs) => this.engine.later(delayMs, () => void this.look()),
      Math.max(1, dueMs - this.engine.time.nowMs()),
    )
  }

  private disarm(): void {
    this.stopTimer?.()
    this.stopTimer = null
    this.armedMs = Number.POSITIVE_INFINITY
  }

  private async look(): Promise<void> {
    this.disarm()
    this.isSearching = true
    const nowMs = this.engine.time.nowMs()
    for (const wait of this.waits) {
      if (wait.dueMs > nowMs) continue
      wait.pauseMs = Math.min(longestSearchMs, wait.pauseMs * 2)
      wait.dueMs = nowMs + wait.pauseMs
    }
    try {
      await this.search()
    } catch {
      // The others cannot be asked now: the next search asks them again.
    } finally {
      this.isSearching = false
      let dueMs = Number.POSITIVE_INFINITY
      for (const wait of this.waits) dueMs = Math.min(dueMs, wait.dueMs)
      if (this.waits.size > 0) this.arm(dueMs)
    }
  }

  private async search(): Promise<void> {
    const first = new WaitGraph(await this.allWaits())
    const { id } = this.engine
    const found: { readonly wait: WatchedWait; readonly cycle: WaitCycle }[] = []
    for (const wait of this.waits) {
      const cycle = first.cycleOf(id, wait.request)
      if (cycle !== null) found.push({ wait, cycle })
    }
    if (found.length === 0) return
    const second = new WaitGraph(await this.allWaits())
    const broken = new Set<number>()
    for (const { wait, cycle } of found) {
      if (!this.waits.has(wait) || !second.has(cycle)) continue
      if (cycle.some(({ client, request }) => client === id && broken.has(request))) continue
      broken.add(wait.request)
      wait.fail(deadlockError(cycle))
    }
  }

  private async allWaits(): Promise<readonly ClientWaits[]> {
    const others = await this.engine.othersWaits()
    return [{ client: this.engine.id, waits: this.rows() }, ...others]
  }
}

function isHeld({ state }: Hold): boolean {
  return state === 'held' || state === 'suspect'
}
