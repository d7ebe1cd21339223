/**
 * This file keeps which nodes of a directory are proven dead. What was once read of an entry is remembered, since an entry may be
 * cleared away while a view still lists its node. Two entries that say different things about one id prove nothing.
 */
import type { NodeId } from '../base/ids.ts'
import { clearNode, type Registration, type FoundEntry, isDead, readEntry, sameProcess } from './directory-entries.ts'
import { isGone, type ProcessMark } from './process-death.ts'
import { type ProcessFacts, processFacts } from './process-facts.ts'
import { monotonicNowMs, wallNowMs } from './real-time.ts'

/** How long the entry of a dead node is left for others to read, from when this process first saw that it is dead. */
const clearedAfterMs = 10_000
const rememberedMax = 10_000

interface Known {
  readonly entry: Registration
  /** Another process has used this id, so no proof about it is possible. */
  isDisputed: boolean
  /** By the monotonic clock; null while its process lives. */
  deadSinceMs: number | null
}

export class Obituaries {
  private readonly folder: string
  private readonly cleared: (id: NodeId) => void
  private readonly known = new Map<NodeId, Known>()
  private readonly self: ProcessFacts
  private readonly isProcessGone: (process: ProcessMark) => boolean

  /** @param cleared Told of each node whose entry is cleared away because it is proven dead. */
  constructor(
    folder: string,
    cleared: (id: NodeId) => void = () => undefined,
    self: ProcessFacts = processFacts(),
    isProcessGone: (process: ProcessMark) => boolean = (process) => isGone(process),
  ) {
    this.folder = folder
    this.cleared = cleared
    this.self = self
    this.isProcessGone = isProcessGone
  }

  /**
   * Whether no process can act for this node any more. `own`: an entry of this process, which must read as it was
   * written, or what the others' say is not believed either.
   */
  isProvenDead(id: NodeId, own: NodeId | undefined): boolean {
    const before = this.known.get(id)
    // Most peers that are looked at live, and then nothing has to be read.
    if (before !== undefined && !isDead(before.entry, this.self, this.isProcessGone)) return false
    if (own === undefined || own === id || !this.readsOwn(own)) return false
    const found = readEntry(this.folder, id)
    const known = found === null ? before : this.remember(found)
    return known !== undefined && !known.isDisputed && isDead(known.entry, this.self, this.isProcessGone)
  }

  /** Takes note of the entries that are there; those whose nodes may live. The dead's are cleared away after a while. */
  living<Found extends Registration>(entries: readonly Found[]): readonly Found[] {
    const nowMs = monotonicNowMs()
    // Many nodes may be of one process, and to ask the kernel takes longer than all the rest.
    const answers = new Map<string, boolean>()
    const isProcessGone = (process: ProcessMark): boolean => {
      const key = `${process.pid} ${process.startTime} ${process.thread?.tid} ${process.thread?.startTime}`
      let isGone = answers.get(key)
      if (isGone === undefined) answers.set(key, (isGone = this.isProcessGone(process)))
      return isGone
    }
    const living = entries.filter((entry) => {
      const known = this.remember(entry)
      if (known.isDisputed || !isDead(entry, this.self, isProcessGone)) return true
      known.deadSinceMs ??= nowMs
      if (nowMs - known.deadSinceMs >= clearedAfterMs) this.clear(entry.id)
      return false
    })
    this.forget()
    return living
  }

  /** Clears away the entries of dead nodes that were written `oldMs` ago or more, by the wall clock. */
  clearDead(entries: readonly FoundEntry[], oldMs: number): void {
    const living = new Set(this.living(entries))
    for (const entry of entries) if (!living.has(entry) && wallNowMs() - entry.touchedMs >= oldMs) this.clear(entry.id)
  }

  private clear(id: NodeId): void {
    clearNode(this.folder, id, true)
    this.cleared(id)
  }

  private readsOwn(own: NodeId): boolean {
    const entry = readEntry(this.folder, own)
    return entry !== null && sameProcess(entry, this.self)
  }

  private remember(entry: Registration): Known {
    const before = this.known.get(entry.id)
    const isDisputed = before !== undefined && (before.isDisputed || !sameProcess(before.entry, entry))
    // Looked at lately, remembered longest.
    this.known.delete(entry.id)
    const known: Known = { entry, isDisputed, deadSinceMs: before?.deadSinceMs ?? null }
    this.known.set(entry.id, known)
    return known
  }

  private forget(): void {
    for (const id of this.known.keys()) {
      if (this.known.size <= rememberedMax) return
      this.known.delete(id)
    }
  }
}
