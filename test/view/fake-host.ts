/** The locks above a view layer, for its tests. */
import { expect } from 'chai'
import { hash53 } from '../../lib/base/hash.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { Loss } from '../../lib/base/loss.ts'
import { Mode } from '../../lib/base/mode.ts'
import type { Carried, Claim, FlushHost, JointTestimony } from '../../lib/view/flush-host.ts'
import { type View, type ViewId, viewId } from '../../lib/view/view.ts'
import type { Views } from '../../lib/view/views.ts'

/**
 * The locks above a view layer, as far as a view change sees them: one lock with a place in each view, where alone it
 * may be taken; a hold stays with its owner over view changes, by its claim.
 */
export class FakeHost implements FlushHost {
  readonly inUse = 1
  readonly log: string[] = []
  /** What this node believes that it holds. */
  readonly holds = new Set<string>()
  carried: readonly Carried[] = []
  view: View | null = null
  running = false
  suspected = false
  ended: string | null = null
  private readonly self: NodeId

  constructor(self: NodeId) {
    this.self = self
  }

  stop(): void {
    this.running = false
    this.log.push('stop')
  }

  claim(): Claim {
    expect(this.running, 'claims are made of stopped instances').to.equal(false)
    this.log.push('claim')
    const holds = [...this.holds].map((lock) => ({ lock, holder: this.self, mode: Mode.exclusive, fence: 1n }))
    return { holds, testimonies: [] }
  }

  findings(): readonly JointTestimony[] {
    return []
  }

  activate(view: View, id: ViewId, carried: readonly Carried[]): void {
    expect(this.running, 'a view is activated once').to.equal(false)
    expect(viewId(view)).to.deep.equal(id)
    this.running = true
    this.view = view
    this.carried = carried
    this.log.push(`activate ${view.epoch}`)
    // INV: what a survivor holds at the activation has been carried, for nothing can be taken in between.
    for (const lock of this.holds)
      expect(
        carried.some((hold) => hold.lock === lock && hold.holder === this.self),
        `${this.self} keeps ${lock}`,
      ).to.equal(true)
  }

  end({ reason, message }: Loss): void {
    this.running = false
    this.holds.clear()
    this.ended = `${reason}: ${message}`
  }

  suspect(suspected: boolean): void {
    this.suspected = suspected
  }

  /** Takes the lock if this view says that it is this node's to take. */
  take(views: Views, lock: string): boolean {
    if (!this.running || this.view === null || !views.mayGrant() || this.holds.has(lock)) return false
    const holders = this.carried.filter((hold) => hold.lock === lock)
    const place = holders[0]?.holder ?? this.view.members[hash53(lock) % this.view.members.length]?.id
    if (place !== this.self) return false
    // A survivor that holds it exclusively settles the lock; otherwise every evicted node is waited out.
    if (holders.length === 0 && views.quarantineMs() > 0) return false
    this.holds.add(lock)
    return true
  }
}
