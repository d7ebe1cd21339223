/**
 * This file computes how long a suspicion lasts before it becomes a verdict. A lone accuser may itself be the slow one, so its
 * suspicion starts long; each independent confirmation shortens it, by the logarithm, until `confirmationsMax` of them leave
 * only the shortest time. After Lifeguard (Dadgar, Phillips, Currey 2017, §IV-B, "LHA-Suspicion").
 *
 * Deviation: the shortest time depends on whether a connection to the suspect is still open here. A closed one is
 * evidence that the paper, written for datagrams, does not have.
 */
import type { NodeId } from '../base/ids.ts'
import type { SwimProfile } from './profile.ts'

/** A suspicion as it runs here; plain data. */
export interface Suspicion {
  /** When it began, moved on by the time for which this node itself was blind. */
  startedMs: number
  /** Who accuses, the originator first. INV-M1: ids are distinct, at most `confirmationsMax + 1` of them. */
  readonly accusers: NodeId[]
  /** As many as this cluster could give when the suspicion began. */
  readonly confirmationsMax: number
  /** Nodes of the cluster when the suspicion began, this one included. */
  readonly nodes: number
}

/** Begins a suspicion. Neither the suspect nor the originator can confirm, so two nodes wait for no confirmation. */
export function beginSuspicion(profile: SwimProfile, nodes: number, by: NodeId, nowMs: number): Suspicion {
  return { startedMs: nowMs, accusers: [by], confirmationsMax: Math.max(0, Math.min(profile.confirmationsMax, nodes - 2)), nodes }
}

/** Notes another node that suspects. True if it is new and still shortens the suspicion, so that it is worth passing on. */
export function confirm(suspicion: Suspicion, by: NodeId): boolean {
  if (suspicion.accusers.length > suspicion.confirmationsMax || suspicion.accusers.includes(by)) return false
  suspicion.accusers.push(by)
  return true
}

/** How long the suspicion lasts in all, in milliseconds from its start. */
export function suspicionMs(profile: SwimProfile, suspicion: Suspicion, connected: boolean): number {
  const scale = Math.max(1, Math.log10(suspicion.nodes))
  const shortest = (connected ? profile.suspicionOpenMs : profile.suspicionClosedMs) * scale
  if (suspicion.confirmationsMax === 0) return shortest
  const longest = shortest * profile.suspicionFactor
  const confirmations = suspicion.accusers.length - 1
  const share = Math.log(confirmations + 1) / Math.log(suspicion.confirmationsMax + 1)
  return Math.max(shortest, longest - (longest - shortest) * share)
}

/** The rest of it at `nowMs`; below 0 if it ended before. */
export function remainingSuspicionMs(profile: SwimProfile, suspicion: Suspicion, connected: boolean, nowMs: number): number {
  return suspicionMs(profile, suspicion, connected) - (nowMs - suspicion.startedMs)
}
