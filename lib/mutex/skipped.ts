/** This file finds the way round the ring without its silent sites: the next site of a message, and the sites that it skipped. */
import type { NodeId } from '../base/ids.ts'
import type { Site } from './contract.ts'

type Ring = Pick<Site, 'peers' | 'isSilent'>

/** Silent sites that a message skipped, each named once. The message carries them. */
export type Skipped = readonly NodeId[]

export const none: Skipped = []

/**
 * The next site that is not silent, undefined if all are, and the silent sites before it. A chase goes no further than to its
 * origin, silent or not: it would go round for ever.
 */
export function nextHeard(site: Ring, origin?: NodeId): { readonly next: NodeId | undefined; readonly passed: Skipped } {
  const { peers } = site
  const at = peers.findIndex((peer) => peer === origin || !site.isSilent(peer))
  if (at === 0) return { next: peers[0], passed: none }
  return { next: peers[at], passed: at === -1 ? peers : peers.slice(0, at) }
}

export function union(some: Skipped, others: Skipped): Skipped {
  return some.length === 0 ? others : [...new Set([...some, ...others])]
}

/** Whether this site does not suspect all of them: it may have heard one again, or another site suspected it before. */
export function isAnyHeard(skipped: Skipped, site: Ring): boolean {
  return skipped.some((id) => !site.isSilent(id))
}
