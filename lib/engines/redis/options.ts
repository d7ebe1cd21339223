/** This file declares and checks the options of `redisLocks`. */
import { type Duration, parseDuration } from '../../base/duration.ts'
import { BadOptionError } from '../../base/errors.ts'
import { checkName } from '../../base/names.ts'
import { checkSwitch, limitsFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import { defaultServerLimits, type ServerLimits } from '../client/locks.ts'
import type { RedisClient } from './connection.ts'

/** Options of `redisLocks`. */
export interface RedisLocksOptions {
  /** A client of the package `ioredis` or `redis`, connected to one Redis. It stays open when the locks are closed. */
  readonly client: RedisClient
  /** Clients of one name exclude each other. Default: `default`. */
  readonly cluster?: string
  /** How long Redis keeps a lock whose holder is silent, from 100 ms. The holder renews it after a third. Default: 10 s. */
  readonly lease?: Duration
  /** Whether the requests of all clients are granted in their order. `false` lets a request pass those that wait. Default: true. */
  readonly fair?: boolean
  /** Bounds. A request beyond one gets OVERLOADED with its name. */
  readonly limits?: Partial<ServerLimits>
}

/** The options, checked. The client is not yet. */
export interface RedisOptions {
  readonly client: unknown
  readonly cluster: string
  readonly leaseMs: number
  readonly isFair: boolean
  readonly limits: ServerLimits
}

const leaseMsMin = 100

const defaults = { client: undefined, cluster: 'default', lease: 10_000, fair: true, limits: defaultServerLimits }

const table = {
  client: null,
  cluster: checkName,
  lease(value, option) {
    const leaseMs = Math.round(parseDuration(value, option))
    if (leaseMs >= leaseMsMin) return leaseMs
    const message = `${option} must be at least ${leaseMsMin} ms, got ${leaseMs} ms: Redis must answer within a third of it`
    throw new BadOptionError(message, { option })
  },
  fair: checkSwitch,
  limits: limitsFrom(defaultServerLimits),
} satisfies OptionTable<RedisLocksOptions>

/** @throws BAD_OPTION that names the option. */
export function parseRedisOptions(options: RedisLocksOptions): RedisOptions {
  const { lease: leaseMs, fair: isFair, ...rest } = { ...defaults, ...takeOptions(options, table, 'redisLocks') }
  return { ...rest, leaseMs, isFair }
}
