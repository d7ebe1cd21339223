/** This file is a hold with the levels that its owner has of it. The levels stand on each other, and the lock is free when the last of them has ended. */
import { runOutside } from '../base/async-context.ts'
import type { Mode } from '../base/mode.ts'
import type { Hold, ReleaseOutcome } from './hold.ts'
import { NestLevel } from './level.ts'
import type { Owners } from './owners.ts'

const released = Promise.resolve('released' as const)
const lost = Promise.resolve('lost' as const)
const release = (hold: Hold): Promise<ReleaseOutcome> => hold.release()

export class Nest {
  readonly owners: Owners
  readonly hold: Hold
  readonly mode: Mode
  /** The number of the owner, by which `query` tells its holds and requests. */
  readonly owner: number
  private top: NestLevel | null = null

  constructor(owners: Owners, hold: Hold, mode: Mode, owner: number) {
    this.owners = owners
    this.hold = hold
    this.mode = mode
    this.owner = owner
  }

  /** The level that has no level inside it. */
  get innermost(): NestLevel | null {
    return this.top
  }

  /** A further level, inside the innermost. */
  enter(around: NestLevel | undefined): NestLevel {
    const below = this.top
    // Levels that ended before those inside them would make the chain as long as the calls that began each other.
    if (below !== null) below.below = live(below.below)
    return (this.top = new NestLevel(this, this.owners.nextNumber(), below, around))
  }

  /** A level has ended. It frees the lock if it was the last. */
  leave(level: NestLevel): Promise<ReleaseOutcome> {
    level.isOver = true
    const top = (this.top = live(this.top))
    if (level.waiters.size > 0) for (const waiter of [...level.waiters]) waiter.outlived()
    if (top === null) {
      level.wasLost = this.hold.state === 'lost'
      return runOutside(release, this.hold)
    }
    level.wasLost = this.isLost
    if (top.waiters.size > 0) this.serve(top)
    return level.wasLost ? lost : released
  }

  /** Throws LOST if the hold is lost. */
  check(): void {
    this.owners.check(this.hold)
  }

  private get isLost(): boolean {
    try {
      this.check()
      return false
    } catch {
      return true
    }
  }

  private serve(level: NestLevel): void {
    const [waiter] = level.waiters
    if (waiter === undefined) return
    level.waiters.delete(waiter)
    try {
      this.check()
    } catch (error) {
      waiter.failed(error)
      return
    }
    waiter.granted(this.enter(waiter.around))
  }
}

function live(level: NestLevel | null): NestLevel | null {
  let found = level
  while (found?.isOver === true) found = found.below
  return found
}
