/** This file has the guard `postgresFences`: a table of PostgreSQL that refuses stale fences. */
import { BadOptionError } from '../base/errors.ts'
import { type FenceMode, SqlFences, type SqlFencesOptions } from './sql-fences.ts'

/**
 * What the guard uses of a client or of a connection with an open transaction: of the packages `pg` and PGlite as it is, of `postgres` as
 * `{ query: (text, values) => sql.unsafe(text, values) }`.
 */
export interface PgQueries {
  /** Runs a statement with parameters `$1`, `$2`, and gives its rows. */
  query(text: string, values: string[]): PromiseLike<PgResult>
}

/** The rows, or an object that has them. */
export type PgResult =
  | readonly object[]
  | {
      /** The rows. */
      readonly rows: readonly object[]
    }

/** A table of fences in a PostgreSQL database. */
export interface PostgresFences {
  /** Creates the table if it is absent. Rejects with the client's own error, or with BAD_OPTION. */
  prepare(client: PgQueries): Promise<void>
  /**
   * Admits a fence that is not stale, and stores it. Call it **first in the transaction** that reads and writes the resource, with the client of that
   * transaction: until the transaction ends, a later holder waits here, so no write of an earlier one comes after its read.
   *
   * @param mode of the hold. Default: `exclusive`. A `shared` fence is compared with the highest exclusive one alone: its holder may only read.
   * @throws STALE if a higher fence was admitted: roll back. BAD_OPTION that names the argument. Else the client's own error; then it is not known whether
   * the fence was stored, and a second call is safe.
   */
  admit(client: PgQueries, resource: string, fence: bigint, mode?: FenceMode): Promise<void>
}

/** A second client created the table at the same time: its name, its type or both stand in the way by the moment. */
const madeMeanwhile: readonly unknown[] = ['23505', '42710', '42P07']

/**
 * Guards resources by a table of PostgreSQL, with one row for each. A fence is compared and stored in one statement.
 *
 * The check is Kleppmann's (2016, "How to do distributed locking"): the resource refuses a fence below the highest that it has seen.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const fences = postgresFences()
 * await client.query('BEGIN')
 * await fences.admit(client, 'invoice/42', hold.fence)
 * await client.query('UPDATE invoices SET paid = true WHERE id = 42')
 * await client.query('COMMIT')
 */
export function postgresFences(options?: SqlFencesOptions): PostgresFences {
  const sql = new SqlFences(options, 'postgresFences')
  return Object.freeze({
    prepare: async (client: PgQueries): Promise<void> => {
      try {
        await ask(client, sql.create, [])
      } catch (error) {
        if (!madeMeanwhile.includes((error as { readonly code?: unknown } | null)?.code)) throw error
      }
    },
    admit: async (client: PgQueries, resource: string, fence: bigint, mode: FenceMode = 'exclusive'): Promise<void> => {
      const question = sql.question(resource, fence, mode)
      const admitted = await ask(client, sql.admit(question), [question.resource, String(question.fence)])
      if (admitted.length > 0) return
      throw sql.refusal(question, (await ask(client, sql.read(question), [question.resource]))[0])
    },
  })
}

async function ask(client: PgQueries, text: string, values: string[]): Promise<readonly object[]> {
  if (typeof (client as PgQueries | null | undefined)?.query !== 'function')
    throw badClient('has no function query(text, values)')
  const result = (await client.query(text, values)) as PgResult | null | undefined
  const rows = Array.isArray(result) ? result : (result as { readonly rows?: unknown } | null | undefined)?.rows
  if (!Array.isArray(rows)) throw badClient('gave no rows: query(text, values) must resolve to the rows, or to { rows }')
  return rows
}

function badClient(problem: string): BadOptionError {
  return new BadOptionError(`client ${problem}`, { option: 'client' })
}
