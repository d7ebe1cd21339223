/**
 * This file describes the locks of one node for queries: the holds, the waiters, and the tokens and permissions that rest here.
 */
import type { NodeId } from '../base/ids.ts'
import type { Mode, PlainMode } from '../base/mode.ts'
import { wireBounds } from '../wire/messages.ts'
import type { Lock } from './lock.ts'
import type { Owner } from './waiter.ts'

/** What is known at one node of its locks, for the reports. */
export interface LockRows {
  readonly held: readonly {
    name: string
    mode: PlainMode
    fence: bigint
    holder: NodeId
    owner: Owner
    heldMs: number
    meta: unknown
  }[]
  readonly pending: readonly { name: string; mode: PlainMode; node: NodeId; owner: Owner; waitedMs: number; meta: unknown }[]
  readonly cached: readonly { name: string; node: NodeId; token: boolean; permissions: readonly NodeId[] }[]
}

/** The holders and waiters that this node has of one lock, as it tells a watcher. */
export interface LockStateRows {
  readonly name: string
  readonly held: readonly { mode: Mode; fence: bigint; owner: Owner; ageMs: number; meta: unknown }[]
  readonly pending: readonly { mode: Mode; owner: Owner; ageMs: number; meta: unknown }[]
}

/** The same for one lock. Of more rows than a message takes it has the first ones. */
export function stateOf({ name, holds, waiting }: Lock, nowMs: number): LockStateRows {
  const { rowsMax } = wireBounds
  const held = holds.all().slice(0, rowsMax)
  const pending = waiting.all().slice(0, rowsMax)
  return {
    name,
    held: held.map(({ lockMode: mode, fence, owner, sinceMs, meta }) => ({ mode, fence, owner, ageMs: nowMs - sinceMs, meta })),
    pending: pending.map(({ mode, owner, sinceMs, meta }) => ({ mode, owner, ageMs: nowMs - sinceMs, meta })),
  }
}

/** The holds and waiters at this node, and the tokens and permissions that rest here. */
export function rowsOf(locks: readonly Lock[], node: NodeId, nowMs: number): LockRows {
  return {
    held: locks.flatMap(({ name, holds }) =>
      holds.all().map(({ lockMode, fence, owner, sinceMs, meta }) => ({
        name,
        mode: lockMode.plain,
        fence,
        holder: node,
        owner,
        heldMs: nowMs - sinceMs,
        meta,
      })),
    ),
    pending: locks.flatMap(({ name, waiting }) =>
      waiting.all().map(({ mode, owner, sinceMs, meta }) => ({
        name,
        mode: mode.plain,
        node,
        owner,
        waitedMs: nowMs - sinceMs,
        meta,
      })),
    ),
    cached: locks.flatMap(({ name, algorithm }) => {
      const { token, permissions } = algorithm?.describe() ?? { token: false, permissions: [] }
      return token || permissions.length > 0 ? [{ name, node, token, permissions }] : []
    }),
  }
}
