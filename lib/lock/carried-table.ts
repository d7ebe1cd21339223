/**
 * This file keeps the holds with which a view began, by lock. Algorithm instances that are made later in that view start from it
 * too.
 */
import type { NodeId } from '../base/ids.ts'
import { entriesOf, type ModeCounts } from '../base/mode-counts.ts'
import type { Carried } from '../view/flush-host.ts'

/** The holds with which a view began, by lock. It lasts as long as the view: instances made later start from it too. */
export class CarriedTable {
  private readonly byLock = new Map<string, Carried[]>()

  constructor(carried: readonly Carried[]) {
    for (const each of carried) {
      const group = this.byLock.get(each.lock)
      if (group === undefined) this.byLock.set(each.lock, [each])
      else group.push(each)
    }
  }

  of(lock: string): readonly Carried[] {
    return this.byLock.get(lock) ?? nothing
  }

  /** The locks of which a member brought a hold. */
  locks(): Iterable<string> {
    return this.byLock.keys()
  }

  /** The locks of which that node brought a hold along. */
  locksOf(holder: NodeId): string[] {
    return [...this.byLock].flatMap(([lock, holds]) => (holds.some((each) => each.holder === holder) ? [lock] : []))
  }

  /** How often that node is inside as the view begins, by mode. */
  entriesOf(lock: string, holder: NodeId): ModeCounts {
    return entriesOf(this.of(lock), holder)
  }

  /** A survivor holds it exclusively, so no node that is gone can be inside. Shared holds and permits prove nothing. */
  isSettled(lock: string): boolean {
    return this.of(lock).some(({ mode }) => mode.isAlone)
  }
}

const nothing: readonly Carried[] = []
