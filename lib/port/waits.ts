/**
 * This file declares what a client tells of the requests of its owners that wait, and finds the cycles among those of all clients: a deadlock is a cycle of
 * owners each of which waits for a lock that the next one has.
 */
import { DeadlockError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'

/** A hold that its owner cannot release before the request that it waits for has ended. */
export interface BlockedHold {
  readonly lock: string
  readonly mode: Mode
  /** The level of it in whose function the request was made, by a number that the client gives once. */
  readonly level: number
}

/** A request of an owner that has other locks. */
export interface OwnerWait {
  /** A number that the client gives once. */
  readonly request: number
  readonly lock: string
  readonly mode: Mode
  /** The wall clock when it was made: the youngest request of a cycle is refused. */
  readonly sinceMs: number
  /** The level that it waits for, if its own owner has the lock; 0 if it waits for another owner. */
  readonly level: number
  /** The holds of the functions around it. */
  readonly blocks: readonly BlockedHold[]
}

/** The waits of one client. */
export interface ClientWaits {
  readonly client: string
  readonly waits: readonly OwnerWait[]
}

/** A wait with its client. */
interface WaitNode extends OwnerWait {
  readonly client: string
}

interface Blocked {
  readonly node: WaitNode
  readonly hold: BlockedHold
}

/** A cycle: each request waits for a lock of the owner of the next one, and the last for one of the first. */
export type WaitCycle = readonly WaitNode[]

/** So many steps a search takes. */
const stepsMax = 100_000

/** Who waits for whom, at about one time. */
export class WaitGraph {
  private readonly nodes = new Map<string, WaitNode>()
  private readonly byLock = new Map<string, Blocked[]>()
  private readonly byLevel = new Map<string, Blocked[]>()
  private steps = 0

  constructor(clients: readonly ClientWaits[]) {
    for (const { client, waits } of clients)
      for (const wait of waits) {
        const node: WaitNode = { ...wait, client }
        this.nodes.set(keyOf(node), node)
        for (const hold of wait.blocks) {
          note(this.byLock, hold.lock, { node, hold })
          note(this.byLevel, `${client} ${hold.level}`, { node, hold })
        }
      }
  }

  /** A cycle in which that request is the youngest; null if none is known. */
  cycleOf(client: string, request: number): WaitCycle | null {
    const youngest = this.nodes.get(keyOf({ client, request }))
    if (youngest === undefined) return null
    const before = new Map<WaitNode, WaitNode | null>([[youngest, null]])
    const open = [youngest]
    // The list grows while it is read: a search in breadth, which finds the shortest cycle.
    for (const node of open) {
      for (const next of this.nextOf(node)) {
        if (++this.steps > stepsMax) return null
        if (next === youngest) return pathTo(node, before)
        if (before.has(next) || !isYounger(youngest, next)) continue
        before.set(next, node)
        open.push(next)
      }
    }
    return null
  }

  /** Each request of the cycle waits here as well, for a lock of the owner of the next one. */
  has(cycle: WaitCycle): boolean {
    const here = cycle.map((node) => this.nodes.get(keyOf(node)))
    return here.every((node, i) => {
      const next = here[(i + 1) % here.length]
      return node !== undefined && next !== undefined && this.nextOf(node).includes(next)
    })
  }

  /** The requests whose owners have what this one waits for. */
  private nextOf(node: WaitNode): readonly WaitNode[] {
    if (node.level > 0) return (this.byLevel.get(`${node.client} ${node.level}`) ?? []).map((each) => each.node)
    const holders = this.byLock.get(node.lock) ?? []
    return holders.filter(({ hold }) => excludes(hold.mode, node.mode)).map((each) => each.node)
  }
}

function note(map: Map<string, Blocked[]>, key: string, blocked: Blocked): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [blocked])
  else known.push(blocked)
}

/**
 * The error of the request that is refused. `cycle` names locks and clients by turns: each lock is held by the client after it, which waits for the lock after
 * that, and the last client waits for the first lock.
 */
export function deadlockError(cycle: WaitCycle): DeadlockError {
  const steps = cycle.map(({ lock }, i) => ({ lock, holder: cycle[(i + 1) % cycle.length] as WaitNode }))
  const told = steps.map(({ lock, holder }) => `${holder.client} has '${lock}' and waits for '${holder.lock}'`)
  const first = cycle[0] as WaitNode
  return new DeadlockError(`waiting for '${first.lock}' would not end: ${told.join(', ')}`, {
    cycle: steps.flatMap(({ lock, holder }) => [lock, holder.client]),
  })
}

/** A holder in the one mode alone keeps a request in the other waiting. Of several permits another one may become free. */
function excludes(held: Mode, asked: Mode): boolean {
  return !held.isCompatibleWith(asked) || (held.isCounted && held.limit === 1)
}

function isYounger(a: WaitNode, b: WaitNode): boolean {
  if (a.sinceMs !== b.sinceMs) return a.sinceMs > b.sinceMs
  return a.client === b.client ? a.request > b.request : a.client > b.client
}

function pathTo(last: WaitNode, before: ReadonlyMap<WaitNode, WaitNode | null>): WaitCycle {
  const path: WaitNode[] = []
  for (let node: WaitNode | null | undefined = last; node !== null && node !== undefined; node = before.get(node)) path.push(node)
  return path.reverse()
}

function keyOf({ client, request }: { readonly client: string; readonly request: number }): string {
  return `${client} ${request}`
}
