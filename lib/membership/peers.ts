/**
 * This file has the rules by which news changes what this node believes of a peer. Every opinion carries the incarnation that its
 * subject had; only the subject raises it, so a refutation always outranks the suspicion that it answers, and a replayed old
 * message has no effect. After SWIM §4.2.
 */
import type { NodeId } from '../base/ids.ts'
import { unreachable } from '../base/assert.ts'
import type { Update } from '../wire/messages.ts'
import type { Suspicion } from './suspicion.ts'

export type PeerState = Update['state']

/** One peer as this node believes it to be; plain data. */
export interface Belief {
  readonly id: NodeId
  address: string
  state: PeerState
  /** INV-M2: never falls. */
  incarnation: number
  /** When `state` was last entered. */
  sinceMs: number
  /** INV-M3: not null exactly while `state` is `suspect`. */
  suspicion: Suspicion | null
}

/** A node that was reaped: remembered a while longer, so that old news cannot bring it back. */
export interface Forgotten {
  readonly incarnation: number
  readonly left: boolean
}

/**
 * What a piece of news about another node means here.
 * - `stale`: nothing new, or older than what is believed;
 * - `found`: not listed before, or believed down, and alive;
 * - `renewed`: alive as before, with a higher incarnation; `refuted`: suspect before, alive now;
 * - `suspected`: alive or unknown before, suspect now; `accused`: suspect before and accused once more;
 * - `fell`: down now; `left`: has left.
 */
export type NewsKind = 'stale' | 'found' | 'renewed' | 'refuted' | 'suspected' | 'accused' | 'fell' | 'left'

/** Judges a piece of news; changes nothing. */
export function judge(known: Belief | undefined, forgotten: Forgotten | undefined, update: Update): NewsKind {
  if (known === undefined) return judgeUnlisted(forgotten, update)
  // A node that left said so itself, and its id never returns.
  if (known.state === 'left') return 'stale'
  switch (update.state) {
    case 'alive':
      if (update.incarnation <= known.incarnation) return 'stale'
      return known.state === 'suspect' ? 'refuted' : known.state === 'down' ? 'found' : 'renewed'
    case 'suspect':
      if (update.incarnation < known.incarnation || known.state === 'down') return 'stale'
      return known.state === 'suspect' ? 'accused' : 'suspected'
    case 'down':
      return update.incarnation < known.incarnation || known.state === 'down' ? 'stale' : 'fell'
    case 'left':
      return update.incarnation < known.incarnation || update.by !== update.id ? 'stale' : 'left'
    default:
      return unreachable(update.state)
  }
}

/**
 * For a node that is not in the table only its being alive is news: passing on deaths would keep them in circulation for ever.
 */
function judgeUnlisted(forgotten: Forgotten | undefined, update: Update): NewsKind {
  if (forgotten !== undefined && (forgotten.left || update.incarnation <= forgotten.incarnation)) return 'stale'
  switch (update.state) {
    case 'alive':
      return 'found'
    case 'suspect':
      return 'suspected'
    case 'down':
    case 'left':
      return 'stale'
    default:
      return unreachable(update.state)
  }
}

/**
 * News from a full exchange. Such a list may be old, so its `down` counts here only as a suspicion of its sender, which leaves
 * the suspect time to refute it.
 */
export function softened(update: Update, from: NodeId): Update {
  return update.state === 'down' ? { ...update, state: 'suspect', by: from } : update
}

/** Whether it takes part as far as is known: such peers are probed, help, and count for N. */
export function isPresent(peer: Belief): boolean {
  return peer.state === 'alive' || peer.state === 'suspect'
}

/** The belief as a piece of news told by `by`. */
export function asUpdate(peer: Belief, by: NodeId): Update {
  return {
    id: peer.id,
    address: peer.address,
    state: peer.state,
    incarnation: peer.incarnation,
    by: peer.state === 'left' ? peer.id : by,
  }
}
