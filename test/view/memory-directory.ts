import type { Directory, DirectoryEntry, SessionEnd } from '../../lib/world/world.ts'
import { MemoryFiles } from '../../lib/world/memory-files.ts'
import { RefusedError } from '../../lib/base/errors.ts'
import type { NodeId } from '../../lib/base/ids.ts'

/** What the processes that share a directory see of it. */
export interface MemoryStore {
  readonly path: string
  readonly secret: string
  readonly files: Map<string, Uint8Array>
  /** The same files, as a directory has them. */
  readonly shared: MemoryFiles
  readonly entries: Map<NodeId, DirectoryEntry>
  /** Until when each node's session can last. */
  readonly sessions: Map<NodeId, SessionEnd>
  /** The pids of processes that are certain to be gone. */
  readonly dead: Set<number>
  /** It was deleted: every process that has it open loses it. */
  gone: boolean
}

export function createMemoryStore(path: string, secret: string): MemoryStore {
  const shared = new MemoryFiles()
  return { path, secret, files: shared.files, shared, entries: new Map(), sessions: new Map(), dead: new Set(), gone: false }
}

/** A local directory that is no more than memory: for tests of views alone, which have no nodes and no world around them. */
export class MemoryDirectory implements Directory {
  private readonly store: MemoryStore
  private readonly pid: number

  constructor(store: MemoryStore, pid: number) {
    this.store = store
    this.pid = pid
  }

  get path(): string {
    return this.store.path
  }

  get secret(): string {
    return this.store.secret
  }

  createOnce(name: string, content: Uint8Array): boolean {
    return this.present().shared.createOnce(name, content)
  }

  read(name: string): Uint8Array | null {
    return this.present().shared.read(name)
  }

  list(place?: string): readonly string[] {
    return this.present().shared.list(place)
  }

  makePlace(place: string): void {
    this.present().shared.makePlace(place)
  }

  clearPlace(place: string): void {
    this.present().shared.clearPlace(place)
  }

  publish(id: NodeId, address: string): void {
    this.present().entries.set(id, { id, address, pid: this.pid })
  }

  withdraw(id: NodeId): void {
    this.store.entries.delete(id)
  }

  entries(): readonly DirectoryEntry[] {
    return [...this.present().entries.values()]
  }

  isProvenDead(id: NodeId): boolean {
    const { entries, dead, gone } = this.store
    const pid = entries.get(id)?.pid
    return !gone && pid !== undefined && dead.has(pid)
  }

  noteSession(id: NodeId, end: SessionEnd | null): void {
    const { sessions } = this.present()
    if (end === null) sessions.delete(id)
    else sessions.set(id, end)
  }

  notedSession(id: NodeId): SessionEnd | null {
    return this.present().sessions.get(id) ?? null
  }

  hasFormerUsers(): boolean {
    return false
  }

  formerEpoch(): number {
    return 0
  }

  close(): void {
    // Nothing is held open.
  }

  private present(): MemoryStore {
    if (this.store.gone) throw new RefusedError(`the directory ${this.store.path} is gone`, { reason: 'directory' })
    return this.store
  }
}
