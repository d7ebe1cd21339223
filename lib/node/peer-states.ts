/** This file keeps what one member told of the locks of a watch, and makes the state of a lock from what all members told of it. */
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { withJson } from '../base/shown.ts'
import type { LockStateRows } from '../lock/rows.ts'
import type { LockState } from '../port/watch.ts'
import { copyPlain } from '../wire/plain-data.ts'

type HeldRow = LockStateRows['held'][number]
type PendingRow = LockStateRows['pending'][number]
/** A row, and since when it is one by this node's clock. */
type Since<Row> = Row & { readonly sinceMs: number }

interface Stored {
  readonly held: readonly Since<HeldRow>[]
  readonly pending: readonly Since<PendingRow>[]
}

/** The locks in use at one member. */
export class PeerStates {
  /** The number of the latest request to the member: news for an earlier one may be older than the answer to it. */
  round = 0
  /** The member told all of its locks once. */
  isAnswered = false
  private readonly stored = new Map<string, Stored>()
  /** Locks that the member did not name yet since the latest request. */
  private unnamed: Set<string> | null = null

  /** The member is asked, perhaps again. */
  begin(round: number): void {
    this.round = round
    this.unnamed = new Set(this.stored.keys())
  }

  put({ name, held, pending }: LockStateRows, nowMs: number): void {
    const before = this.stored.get(name)
    this.unnamed?.delete(name)
    if (held.length + pending.length === 0) this.stored.delete(name)
    else
      this.stored.set(name, { held: withSince(held, before?.held, nowMs), pending: withSince(pending, before?.pending, nowMs) })
  }

  /** The member named all locks in use there. Returns those that are not in use there any more. */
  completed(): readonly string[] {
    const gone = [...(this.unnamed ?? [])]
    for (const name of gone) this.stored.delete(name)
    this.unnamed = null
    this.isAnswered = true
    return gone
  }

  of(name: string): Stored | undefined {
    return this.stored.get(name)
  }

  names(): Iterable<string> {
    return this.stored.keys()
  }
}

/** A row that is told again keeps its time, or the way of the news would change the order of waiters. */
function withSince<Row extends HeldRow | PendingRow>(
  rows: readonly Row[],
  before: readonly Since<Row>[] | undefined,
  nowMs: number,
): readonly Since<Row>[] {
  const known = new Map(before?.map(({ owner, sinceMs }) => [owner, sinceMs]))
  return rows.map((row) => ({ ...row, sinceMs: known.get(row.owner) ?? nowMs - row.ageMs }))
}

/** The state of a lock, from all members. */
export function mergedState(name: string, peers: ReadonlyMap<NodeId, PeerStates>, nowMs: number): LockState {
  const held: (Since<HeldRow> & { readonly holder: NodeId })[] = []
  const pending: (Since<PendingRow> & { readonly node: NodeId })[] = []
  for (const [peer, states] of peers) {
    const stored = states.of(name)
    for (const row of stored?.held ?? []) held.push({ ...row, holder: peer })
    for (const row of stored?.pending ?? []) pending.push({ ...row, node: peer })
  }
  const isOver = overtaken(held)
  return {
    name,
    held: held
      .filter((row) => !isOver(row))
      .sort((a, b) => (a.fence < b.fence ? -1 : a.fence > b.fence ? 1 : a.sinceMs - b.sinceMs))
      .map(({ mode, fence, holder, owner, sinceMs, meta }) =>
        withJson({ name, mode: mode.plain, fence, holder, owner, heldMs: nowMs - sinceMs, meta: copyPlain(meta, 'meta') }),
      ),
    pending: pending
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .map(({ mode, node, owner, sinceMs, meta }, before) => ({
        name,
        mode: mode.plain,
        node,
        owner,
        waitedMs: nowMs - sinceMs,
        place: before + 1,
        meta: copyPlain(meta, 'meta'),
      })),
  }
}

/**
 * News of two members travel apart: that of a grant may come before that of the release that made it possible. A hold with a higher fence
 * that excludes another proves that the other one is over. The fences of permits have no order, so permits prove nothing.
 */
function overtaken(held: readonly HeldRow[]): (row: HeldRow) => boolean {
  const highest = new Map<number, { readonly mode: Mode; fence: bigint }>()
  for (const { mode, fence } of held) {
    if (mode.isCounted) continue
    const known = highest.get(mode.code)
    if (known === undefined) highest.set(mode.code, { mode, fence })
    else if (known.fence < fence) known.fence = fence
  }
  return ({ mode, fence }) => {
    if (mode.isCounted) return false
    for (const other of highest.values()) if (other.fence > fence && !other.mode.isCompatibleWith(mode)) return true
    return false
  }
}
