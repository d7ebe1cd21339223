/** This file defines a view: its members, its configuration, its quarantine, and its identity. */
import { hash53 } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'

/** A node as a view lists it. */
export interface Member {
  /** The id of the node, new at every start. */
  readonly id: NodeId
  /** Where others reach it. */
  readonly address: string
  /** The epoch at which it became a member. INV-V1: never above the view's epoch; equal to it for an entrant. */
  readonly since: number
}

/** A former member that may still believe in its session; `*` stands for all unknown nodes. */
export interface Quarantined {
  readonly id: NodeId | '*'
  /** How long, from the installation of this view, an entrant waits before entering what this one may hold. */
  readonly remainingMs: number
  /** The epoch of the last view that listed it: a node that activated that one can testify. 0 for unknown nodes. */
  readonly lastEpoch: number
}

/** What every node of a cluster must agree on; decided at the founding, for good. */
export interface ClusterConfig {
  /** The algorithm of locks that no pattern names. */
  readonly algorithm: string
  /** Pattern of lock names to algorithm, in the order in which they are tried. */
  readonly algorithms: readonly (readonly [pattern: string, algorithm: string])[]
  /** Pattern of lock names to number of permits, in the order in which they are tried. */
  readonly permits: readonly (readonly [pattern: string, permits: number])[]
  /** What stamps requests. */
  readonly clock: 'hlc' | 'lamport'
  /** How long a session lasts after the start of its latest renewal: D. */
  readonly sessionMs: number
  /** The join list, in order, by which a quorum is counted; empty with the local register. */
  readonly joinList: readonly string[]
}

/** The agreed list of members. Each view has at most one successor; a register decides it. */
export interface View {
  /** The name of the cluster. */
  readonly cluster: string
  /** Only rises. INV-V2: a successor's is higher than its predecessor's: by one, unless the process of a joiner was in a higher one. */
  readonly epoch: number
  /** By seniority: ascending `since`, then in the order in which they came. INV-V3: ids are distinct. */
  readonly members: readonly Member[]
  /** With the quorum register: for each entry of the join list, the member that votes for it, or null. */
  readonly voters: readonly (NodeId | null)[]
  /** Former members that may still believe in their session, and for how long. */
  readonly quarantine: readonly Quarantined[]
  /** What all members agreed on at the founding. */
  readonly config: ClusterConfig
}

/** The identity of a view: messages, acknowledgements and claims of one view are never taken for another's. */
export interface ViewId {
  readonly epoch: number
  readonly digest: number
}

const viewIds = new WeakMap<View, ViewId>()

/** The epoch with a digest of the whole content. Views never change, so it is made once. */
export function viewId(view: View): ViewId {
  let id = viewIds.get(view)
  if (id === undefined) viewIds.set(view, (id = identify(view)))
  return id
}

function identify(view: View): ViewId {
  const content = [
    view.cluster,
    view.epoch,
    view.members.map((m) => [m.id, m.address, m.since]),
    view.voters,
    view.quarantine.map((q) => [q.id, q.remainingMs, q.lastEpoch]),
    configText(view.config),
  ]
  return { epoch: view.epoch, digest: hash53(JSON.stringify(content)) }
}

/** A string that is equal for equal configurations. */
export function configText(config: ClusterConfig): string {
  return JSON.stringify([config.algorithm, config.algorithms, config.permits, config.clock, config.sessionMs, config.joinList])
}

/** A number that is equal for equal configurations, and almost certainly different for others. */
export function configDigest(config: ClusterConfig): number {
  return hash53(configText(config))
}

/** The option of `createNode` behind each part of a configuration. */
export const configOptions = {
  algorithm: 'algorithm',
  algorithms: 'algorithms',
  permits: 'permits',
  clock: 'clock',
  sessionMs: 'profile',
  joinList: 'join',
} as const satisfies Record<keyof ClusterConfig, string>

/** The first part in which two configurations differ; null when they are equal. */
export function configDifference(a: ClusterConfig, b: ClusterConfig): keyof ClusterConfig | null {
  const parts = Object.keys(configOptions) as (keyof ClusterConfig)[]
  return parts.find((part) => JSON.stringify(a[part]) !== JSON.stringify(b[part])) ?? null
}

export function sameViewId(a: ViewId, b: ViewId): boolean {
  return a.epoch === b.epoch && a.digest === b.digest
}

export function isMember(view: View, id: NodeId): boolean {
  return view.members.some((member) => member.id === id)
}
