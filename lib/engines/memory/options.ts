/** This file declares and checks the options of `memoryLocks`. */
import { checkName } from '../../base/names.ts'
import { limitsFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'

/** Options of `memoryLocks`. */
export interface MemoryLocksOptions {
  /** Clients of one name in one process exclude each other. Default: `default`. */
  readonly cluster?: string
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
  readonly limits: MemoryLimits
}

const defaults: MemoryLimits = { waitersPerLockMax: 10_000, locksMax: 1_000_000 }

const table = { cluster: checkName, limits: limitsFrom(defaults) } satisfies OptionTable<MemoryLocksOptions>

/** @throws BAD_OPTION that names the option. */
export function parseMemoryOptions(options: MemoryLocksOptions): MemoryOptions {
  return { cluster: 'default', limits: defaults, ...takeOptions(options, table, 'memoryLocks') }
}
