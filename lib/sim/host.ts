/** This file simulates one machine: its clocks and its directory, which all its processes share. */
import { seededRandom } from '../base/random.ts'
import { hash53 } from '../base/hash.ts'
import { shapeClass } from '../base/shown.ts'
import { SimClock, type SuspendOptions } from './clock.ts'
import { DirectoryHub } from './directory.ts'
import type { VirtualTime } from './virtual-time.ts'
import { VaultHub } from './vault.ts'
import type { SimWorld } from './world.ts'

/** 2026-01-01, when simulated machines believe that they began, give or take their clocks' offsets. */
const wallOriginMs = 1_767_225_600_000

/** One machine: its clocks and its local directory, which all its processes share. */
export class SimHost {
  /** Its name, as it stands in addresses. */
  readonly name: string
  /** The clocks of the machine: set them, let them drift, stop them. */
  readonly clock: SimClock
  /** The local directories on it, one for each cluster; only its own processes see them. */
  readonly directories: DirectoryHub
  /** The folders in which its voters keep their votes. */
  readonly vaults: VaultHub
  /** Its processes, dead ones too, in the order in which they began. */
  readonly worlds: SimWorld[] = []

  constructor(name: string, seed: number, time: VirtualTime) {
    this.name = name
    const random = seededRandom(hash53(`${seed}/host/${name}`))
    this.clock = new SimClock(time, {
      // A machine that is first named later has been there all along.
      monotonicMs: random.below(10_000_000) + time.nowMs,
      wallMs: wallOriginMs + time.nowMs,
      bootMs: random.below(1_000_000_000) + time.nowMs,
    })
    this.directories = new DirectoryHub(name, (pid) => this.worlds[pid - 1]?.isAlive === true)
    this.vaults = new VaultHub((pid) => this.worlds[pid - 1]?.isAlive === true)
  }

  /**
   * The machine sleeps: no process runs, monotonic time stands still, wall and boot time go on. With `bootStill` it is a
   * virtual machine that was paused: boot time stands still as well.
   */
  suspend(options: SuspendOptions = {}): void {
    this.clock.suspend(options)
    for (const world of this.worlds) world.pause()
  }

  /** Undoes `suspend`. */
  wake(): void {
    this.clock.wake()
    for (const world of this.worlds) world.resume()
  }
}

shapeClass(SimHost, ({ name, worlds }) => ({ name, processes: worlds.length }))
