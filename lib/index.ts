/**
 * Holdfast gives Node processes distributed locks, with no lock server.
 *
 * @example
 * import { createNode } from 'holdfast'
 *
 * const node = await createNode()
 * await node.withLock('invoice/42', async (hold) => {
 *   await store.write('invoice/42', change, { fence: hold.fence })
 * })
 * await node.close()
 *
 * @module
 */
import { resolve } from 'node:path'
import { checkTls } from './mesh/tls-check.ts'
import { memoryWorld } from './mesh/memory-world.ts'
import { systemWorld } from './mesh/system-world.ts'
import type { World } from './world/world.ts'
import { type Node, startNode } from './node/node.ts'
import { type Observer, startObserver } from './node/observer.ts'
import { type NodeOptions, parseOptions, type Settings } from './node/options.ts'

export * from './base/errors.ts'
export { type FenceGuard, fenceGuard, type FenceParts, fenceParts } from './lock/fence.ts'
export { type Duration, duration } from './base/duration.ts'
export type { NodeId } from './base/ids.ts'
export type { LossReason } from './base/loss.ts'
export type { ModeOption, PlainMode } from './base/mode.ts'
export type { Locks } from './port/locks.ts'
export type { AcquireOptions } from './port/acquire-options.ts'
export type { Admin, RevokeOptions } from './port/admin.ts'
export type { HoldEnd, RevokeOutcome } from './port/hold-end.ts'
export type { CloseOptions } from './port/close-options.ts'
export type { LocksErrorCode } from './port/errors.ts'
export type { LockEvent, LockEventOf, LockEventType } from './port/events.ts'
export type { Hold, HoldJson, HoldState, ReleaseOutcome } from './port/hold.ts'
export type { RevocableOptions, Revocation, RevokeListener } from './port/revocable.ts'
export type { QueryOptions } from './port/query-options.ts'
export type { HeldReport, PendingReport, QueryReport } from './port/reports.ts'
export type { LockState, LockWatch, WatchOptions } from './port/watch.ts'
export type {
  WebLock,
  WebLockHeld,
  WebLockJson,
  WebLockOptions,
  WebLockPending,
  WebLocks,
  WebLocksSnapshot,
} from './port/web-locks/types.ts'
export type { Event, EventOf, EventType } from './observe/events.ts'
export type { ClusterConfig, Member, View } from './view/view.ts'
export type { ActorContext, AskOptions, LocalRef, Next, Ref, Reply, RestartPolicy, UserActor } from './actor/actors.ts'
export type { Limits } from './node/limits.ts'
export type { NodeState } from './node/life.ts'
export type { Node, NodeJson } from './node/node.ts'
export type { Failover, FailoverCase, FailoverReport, FailoverTerm } from './node/explain.ts'
export type { Observer, ObserverJson } from './node/observer.ts'
export type { HealthCheck, HealthOptions } from './node/health-watch.ts'
export type { Discovery, Logger, NodeOptions, ProfileOptions } from './node/options.ts'
export type { ProfileName } from './node/profile.ts'
export type { CachedReport, LockReport, MemberReport, MembersReport } from './node/reports.ts'

/**
 * Starts a node and resolves when it is a member of an active view; then it can acquire locks. A process may have any number of
 * nodes. Without options, all processes of this user on this host form one cluster.
 *
 * @throws BAD_OPTION for a wrong option or an address at which the node cannot listen; REFUSED, CONFIG_MISMATCH or CLOCK_SKEW if
 * the cluster does not accept this node; NO_QUORUM or TIMEOUT after `wait`; ABORTED by `signal`. After a rejection nothing keeps
 * running.
 * @example const node = await createNode({ cluster: 'billing' })
 */
export async function createNode(options: NodeOptions = {}): Promise<Node> {
  const settings = fixSettings(options, 'createNode')
  return await startNode(worldFor(settings), settings)
}

/**
 * Connects to a running cluster as an observer, which is not a member: the view does not change.
 *
 * @throws NOT_RUNNING if there is no local directory, or every address refuses the connection: at once, or after `wait` if that
 * is given; TIMEOUT if no member answers within `wait` (default 5 s); REFUSED if the cluster refuses it; ABORTED by `signal`.
 */
export async function createObserver(options: NodeOptions = {}): Promise<Observer> {
  const settings = fixSettings(options, 'createObserver')
  return await startObserver(worldFor(settings), settings)
}

/** Fixes all options, paths included, at this call: the process may change its working directory later. */
function fixSettings(options: NodeOptions, call: string): Settings {
  const settings = parseOptions(options, call)
  if (settings.tls !== undefined) checkTls(settings.tls)
  return Object.freeze({
    ...settings,
    directory: settings.directory === undefined ? undefined : resolve(settings.directory),
    dataDir: typeof settings.dataDir === 'string' ? resolve(settings.dataDir) : settings.dataDir,
  })
}

function worldFor(settings: Settings): World {
  return settings.join === 'memory' ? memoryWorld() : systemWorld(settings)
}
