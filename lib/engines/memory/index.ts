/**
 * `holdfast/memory`: locks within one process, by the same calls as those of a node. The engine sends nothing and stores nothing. It suits unit
 * tests and programs of one process, and other engines are compared with it.
 *
 * @module
 */
import { MemoryClient } from './client.ts'
import { memoryCluster } from './cluster.ts'
import type { MemoryLocks } from './locks.ts'
import { type MemoryLocksOptions, parseMemoryOptions } from './options.ts'

export * from '../../base/errors.ts'
export type { Duration } from '../../base/duration.ts'
export type { LossReason } from '../../base/loss.ts'
export type { ModeOption, PlainMode } from '../../base/mode.ts'
export type { Locks } from '../../port/locks.ts'
export type { AcquireOptions } from '../../port/acquire-options.ts'
export type { Admin, RevokeOptions } from '../../port/admin.ts'
export type { HoldEnd, RevokeOutcome } from '../../port/hold-end.ts'
export type { CloseOptions } from '../../port/close-options.ts'
export type { LocksErrorCode } from '../../port/errors.ts'
export type { LockEvent, LockEventOf, LockEventType } from '../../port/events.ts'
export type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../../port/hold.ts'
export type { RevocableOptions, Revocation, RevokeListener } from '../../port/revocable.ts'
export type { QueryOptions } from '../../port/query-options.ts'
export type { HeldReport, PendingReport, QueryReport } from '../../port/reports.ts'
export type { LockState, LockWatch, WatchOptions } from '../../port/watch.ts'
export type { MemoryLocks, MemoryLocksJson, MemoryLocksState } from './locks.ts'
export type { MemoryLimits, MemoryLocksOptions } from './options.ts'

/**
 * Makes a client of the locks in this process. Clients of one `cluster` exclude each other, those of another name do not.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const locks = memoryLocks()
 * await locks.withLock('invoice/42', async (hold) => { await write(invoice, { fence: hold.fence }) })
 * await locks.close()
 */
export function memoryLocks(options: MemoryLocksOptions = {}): MemoryLocks {
  const parsed = parseMemoryOptions(options)
  return new MemoryClient(parsed, memoryCluster(parsed.cluster))
}
