/**
 * This file remembers what this member knew of evicted nodes, for the testimonies that it gives at view changes until their
 * sessions are over.
 */
import type { NodeId } from '../base/ids.ts'
import type { AlgorithmKind } from '../mutex/contract.ts'
import type { Testimony } from '../view/flush-host.ts'
import type { View } from '../view/view.ts'
import type { CarriedTable } from './carried-table.ts'
import { thatFit } from './claim-budget.ts'
import { exceptionsOf } from './doubts.ts'
import type { Lock } from './lock.ts'
import type { LockView } from './site.ts'

/** What is known of one evicted node, and the members of its last view. */
interface Knowledge {
  readonly members: readonly NodeId[]
  readonly exceptions: readonly string[]
}

/**
 * The testimonies of this member about evicted nodes: about each, what it knew when it stopped the last view with that node. It
 * repeats them at every later view change until that node's session is over, since instances made later know nothing of the node.
 */
export class Witness {
  private readonly self: NodeId
  private readonly kindOf: (lock: string) => AlgorithmKind
  /** The last view that was activated. */
  private lastView: LockView | null = null
  /** The findings about each evicted node, from the moment at which the last view with it stopped. */
  private readonly found = new Map<NodeId, Knowledge>()

  constructor(self: NodeId, kindOf: (lock: string) => AlgorithmKind) {
    this.self = self
    this.kindOf = kindOf
  }

  activated(view: LockView): void {
    this.lastView = view
  }

  /**
   * The testimonies about each node in that view's quarantine whose last view this member saw to the end, as far as a claim has
   * room.
   *
   * @param carried The holds with which the view that has stopped began.
   * @param locks Those of this node, stopped.
   */
  testimonies(view: View, carried: CarriedTable, locks: ReadonlyMap<string, Lock>): readonly Testimony[] {
    this.investigate(view, carried, locks)
    const isMember = (id: NodeId): boolean => view.members.some((member) => member.id === id)
    const all = [...this.found].map(([about, { members, exceptions }]) => ({
      about,
      gone: members.filter((id) => !isMember(id)),
      exceptions,
    }))
    return thatFit(all)
  }

  /** The findings about nodes that were in the last view activated here, and in none after it. */
  private investigate(view: View, carried: CarriedTable, locks: ReadonlyMap<string, Lock>): void {
    const { self, lastView, found } = this
    for (const about of [...found.keys()]) if (!view.quarantine.some(({ id }) => id === about)) found.delete(about)
    if (lastView === null) return
    const { members } = lastView
    for (const { id: about, lastEpoch } of view.quarantine) {
      if (found.has(about) || lastView.id.epoch !== lastEpoch) continue
      found.set(about, { members, exceptions: exceptionsOf(about, { self, members, carried, locks }, this.kindOf) })
    }
  }
}
