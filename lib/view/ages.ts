/**
 * This file computes how much of an evicted node's session is over when its eviction is decided, from what the voters' promises
 * say.
 */
import type { NodeId } from '../base/ids.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { Quarantined, View } from './view.ts'

/**
 * How much of an evicted node's session has passed when its eviction is decided. A voter that promises for the successor of e
 * acknowledges no session of e any more, and says how long ago it last did. Every majority that renewed the session of h has a
 * voter in common with the majority that promised, and the acknowledgement of that voter came after the renewal began. So at
 * least the smallest of the ages in these promises has passed since the start of h's latest renewal.
 *
 * Subtracting it whole is right with clocks of rates within 1 ± ρ. An age a on a voter's clock is at least a/(1+ρ) long,
 * and h's session at most D/(1−ρ); an entrant's wait of W by its own clock is at least W/(1+ρ). It is long enough when
 * W/(1+ρ) ≥ D/(1−ρ) − a/(1+ρ), which is W ≥ D·(1+ρ)/(1−ρ) − a.
 */
export function sparedByAges(before: View, successor: View, promises: Iterable<MessageOf<'vote.promise'>>): View {
  const all = [...promises]
  const stays = new Set(successor.members.map((member) => member.id))
  const evicted = new Set(before.members.map((member) => member.id).filter((id) => !stays.has(id)))
  const quarantine: Quarantined[] = successor.quarantine
    // For nodes that were evicted before, the time since then is subtracted; ages in this view do not concern them.
    .map((entry) => (evicted.has(entry.id) ? { ...entry, remainingMs: entry.remainingMs - smallestAgeMs(all, entry.id) } : entry))
    .filter(({ remainingMs }) => remainingMs > 0)
  return { ...successor, quarantine }
}

/** 0 if a promise has no age: that voter may have acknowledged a moment before. */
function smallestAgeMs(promises: readonly MessageOf<'vote.promise'>[], id: NodeId): number {
  if (promises.length === 0) return 0
  const ages = promises.map((promise) => promise.ages.find((age) => age.id === id)?.ageMs ?? 0)
  return Math.max(0, Math.floor(Math.min(...ages)))
}
