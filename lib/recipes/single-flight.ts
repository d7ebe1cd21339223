/** This file has the recipe `singleFlight`: of all processes that miss a value, one produces it, and the others use what it stored. */
import { checkFunction } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { type RequestOptions, requestTable } from './request.ts'

/** Options of `singleFlight`: how a value is found and made, and for how long a call may wait for another process that makes it. */
export interface SingleFlightOptions<Value> extends RequestOptions {
  /** Finds the stored value of a key; undefined if there is none, or it is too old. */
  readonly lookUp: (key: string) => Value | undefined | Promise<Value | undefined>
  /** Makes the value of a key and stores it where `lookUp` finds it. Runs under the lock of the key. */
  readonly produce: (key: string, hold: Hold) => Value | Promise<Value>
}

/** A guard against a stampede: many callers, in any process, that miss the same value. */
export interface SingleFlight<Value> {
  /**
   * The value of a key. The lock of that name is taken only if the value is missing. Calls of one key in one process share one outcome.
   *
   * @throws an error of `lookUp` or `produce` unchanged; then the next caller tries. LOST if the lock was lost before `produce` ended. Else the errors of `acquire`.
   */
  get(key: string): Promise<Value>
}

const flightTable = {
  ...requestTable,
  lookUp: null,
  produce: null,
} satisfies OptionTable<SingleFlightOptions<unknown>>

/**
 * Lets one process produce a value that many miss at a time: a cache that is empty, a report that is slow. A caller that misses the value takes the lock of the key and looks again, since
 * another process may have stored the value while it waited.
 *
 * The lock saves work and is not needed for correctness; where two writers would do harm, check `hold.fence` at the store.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const rates = singleFlight<Rate>(locks, {
 *   lookUp: (key) => cache.get(key),
 *   produce: async (key) => cache.set(key, await fetchRate(key)),
 *   wait: '10s',
 * })
 * const rate = await rates.get('rate/eur')
 */
export function singleFlight<Value>(locks: Locks, options: SingleFlightOptions<Value>): SingleFlight<Value> {
  const { lookUp, produce, ...request } = takeOptions(options, flightTable, 'singleFlight') as SingleFlightOptions<Value>
  checkFunction(lookUp, 'lookUp')
  checkFunction(produce, 'produce')
  const flights = new Map<string, Promise<Value>>()
  const fly = async (key: string): Promise<Value> => {
    const known = await lookUp(key)
    if (known !== undefined) return known
    return await locks.withLock(key, request, async (hold) => {
      const stored = await lookUp(key)
      if (stored !== undefined) return stored
      hold.check()
      return await produce(key, hold)
    })
  }
  return Object.freeze({
    get: (key: string): Promise<Value> => {
      const known = flights.get(key)
      if (known !== undefined) return known
      const flight = fly(key).finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
  })
}
