/**
 * The disks of a simulated machine, as far as votes are kept on them: what is saved outlives processes. A disk can be
 * full, lose what it had, give back something else, or fail to be read; and the machine's next voter finds it so.
 */
import type { Vault } from '../actor/world.ts'
import { RefusedError } from '../base/errors.ts'

interface Disk {
  bytes: Uint8Array | null
  owner: number | null
}

/** The folders of one machine, by path. */
export class VaultHub {
  private readonly disks = new Map<string, Disk>()
  private readonly isAlive: (pid: number) => boolean
  /** Saving fails, as on a full disk. */
  isFull = false
  /** How many times anything was saved. */
  saves = 0

  /** `isAlive`: whether the process of that number still runs, or could again. */
  constructor(isAlive: (pid: number) => boolean) {
    this.isAlive = isAlive
  }

  /** A process's way to one folder. Throws REFUSED while another process that lives has it open. */
  open(path: string, pid: number): Vault {
    const disk = this.disk(path)
    if (disk.owner !== null && this.isAlive(disk.owner)) {
      throw new RefusedError(`dataDir ${path} is in use by process ${disk.owner}: give each voter a folder of its own`, {
        reason: 'data-dir',
        option: 'dataDir',
      })
    }
    disk.owner = pid
    return {
      path,
      load: () => disk.bytes?.slice() ?? null,
      save: (bytes) => {
        if (this.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        disk.bytes = bytes.slice()
        this.saves++
      },
      close: () => {
        if (disk.owner === pid) disk.owner = null
      },
    }
  }

  /** The folder is emptied, as when a container comes back without its volume. */
  lose(path: string): void {
    this.disk(path).bytes = null
  }

  /** What is kept there turns into something else. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const disk = this.disk(path)
    if (disk.bytes !== null) disk.bytes = change(disk.bytes.slice())
  }

  /** One folder's content is put into another's place, as by a careless copy. */
  copy(from: string, to: string): void {
    this.disk(to).bytes = this.disk(from).bytes?.slice() ?? null
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
