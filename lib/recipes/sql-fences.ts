/** This file has the statements by which an SQL database compares and stores fences, and what PostgreSQL and SQLite have in common. */
import { BadOptionError, type StaleError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkName } from '../base/names.ts'
import { choiceFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { checkFence, staleError } from './stale.ts'

/** How the resource is used: `exclusive`, the default, may read and write, `shared` may only read. */
export type FenceMode = 'exclusive' | 'shared'

/** Options of `postgresFences` and `sqliteFences`. */
export interface SqlFencesOptions {
  /** The table that keeps the fences, in PostgreSQL with its schema or without. Default: `holdfast_fences`. */
  readonly table?: string
}

/** A question whether a fence is admitted, checked. */
export interface SqlQuestion {
  readonly resource: string
  readonly fence: bigint
  readonly mode: FenceMode
}

const checkMode = choiceFrom('exclusive', 'shared')

/**
 * The statements for one table, in the SQL that PostgreSQL and SQLite (from 3.35) share. `$1` is the resource and `$2` the fence. Fences travel as
 * decimal strings, since some clients make numbers of integers, which are exact to 2⁵³ only.
 */
export class SqlFences {
  readonly create: string
  private readonly admits: Readonly<Record<FenceMode, string>>
  private readonly reads: Readonly<Record<FenceMode, string>>

  constructor(options: SqlFencesOptions | undefined, call: string) {
    const { table = 'holdfast_fences' } = takeOptions<SqlFencesOptions, typeof sqlTable>(
      options === undefined ? {} : options,
      sqlTable,
      call,
    )
    this.create = `CREATE TABLE IF NOT EXISTS ${table} (resource text PRIMARY KEY, fence bigint NOT NULL, exclusive_fence bigint NOT NULL)`
    // Each parameter stands once and in order, so that SQLite can have them as `?`.
    const insert = `INSERT INTO ${table} AS known (resource, fence, exclusive_fence) SELECT CAST($1 AS text), given, `
    const update = ' FROM (SELECT CAST($2 AS bigint) AS given) AS asked WHERE true ON CONFLICT (resource) DO UPDATE SET fence = '
    const answer = ' RETURNING CAST(fence AS text) AS fence'
    this.admits = {
      exclusive: `${insert}given${update}excluded.fence, exclusive_fence = excluded.fence WHERE known.fence <= excluded.fence${answer}`,
      shared: `${insert}0${update}CASE WHEN known.fence < excluded.fence THEN excluded.fence ELSE known.fence END WHERE known.exclusive_fence <= excluded.fence${answer}`,
    }
    const read = (column: string): string => `SELECT CAST(${column} AS text) AS fence FROM ${table} WHERE resource = $1`
    this.reads = { exclusive: read('fence'), shared: read('exclusive_fence') }
  }

  /** @throws BAD_OPTION that names the argument. */
  question(resource: unknown, fence: unknown, mode: unknown): SqlQuestion {
    return { resource: checkResource(resource), fence: checkFence(fence), mode: checkMode(mode, 'mode') }
  }

  /** Compares and stores in one step. It gives a row if the fence is admitted. */
  admit({ mode }: SqlQuestion): string {
    return this.admits[mode]
  }

  /** Gives the fence that the refused one was compared with. */
  read({ mode }: SqlQuestion): string {
    return this.reads[mode]
  }

  /** The error of a refused fence. `row` is what `read` gave. */
  refusal({ resource, fence }: SqlQuestion, row: unknown): StaleError {
    const highest = (row as { readonly fence?: unknown } | null | undefined)?.fence
    if (typeof highest === 'string') return staleError(resource, fence, BigInt(highest))
    const message = `client gave no row for '${resource}', neither when it compared the fence nor when it was asked for the highest one: give a client whose rows are objects, and delete no row of the table`
    throw new BadOptionError(message, { option: 'client' })
  }
}

const sqlTable = { table: checkTable } satisfies OptionTable<SqlFencesOptions>

function checkResource(resource: unknown): string {
  const name = checkName(resource, 'resource')
  if (name.includes('\0'))
    throw new BadOptionError('resource must not contain the character U+0000: PostgreSQL stores none', { option: 'resource' })
  return name
}

/** The name of a table becomes part of a statement. */
function checkTable(value: unknown, option: string): string {
  if (typeof value === 'string' && /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(value)) return value
  const message = `${option} must be a name of lower-case letters, digits and _, with a schema before a dot or none, got ${shownShortly(value)}`
  throw new BadOptionError(message, { option })
}
