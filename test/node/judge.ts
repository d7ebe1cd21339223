import { excludes, type Mode } from '../../lib/base/mode.ts'
import type { Hold } from '../../lib/node/hold.ts'
import { type View, viewId } from '../../lib/view/view.ts'

/** A grant as the judge noted it. */
interface Inside {
  readonly hold: Hold
  readonly holder: string
  isProcessAlive(): boolean
}

/** What one lock guards: it admits a fence that is not below the highest it has seen, before reading and before writing. */
interface Resource {
  highest: bigint
  version: number
}

/**
 * Judges a run from outside, by true time and without asking any algorithm.
 *
 * A hold is *certain* from the moment at which its promise resolved until the first of these: its owner called `release`,
 * its process died, it was lost, or its session ended by the clocks of its own machine, which `hold.check()` tells at any
 * true time, for a paused process too (no code of its runs then, but a write that it has sent may still be on its way).
 */
export class Judge {
  readonly problems: string[] = []
  grants = 0
  private readonly inside = new Map<string, Inside[]>()
  private readonly exclusiveFences = new Map<string, bigint>()
  private readonly fences = new Map<string, bigint>()
  private readonly resources = new Map<string, Resource>()
  private readonly views = new Map<number, number>()

  /** The processes that are inside some lock. */
  get holders(): Set<string> {
    return new Set(
      [...this.inside.values()]
        .flat()
        .filter(isCertain)
        .map(({ holder }) => holder),
    )
  }

  /** A promise of `acquire` or `tryAcquire` has just resolved with this hold. */
  granted(hold: Hold, holder: string, isProcessAlive: () => boolean): void {
    this.grants++
    // No time has passed since the grant.
    if (hold.state !== 'lost' && !isValid(hold)) this.problem(`${holder} was granted '${hold.name}' without a session`)
    const entry: Inside = { hold, holder, isProcessAlive }
    const others = (this.inside.get(hold.name) ?? []).filter(isCertain)
    this.inside.set(hold.name, [...others, entry])
    this.checkFence(hold, holder)
    this.checkExclusion(hold.name)
  }

  /** The owner is about to call `release`, or has heard that the hold is lost. */
  over(hold: Hold): void {
    const left = this.inside.get(hold.name)?.filter((entry) => entry.hold !== hold) ?? []
    this.inside.set(hold.name, left)
  }

  /** Whether the two that are inside a lock at this moment, if there are two, may be there together. */
  checkExclusion(lock: string): void {
    const certain = (this.inside.get(lock) ?? []).filter(isCertain)
    for (const [i, a] of certain.entries()) {
      for (const b of certain.slice(i + 1)) {
        if (excludes(a.hold.mode, b.hold.mode)) this.problem(`'${lock}' is held by ${tell(a)} and by ${tell(b)}`)
      }
    }
    const permits = certain[0]?.hold.mode
    if (typeof permits === 'number' && certain.length > permits) this.problem(`'${lock}' has ${certain.map(tell).join(', ')}`)
  }

  checkAllExclusion(): void {
    for (const lock of this.inside.keys()) this.checkExclusion(lock)
  }

  /** An exclusive holder reads what the lock guards; null when the resource knows of a later one. */
  read(hold: Hold): number | null {
    const resource = this.admit(hold)
    return resource === null ? null : resource.version
  }

  /** It writes what follows from what it read: nobody can have written in between, or this write is not admitted. */
  write(hold: Hold, read: number): void {
    const resource = this.admit(hold)
    if (resource === null) return
    if (resource.version !== read)
      this.problem(`fence ${hold.fence} of '${hold.name}' overwrote version ${resource.version}, having read ${read}`)
    resource.version = read + 1
  }

  /** A node has a view: whoever has one of that epoch has the same. */
  sawView(view: View, by: string): void {
    const { epoch, digest } = viewId(view)
    const known = this.views.get(epoch)
    if (known === undefined) this.views.set(epoch, digest)
    else if (known !== digest) this.problem(`${by} has another view ${epoch} than others`)
  }

  problem(what: string): void {
    this.problems.push(what)
  }

  private admit(hold: Hold): Resource | null {
    let resource = this.resources.get(hold.name)
    if (resource === undefined) this.resources.set(hold.name, (resource = { highest: 0n, version: 0 }))
    if (hold.fence < resource.highest) {
      if (isValid(hold))
        this.problem(`fence ${hold.fence} of '${hold.name}' is valid and below ${resource.highest}, which was admitted`)
      return null
    }
    resource.highest = hold.fence
    return resource
  }

  private checkFence(hold: Hold, holder: string): void {
    if (typeof hold.mode === 'number') return
    const before = (hold.mode === 'exclusive' ? this.fences : this.exclusiveFences).get(hold.name) ?? 0n
    if (hold.fence <= before)
      this.problem(`${holder} got '${hold.name}' (${modeText(hold.mode)}) with fence ${hold.fence}, after ${before}`)
    const highest = this.fences.get(hold.name) ?? 0n
    if (hold.fence > highest) this.fences.set(hold.name, hold.fence)
    if (hold.mode === 'exclusive') this.exclusiveFences.set(hold.name, hold.fence)
  }
}

function isCertain({ hold, isProcessAlive }: Inside): boolean {
  return isProcessAlive() && isValid(hold)
}

function isValid(hold: Hold): boolean {
  try {
    hold.check()
    return true
  } catch {
    return false
  }
}

function tell({ hold, holder }: Inside): string {
  return `${holder} (${modeText(hold.mode)}, fence ${hold.fence})`
}

export function modeText(mode: Mode): string {
  return typeof mode === 'number' ? `1 of ${mode}` : mode
}
