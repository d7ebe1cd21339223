/**
 * `holdfast/recipes`: what programs build of locks, as functions that take any engine's `Locks`. Each recipe is one file, and knows nothing of an
 * engine but the port.
 *
 * @module
 */
export * from '../base/errors.ts'
export type { Duration } from '../base/duration.ts'
export type { ModeOption, PlainMode } from '../base/mode.ts'
export type { AcquireTrace, HoldTrace } from '../port/diagnostics.ts'
export type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../port/hold.ts'
export type { Locks } from '../port/locks.ts'
export type { HeldReport, PendingReport } from '../port/reports.ts'
export type { LockState, LockWatch, WatchOptions } from '../port/watch.ts'
export type {
  WebLock,
  WebLockHeld,
  WebLockJson,
  WebLockOptions,
  WebLockPending,
  WebLocks,
  WebLocksSnapshot,
} from '../port/web-locks/types.ts'
export { webLocks } from '../port/web-locks/web-locks.ts'
export { acquireAll, type HoldGroup, type HoldGroupJson, type LockWanted, tryAcquireAll, withLocks } from './acquire-all.ts'
export { type Cached, cached, type CachedOptions } from './cached.ts'
export type { Consumer, PartitionRun } from './consumed-partition.ts'
export { consumers, type ConsumersOptions } from './consumers.ts'
export {
  announce,
  type Announcement,
  type AnnounceOptions,
  discover,
  observeService,
  type ServiceFilter,
  type ServiceMember,
  type ServiceWatch,
  type Tags,
} from './discovery.ts'
export {
  type CampaignOptions,
  type Election,
  election,
  type Leader,
  type Leadership,
  type LeaderTask,
  type LeaderWatch,
} from './election.ts'
export { hierarchy, type Hierarchy, type HierarchyOptions, type PathHold, type PathOptions } from './hierarchy.ts'
export { lockSpans, type LockSpan, type LockSpanOptions, type LockSpanStatus, type LockTracer } from './lock-spans.ts'
export { type LevelsByPattern, lockLevels } from './lock-levels.ts'
export type { RequestOptions } from './request.ts'
export type { RwHold, RwHoldJson, RwMode } from './rw-hold.ts'
export { type RwLock, rwLock } from './rw-lock.ts'
export type { StepPhase, StepRecord } from './step-record.ts'
export { type TransactionStep, type StepContext, steps, type StepStore } from './steps.ts'
export type { PermitsHold, PermitsJson } from './permits-hold.ts'
export { type PermitsTask, type Semaphore, type SemaphoreOptions, type SetPermitsOptions, semaphore } from './semaphore.ts'
export { type Stripes, stripes } from './stripes.ts'
export { type OnceOptions, type OnceOutcome, type OnceRun, once } from './once.ts'
export { type RetryOptions, retrying } from './retrying.ts'
export { type RunCoordinator, type RunCoordinatorOptions, runCoordinator } from './run-coordinator.ts'
export { type SingleFlight, type SingleFlightOptions, singleFlight } from './single-flight.ts'
export { type FencedFile, fencedFile } from './fenced-file.ts'
export {
  type FencedAnswer,
  type FencedHeaders,
  type FencedInit,
  fencedFetch,
  fenceHeader,
  requestFence,
  type RequestHeaders,
  type StaleAnswer,
  staleAnswer,
} from './fenced-fetch.ts'
export {
  type ConditionalStore,
  type FencedObject,
  fencedObject,
  type StoredObject,
  type WriteCondition,
} from './fenced-object.ts'
export { type PgQueries, type PgResult, type PostgresFences, postgresFences } from './postgres-fences.ts'
export type { FenceMode, SqlFencesOptions } from './sql-fences.ts'
export { type SqliteDatabase, type SqliteFences, type SqliteStatement, sqliteFences } from './sqlite-fences.ts'
