/**
 * Why a node waits in vain for a view, as far as it can tell: what it says when its patience ends. A bare "is a majority
 * up?" sends people to look at the network when it is a clock or a disk.
 */
import type { Peer } from '../view/reasons.ts'
import { isQuorum, wallEpoch } from '../view/successor.ts'

/**
 * The clocks of the listed hosts that are linked allow no founding: no majority of the list is within a session's length
 * of any of them. Null when they do allow it, or when no majority is linked and clocks are not what is missing.
 *
 * @param own This node's address, whose clock is the one that offsets are told by.
 */
export function clocksApart(joinList: readonly string[], own: string, sessionMs: number, peers: Iterable<Peer>): string | null {
  const offsets = new Map<string, number>()
  for (const { address, belief, wallOffsetMs } of peers)
    if (wallOffsetMs !== null && (belief === 'alive' || belief === 'suspect')) offsets.set(address, wallOffsetMs)
  if (joinList.includes(own)) offsets.set(own, 0)
  const offsetOf = (entry: number): number | undefined => offsets.get(joinList[entry] as string)
  if (!isQuorum(joinList, (entry) => offsetOf(entry) !== undefined)) return null
  const isNear = (entry: number, offsetMs: number): boolean => {
    const other = offsetOf(entry)
    return other !== undefined && Math.abs(other - offsetMs) <= sessionMs
  }
  const couldFound = joinList.some((address) => {
    const offsetMs = offsets.get(address)
    return offsetMs !== undefined && isQuorum(joinList, (entry) => isNear(entry, offsetMs))
  })
  if (couldFound) return null
  const told = joinList.filter((address) => address !== own && offsets.has(address)).map((address) => said(address, offsets))
  return (
    `the clocks of the listed hosts are too far apart to found a view (more than a session, ${sessionMs} ms): ` +
    `${told.join(', ')}, by the clock of this host; set them, by NTP for instance`
  )
}

function said(address: string, offsets: ReadonlyMap<string, number>): string {
  const offsetMs = Math.round(offsets.get(address) as number)
  return `${address} is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead'}`
}

/**
 * The wall clock of this host is behind the epochs that this voter has seen: it founds, and lets others found, only when the
 * clock is there again, since after a restart nothing but the clock would remember them. Null when it is not, or only just.
 */
export function clockSetBack(epochMax: number, wallMs: number): string | null {
  const behindMs = (epochMax - wallEpoch(wallMs)) * epochLengthMs
  if (behindMs <= setBackMsMin) return null
  return (
    `the clock of this host was set back: it is ${Math.round(behindMs / 1000)} s behind the last view that this voter was in or heard of, ` +
    'and no view is founded with its vote before it is there again; set it, by NTP for instance, or give this voter a dataDir'
  )
}

/** Epochs are tenths of a second; a burst of views may be ahead of the clock by a few. */
const epochLengthMs = 100
const setBackMsMin = 2000
