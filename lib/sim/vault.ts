/**
 * The disks of a simulated machine, as far as epochs and votes are kept on them: what is saved outlives processes. A disk can be
 * full, lose what it had, return other content, or fail to be read; and the machine's next process finds it so.
 */
import type { State, Vault } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { type CallSteps, uninterrupted } from './interruption.ts'

interface Disk {
  bytes: Uint8Array | null
  owner: number | null
}

/** The folders of one machine, by path: `FOLDER/CLUSTER` has marks of epochs, `FOLDER/CLUSTER/VOTER` a vote. */
export class VaultHub {
  private readonly disks = new Map<string, Disk>()
  private readonly marks = new Map<string, number>()
  private readonly isAlive: (pid: number) => boolean
  /** Saving fails, as on a full disk. */
  isFull = false
  /** How many times anything was saved. */
  saves = 0

  /** `isAlive`: whether the process of that number still runs, or could again. */
  constructor(isAlive: (pid: number) => boolean) {
    this.isAlive = isAlive
  }

  /** What the machine remembers of a cluster. `step`: called before and after each effect of each call. */
  state(folder: string, cluster: string, pid: number, step: CallSteps = uninterrupted): State {
    const path = `${folder}/${cluster}`
    return {
      path,
      highest: () => {
        step()
        return this.marks.get(path) ?? 0
      },
      mark: (epoch) => {
        step()
        this.write()
        this.marks.set(path, Math.max(epoch, this.marks.get(path) ?? 0))
        step()
      },
      openVault: (voter) => this.open(`${path}/${voter}`, pid, step),
    }
  }

  /** A process's way to one folder. Throws REFUSED while another process that lives has it open. */
  open(path: string, pid: number, step: CallSteps = uninterrupted): Vault {
    step()
    const disk = this.disk(path)
    if (disk.owner !== null && this.isAlive(disk.owner)) {
      throw new RefusedError(`dataDir ${path} is in use by process ${disk.owner}: give each voter a folder of its own`, {
        reason: 'data-dir',
        option: 'dataDir',
      })
    }
    disk.owner = pid
    step()
    return {
      path,
      load: () => {
        step()
        return disk.bytes?.slice() ?? null
      },
      save: (bytes) => {
        step()
        this.write()
        disk.bytes = bytes.slice()
        step()
      },
      close: () => {
        if (disk.owner === pid) disk.owner = null
      },
    }
  }

  /** The folder and all below it is emptied, as when a container comes back without its volume. */
  lose(folder: string): void {
    for (const disk of this.below(folder)) disk.bytes = null
    for (const path of this.marks.keys()) if (isBelow(path, folder)) this.marks.delete(path)
  }

  /** The votes that are kept in the folder, or below it, turn into other bytes. */
  damage(folder: string, change: (bytes: Uint8Array) => Uint8Array): void {
    for (const disk of this.below(folder)) if (disk.bytes !== null) disk.bytes = change(disk.bytes.slice())
  }

  /** One folder's content is put into another's place, as by a careless copy. */
  copy(from: string, to: string): void {
    for (const path of [...this.disks.keys()]) {
      if (isBelow(path, from)) this.disk(to + path.slice(from.length)).bytes = this.disk(path).bytes?.slice() ?? null
    }
    for (const [path, epoch] of [...this.marks]) if (isBelow(path, from)) this.marks.set(to + path.slice(from.length), epoch)
  }

  private write(): void {
    if (this.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    this.saves++
  }

  private below(folder: string): Disk[] {
    return [...this.disks.keys()].filter((path) => isBelow(path, folder)).map((path) => this.disk(path))
  }

  private disk(path: string): Disk {
    let disk = this.disks.get(path)
    if (disk === undefined) {
      disk = { bytes: null, owner: null }
      this.disks.set(path, disk)
    }
    return disk
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
