/** This file simulates the local directories of one machine, in memory, one for each cluster. */
import type { Directory, DirectoryEntry, SessionEnd } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { highestEpochIn } from '../world/chain-names.ts'
import { MemoryFiles } from '../world/memory-files.ts'
import { RefusedError } from '../base/errors.ts'
import { type CallSteps, uninterrupted } from './interruption.ts'

interface Store {
  readonly files: MemoryFiles
  readonly entries: Map<NodeId, DirectoryEntry>
  readonly sessions: Map<NodeId, SessionEnd>
  /** The processes that have it open; a process that opened it twice stands there twice. */
  readonly users: number[]
  gone: boolean
}

/** The local directories of one simulated machine, one for each cluster. */
export class DirectoryHub {
  private readonly machine: string
  private readonly isAlive: (pid: number) => boolean
  private readonly stores = new Map<string, Store>()
  /** Deleted ones, by cluster. */
  private readonly former = new Map<string, Store[]>()
  /** The highest epoch that directories of former boots name, by cluster. */
  private readonly bootEpochs = new Map<string, number>()

  /** `isAlive`: whether the process of that number still runs, or could again. */
  constructor(machine: string, isAlive: (pid: number) => boolean) {
    this.machine = machine
    this.isAlive = isAlive
  }

  /** A process's view of a cluster's directory. `step`: called before and after each effect of each call. */
  open(cluster: string, pid: number, step: CallSteps = uninterrupted): Directory {
    let store = this.stores.get(cluster)
    if (store === undefined) {
      store = { files: new MemoryFiles(), entries: new Map(), sessions: new Map(), users: [], gone: false }
      this.stores.set(cluster, store)
    }
    return openStore(
      store,
      `sim:${this.machine}/${cluster}`,
      pid,
      this.isAlive,
      () => this.hasFormerUsers(cluster),
      () => this.bootEpochs.get(cluster) ?? 0,
      step,
    )
  }

  /** The cluster's directory is deleted: processes that have it open lose it, later ones begin anew. */
  remove(cluster: string): void {
    const store = this.stores.get(cluster)
    if (store === undefined) return
    store.gone = true
    this.stores.delete(cluster)
    this.former.set(cluster, [...(this.former.get(cluster) ?? []), store])
  }

  /** A file system is mounted over the cluster's directory, or it is moved away: what stood there is back after `uncover`. */
  cover(cluster: string): { uncover(): void } {
    const covered = this.stores.get(cluster)
    this.remove(cluster)
    return {
      uncover: () => {
        this.remove(cluster)
        if (covered === undefined) return
        covered.gone = false
        this.stores.set(cluster, covered)
      },
    }
  }

  /** The machine starts anew, with no process of before: the directories are those of a former boot, and lie beside. */
  reboot(): void {
    for (const [cluster, { files }] of this.stores)
      this.bootEpochs.set(cluster, Math.max(this.bootEpochs.get(cluster) ?? 0, highestEpochIn(files)))
    this.stores.clear()
    this.former.clear()
  }

  private hasFormerUsers(cluster: string): boolean {
    const used = (this.former.get(cluster) ?? []).filter(({ users }) => users.some(this.isAlive))
    this.former.set(cluster, used)
    return used.length > 0
  }
}

function openStore(
  store: Store,
  path: string,
  pid: number,
  isAlive: (pid: number) => boolean,
  hasFormerUsers: () => boolean,
  formerEpoch: () => number,
  step: CallSteps,
): Directory {
  store.users.push(pid)
  const present = (): Store => {
    if (store.gone) throw new RefusedError(`the directory ${path} is gone`, { reason: 'directory' })
    return store
  }
  /** The process may be interrupted before the effect and after it; then it looks whether the directory still stands. */
  const inSteps = <Result>(effect: (store: Store) => Result): Result => {
    step()
    const result = effect(present())
    step()
    present()
    return result
  }
  /** The same for a file, whose place has to stand as well. */
  const inPlace = <Result>(name: string, effect: (files: MemoryFiles) => Result): Result => {
    const result = inSteps(({ files }) => effect(files))
    store.files.checkPlace(name)
    return result
  }
  return {
    path,
    secret: `secret of ${path}`,
    createOnce: (name, content) => inPlace(name, (files) => files.createOnce(name, content)),
    read: (name) => inPlace(name, (files) => files.read(name)),
    list: (place) => inPlace(place === undefined ? '' : `${place}/`, (files) => files.list(place)),
    makePlace: (place) => inSteps(({ files }) => files.makePlace(place)),
    clearPlace: (place) => inSteps(({ files }) => files.clearPlace(place)),
    publish: (id, address) => inSteps(({ entries }) => void entries.set(id, { id, address, pid })),
    withdraw: (id) => void store.entries.delete(id),
    entries() {
      const entries = inSteps((found) => [...found.entries.values()])
      return entries.filter((entry) => isAlive(entry.pid))
    },
    isProvenDead(id) {
      const entry = store.entries.get(id)
      step()
      return !store.gone && entry !== undefined && !isAlive(entry.pid)
    },
    noteSession(id, end) {
      inSteps(({ sessions }) => {
        if (end === null) sessions.delete(id)
        else sessions.set(id, end)
      })
    },
    notedSession: (id) => inSteps(({ sessions }) => sessions.get(id) ?? null),
    hasFormerUsers() {
      step()
      return hasFormerUsers()
    },
    formerEpoch() {
      step()
      return formerEpoch()
    },
    close() {
      const place = store.users.indexOf(pid)
      if (place !== -1) store.users.splice(place, 1)
    },
  }
}
