/** This file has the guard `sqliteFences`: a table of SQLite that refuses stale fences. */
import { BadOptionError } from '../base/errors.ts'
import { isPromise } from '../base/foreign.ts'
import { type FenceMode, SqlFences, type SqlFencesOptions } from './sql-fences.ts'

/** What the guard uses of a database: `node:sqlite` and `better-sqlite3` have it. SQLite 3.35 or newer. */
export interface SqliteDatabase {
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement
}

/** A prepared statement, with a parameter for each `?`. */
export interface SqliteStatement {
  /** Runs it. */
  run(...values: string[]): unknown
  /** Runs it, and gives its first row, or undefined or null. */
  get(...values: string[]): unknown
}

/** A table of fences in an SQLite database. */
export interface SqliteFences {
  /**
   * Admits a fence that is not stale, and stores it. Call it **first in a transaction** that was begun with `BEGIN IMMEDIATE` and that reads and writes the
   * resource: until the transaction ends, no later holder is admitted, so no write of an earlier one comes after its read.
   *
   * @param mode of the hold. Default: `exclusive`. A `shared` fence is compared with the highest exclusive one alone: its holder may only read.
   * @throws STALE if a higher fence was admitted: roll back. BAD_OPTION that names the argument. Else the database's own error, such as SQLITE_BUSY.
   */
  admit(resource: string, fence: bigint, mode?: FenceMode): void
}

/**
 * Guards resources by a table of SQLite, with one row for each, and creates that table if it is absent. A fence is compared and stored in one statement.
 *
 * The check is Kleppmann's (2016, "How to do distributed locking"): the resource refuses a fence below the highest that it has seen.
 *
 * @throws BAD_OPTION that names the option or argument; the database's own error.
 * @example
 * const fences = sqliteFences(new DatabaseSync('shop.db'))
 * database.exec('BEGIN IMMEDIATE')
 * fences.admit('invoice/42', hold.fence)
 * database.exec('UPDATE invoices SET paid = 1 WHERE id = 42')
 * database.exec('COMMIT')
 */
export function sqliteFences(database: SqliteDatabase, options?: SqlFencesOptions): SqliteFences {
  const sql = new SqlFences(options, 'sqliteFences')
  if (typeof (database as SqliteDatabase | null | undefined)?.prepare !== 'function')
    throw badDatabase('has no function prepare(sql)')
  // With `$1` its drivers would want an object of names.
  const prepare = (text: string): SqliteStatement => database.prepare(text.replaceAll(/\$\d/g, '?'))
  sync(prepare(sql.create).run())
  return Object.freeze({
    admit: (resource: string, fence: bigint, mode: FenceMode = 'exclusive'): void => {
      const question = sql.question(resource, fence, mode)
      const admitted = sync(prepare(sql.admit(question)).get(question.resource, String(question.fence)))
      if (admitted !== undefined && admitted !== null) return
      throw sql.refusal(question, sync(prepare(sql.read(question)).get(question.resource)))
    },
  })
}

/** A promise is always there, so each fence would be admitted. */
function sync(result: unknown): unknown {
  if (!isPromise(result)) return result
  throw badDatabase('is asynchronous: give one whose statements return rows, not promises')
}

function badDatabase(problem: string): BadOptionError {
  return new BadOptionError(`database ${problem}`, { option: 'database' })
}
