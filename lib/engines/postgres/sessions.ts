/** This file opens sessions of PostgreSQL through the user's Pool of pg, which it knows by its methods. */
import { BadOptionError } from '../../base/errors.ts'
import { messageOf } from '../../base/message-of.ts'

/** The part of a `Pool` of the package `pg` that the engine uses. */
export interface PgPool {
  /** Lends a connection. */
  connect(): Promise<PgPoolClient>
  /** How many connections it has. */
  readonly totalCount: number
  /** What it was made with. */
  readonly options: {
    /** How many connections it may open. */
    readonly max?: number | undefined
  }
}

/** The part of a client of a `Pool` that the engine uses. */
export interface PgPoolClient {
  /** Sends a statement with its parameters. */
  query(query: PgStatement): Promise<PgAnswer>
  /** Listens to the end of the connection. */
  on(event: 'error' | 'end', listener: () => void): unknown
  /** Ends listening. */
  removeListener(event: 'error' | 'end', listener: () => void): unknown
  /** Gives the connection back; `true` ends it. */
  release(isBroken?: boolean): void
}

/** A statement. */
export interface PgStatement {
  /** By this name the session keeps the parsed statement. */
  readonly name?: string
  /** The statement, with `$1` for the first parameter. */
  readonly text: string
  /** The parameters. */
  readonly values: unknown[]
}

/** The answer to a statement. */
export interface PgAnswer {
  /** The rows. */
  readonly rows: unknown[]
}

/** One session of the server. */
export interface PgSession {
  /** The backend that answered last, if it told its number: a pool keeps a session with its backend. */
  readonly pid: string | undefined
  /** @param name by which the session keeps the parsed statement; without one it is parsed for this call alone */
  query(text: string, values: readonly string[], name?: string): Promise<PgRow>
  /** Calls the listener when the session ended. */
  onEnd(listener: () => void): void
  /** Gives it back to the user's client. `isBroken`: the session is ended, and its locks with it. */
  release(isBroken: boolean): void
}

/** The one row of an answer. */
export type PgRow = Readonly<Record<string, unknown>>

/** Opens one more session. */
export type OpenSession = () => Promise<PgSession>

/** One session stays with the engine, and each hold and each lock that is waited for takes one more. */
const sessionsMin = 2

/**
 * @throws BAD_OPTION if it is no such client. A reserved connection of postgres.js does not tell that it ended, and postgres 3.4.9 throws an
 * uncaught error when it is asked afterwards, so the engine refuses that package.
 */
export function sessionsOf(client: unknown): OpenSession {
  const given = Object(client) as Partial<PgPool> & { readonly reserve?: unknown }
  if (typeof given.reserve === 'function')
    throw wrong('is of the package postgres, which does not tell when a reserved connection ended. Give a Pool of the package pg')
  if (typeof given.connect !== 'function') throw wrong('must be a Pool of the package pg')
  if (typeof given.totalCount !== 'number')
    throw wrong('is one connection, and each hold needs a session of its own. Give a Pool of the package pg')
  const max = given.options?.max
  if (typeof max === 'number' && max < sessionsMin)
    throw wrong(`may open ${max} connection. Set max to the number of locks held or waited for at once, and 1 more`)
  return () => pooled(client as PgPool)
}

/** Errors that a retry does not cure, by their SQLSTATE, and the cure. */
const refusals: Readonly<Record<string, string>> = {
  '28P01': 'Give a client that has the right password',
  '28000': 'Give a client whose user may log in',
  '3D000': 'Give a client whose database exists',
  '42501': 'Create the sequence of fences and grant USAGE on it, or name one in the option sequence',
  '25006': 'Give a client of the primary whose transactions may write',
}

/** The error to pass on: BAD_OPTION if a retry cannot help. */
export function refusalOf(cause: unknown): unknown {
  const { code } = Object(cause) as { readonly code?: unknown }
  const cure = typeof code === 'string' && Object.hasOwn(refusals, code) ? refusals[code] : undefined
  if (cure === undefined) return cause
  const option = code === '42501' ? 'sequence' : 'client'
  return new BadOptionError(`PostgreSQL refused: ${messageOf(cause)}. ${cure}`, { option, cause })
}

/** The backends of connections that were lent before. */
const pids = new WeakMap<PgPoolClient, string>()

async function pooled(pool: PgPool): Promise<PgSession> {
  const client = await pool.connect()
  const listeners = new Set<() => void>()
  const ended = (): void => {
    for (const listener of listeners) listener()
  }
  client.on('error', ended)
  client.on('end', ended)
  let isReleased = false
  return {
    get pid() {
      return pids.get(client)
    },
    async query(text, values, name) {
      const statement = { text, values: [...values] }
      const { rows } = await client.query(name === undefined ? statement : { ...statement, name })
      const row = (rows[0] ?? {}) as PgRow
      if (typeof row['pid'] === 'string') pids.set(client, row['pid'])
      return row
    },
    onEnd: (listener) => void listeners.add(listener),
    release(isBroken) {
      if (isReleased) return
      isReleased = true
      listeners.clear()
      // The pool listens to what it has; a connection that it throws away may still tell of an error.
      if (!isBroken) for (const event of ['error', 'end'] as const) client.removeListener(event, ended)
      client.release(isBroken)
    },
  }
}

function wrong(what: string): Error {
  return new BadOptionError(`client ${what}`, { option: 'client' })
}
