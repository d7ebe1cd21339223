/** This file declares and checks the options of `postgresLocks`. */
import { type Duration, parseDuration } from '../../base/duration.ts'
import { BadOptionError } from '../../base/errors.ts'
import { shownValue } from '../../base/message-of.ts'
import { checkName } from '../../base/names.ts'
import { limitsFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import { defaultServerLimits, type ServerLimits } from '../client/locks.ts'
import type { PgPool } from './sessions.ts'

/** Options of `postgresLocks`. */
export interface PostgresLocksOptions {
  /**
   * A `Pool` of the package `pg`. Each hold, and each lock that this client waits for, takes one of its connections, and the engine
   * keeps one more. It stays open when the locks are closed. Listen to its event `error`, as pg asks.
   */
  readonly client: PgPool
  /** Clients of one name in one database exclude each other. Default: `default`. */
  readonly cluster?: string
  /** The sequence that fences come from, with its schema or without. It is created if it is absent. Default: `holdfast_fence`. */
  readonly sequence?: string
  /** How often a hold asks whether its session is still there, from 10 ms; the answer may take as long. Default: 5 s. */
  readonly check?: Duration
  /** Bounds. A request beyond one gets OVERLOADED with its name. */
  readonly limits?: Partial<ServerLimits>
}

/** The options, checked. The client is not yet. */
export interface PostgresOptions {
  readonly client: unknown
  readonly cluster: string
  readonly sequence: string
  readonly checkMs: number
  readonly limits: ServerLimits
}

const checkMsMin = 10

const defaults = { client: undefined, cluster: 'default', sequence: 'holdfast_fence', check: 5_000, limits: defaultServerLimits }

const table = {
  client: null,
  cluster: checkName,
  sequence: checkSequence,
  check(value, option) {
    const checkMs = parseDuration(value, option)
    if (checkMs >= checkMsMin) return checkMs
    throw new BadOptionError(`${option} must be at least ${checkMsMin} ms, got ${checkMs} ms`, { option })
  },
  limits: limitsFrom(defaultServerLimits),
} satisfies OptionTable<PostgresLocksOptions>

/** @throws BAD_OPTION that names the option. */
export function parsePostgresOptions(options: PostgresLocksOptions): PostgresOptions {
  const { check: checkMs, ...rest } = { ...defaults, ...takeOptions(options, table, 'postgresLocks') }
  return { ...rest, checkMs }
}

/** The name of a sequence becomes part of a statement. */
function checkSequence(value: unknown, option: string): string {
  if (typeof value === 'string' && /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(value)) return value
  const message = `${option} must be a name of lower-case letters, digits and _, with a schema before a dot or none, got '${shownValue(value)}'`
  throw new BadOptionError(message, { option })
}
