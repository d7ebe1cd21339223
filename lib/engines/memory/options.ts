/** This file declares and checks the options of `memoryLocks`. */
import { checkFenceFloor } from '../../base/fence-floor.ts'
import { checkName } from '../../base/names.ts'
import { limitsFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'

/** Options of `memoryLocks`. */
export interface MemoryLocksOptions {
  /** Clients of one name in one process exclude each other. Default: `default`. */
  readonly cluster?: string
  /** Grants no fence up to this one, to any client of this cluster: the `fenceFloor()` of a process that is gone. Default: none. */
  readonly fenceFloor?: bigint
  /** Bounds. A request beyond one gets OVERLOADED with its name. */
  readonly limits?: Partial<MemoryLimits>
}

/** The bounds of a client of the memory engine. */
export interface MemoryLimits {
  /** Waiters for one lock, of all clients. Default 10,000. */
  readonly waitersPerLockMax: number
  /** Locks that all clients hold or wait for at once. Default 1,000,000. */
  readonly locksMax: number
}

/** The options, checked. */
export interface MemoryOptions {
  readonly cluster: string
  readonly fenceFloor: bigint
  readonly limits: MemoryLimits
}

const defaults: MemoryLimits = { waitersPerLockMax: 10_000, locksMax: 1_000_000 }

const table = {
  cluster: checkName,
  fenceFloor: checkFenceFloor,
  limits: limitsFrom(defaults),
} satisfies OptionTable<MemoryLocksOptions>

/** @throws BAD_OPTION that names the option. */
export function parseMemoryOptions(options: MemoryLocksOptions): MemoryOptions {
  return { cluster: 'default', fenceFloor: 0n, limits: defaults, ...takeOptions(options, table, 'memoryLocks') }
}
