/** This file makes a view from the view before it, or the first one, and computes the epochs and waits that follow from it. */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { waitOutMs } from '../clock/pessimistic.ts'
import type { ClusterConfig, Member, Quarantined, View } from './view.ts'

/**
 * How one view is made from another: pure arithmetic over members, voters, quarantine and epochs (docs/concepts.md). A register
 * decides; this file only computes.
 */

/** How long an entrant waits for a node whose session may just have been renewed: D·(1+ρ)/(1−ρ), in whole milliseconds. */
export function quarantineFullMs(sessionMs: number): number {
  return Math.ceil(waitOutMs(sessionMs))
}

const epochOriginMs = 1_735_689_600_000

/** Tenths of a second since 2025-01-01: where the epoch of a founded view comes from. */
export function wallEpoch(wallMs: number): number {
  return Math.max(0, Math.floor((wallMs - epochOriginMs) / 100))
}

/** When the wall clock reaches an epoch. */
export function epochAtMs(epoch: number): number {
  return epochOriginMs + epoch * 100
}

/**
 * `left`: it gave up its holds itself; `dead`: no process can act for it any more; `evicted`: it may still believe in its
 * session, so others must wait for its end.
 */
export type Gone = 'left' | 'dead' | 'evicted'

/** How the members of a view differ from those before. */
export interface Change {
  /** The members that are gone, and how each went. */
  readonly gone: ReadonlyMap<NodeId, Gone>
  readonly joiners: readonly { readonly id: NodeId; readonly address: string }[]
  /** The time since the proposer installed the view, by the smaller of its monotonic and boot clocks; 0 if it never did. */
  readonly elapsedMs: number
  /** The process of a joiner was in a view with this epoch, and enters none below. */
  readonly above?: number
}

/** The proposal that follows from a change. Members stay in the order of their seniority. */
export function successorOf(view: View, change: Change): View {
  const epoch = Math.max(view.epoch, change.above ?? 0) + 1
  const stay = view.members.filter((member) => !change.gone.has(member.id))
  const joiners = change.joiners.filter((joiner) => !view.members.some((member) => member.id === joiner.id))
  const members: Member[] = [...stay, ...joiners.map(({ id, address }) => ({ id, address, since: epoch }))]
  const evicted = view.members.filter((member) => change.gone.get(member.id) === 'evicted')
  const quarantine: Quarantined[] = view.quarantine
    .map((before) => ({ ...before, remainingMs: Math.ceil(before.remainingMs - change.elapsedMs) }))
    .filter(({ remainingMs }) => remainingMs > 0)
  const remainingMs = quarantineFullMs(view.config.sessionMs)
  for (const { id } of evicted) quarantine.push({ id, remainingMs, lastEpoch: view.epoch })
  return { cluster: view.cluster, epoch, members, voters: votersOf(view.config, members), quarantine, config: view.config }
}

/** A view that succeeds none. */
export function foundedView(
  cluster: string,
  config: ClusterConfig,
  epoch: number,
  founders: readonly { readonly id: NodeId; readonly address: string }[],
  quarantine: readonly Quarantined[],
): View {
  const members = founders.map(({ id, address }) => ({ id, address, since: epoch }))
  return { cluster, epoch, members, voters: votersOf(config, members), quarantine, config }
}

/** For each entry of the join list the member at that address: at most one process votes for an entry. */
function votersOf(config: ClusterConfig, members: readonly Member[]): (NodeId | null)[] {
  return config.joinList.map((entry) => members.find((member) => member.address === entry)?.id ?? null)
}

/**
 * Whether these entries of the join list decide: more than half of the *list*, or exactly half with the first entry, so
 * that any two quorums meet (dynamic-linear voting, Jajodia and Mutchler 1990).
 */
export function isQuorum(joinList: readonly string[], has: (entry: number) => boolean): boolean {
  const count = joinList.filter((_, entry) => has(entry)).length
  return count * 2 > joinList.length || (count * 2 === joinList.length && joinList.length > 0 && has(0))
}

/** INV-V4: no view has fewer voters than a quorum; otherwise no successor of it could be decided. */
export function canDecide(view: View): boolean {
  return view.config.joinList.length === 0 || isQuorum(view.config.joinList, (entry) => view.voters[entry] !== null)
}

/** Why a view cannot be a successor of another; null if it can. */
function objectionTo(current: View, successor: View): string | null {
  const { epoch, members } = successor
  if (epoch <= current.epoch) return 'INV-V2: the epoch of a successor is higher'
  if (members.some(({ since }) => since > epoch)) return 'INV-V1: no node is a member since later than now'
  if (new Set(members.map(({ id }) => id)).size !== members.length) return 'INV-V3: ids are distinct'
  return canDecide(successor) ? null : 'INV-V4: the voters of a view are a quorum of the list'
}

/**
 * Whether a correct proposer could have made a view that a peer says was, or should be, accepted: it skips epochs only as far as
 * the wall clock has come.
 */
export function maySucceed(current: View, successor: View, wallMs: number): boolean {
  const isNear = successor.epoch === current.epoch + 1 || epochAtMs(successor.epoch) <= wallMs
  return isNear && objectionTo(current, successor) === null
}

/** What a proposer makes by itself is a successor. */
export function assertSuccessor(current: View, successor: View): void {
  const objection = objectionTo(current, successor)
  invariant(objection === null, objection ?? '')
}
