/**
 * This file prepares a database for the engine: it makes sure that a session is one backend, and that the sequence of fences exists. The session in which it does so
 * stays open, so that a waiting session can be cancelled while the user's pool has none left.
 */
import { BadOptionError } from '../../base/errors.ts'
import { answered } from '../common/late.ts'
import type { OpenSession, PgRow, PgSession } from './sessions.ts'
import { refusalOf } from './sessions.ts'

const pidText = 'SELECT pg_backend_pid()::text AS pid'
/** A second client created the sequence at the same time. */
const madeMeanwhile: readonly unknown[] = ['23505', '42P07']

export class Control {
  private readonly open: OpenSession
  private readonly sequence: string
  private readonly answerMs: number
  private session: Promise<PgSession> | null = null
  private isClosed = false

  constructor(open: OpenSession, sequence: string, answerMs: number) {
    this.open = open
    this.sequence = sequence
    this.answerMs = answerMs
  }

  /** The database was ready at the last question. */
  isReady = false

  /** Resolves when the database is ready. */
  async ready(): Promise<void> {
    await this.prepared()
  }

  /** Cancels what that backend waits for. */
  async cancel(pid: string): Promise<void> {
    await this.ask('SELECT pg_cancel_backend($1::int)', [pid])
  }

  close(): void {
    this.isClosed = true
    this.session?.then(
      (session) => session.release(false),
      () => {},
    )
    this.session = null
  }

  private async ask(text: string, values: readonly string[]): Promise<PgRow> {
    const session = await this.prepared()
    return await answered(session.query(text, values), this.answerMs, 'PostgreSQL').catch((error: unknown) => {
      this.forget(session)
      throw error
    })
  }

  private prepared(): Promise<PgSession> {
    this.session ??= this.prepare().catch((error: unknown) => {
      this.session = null
      throw refusalOf(error)
    })
    return this.session
  }

  private async prepare(): Promise<PgSession> {
    const session = await this.open()
    try {
      await answered(this.check(session), 2 * this.answerMs, 'PostgreSQL')
    } catch (error) {
      session.release(true)
      throw error
    }
    session.onEnd(() => this.forget(session))
    this.isReady = true
    if (this.isClosed) session.release(false)
    return session
  }

  private forget(session: PgSession): void {
    this.session = null
    this.isReady = false
    session.release(true)
  }

  private async check(session: PgSession): Promise<void> {
    await this.checkSessions(session)
    if ((await session.query('SELECT pg_is_in_recovery()::text AS standby', []))['standby'] === 'true')
      throw new BadOptionError(
        'this PostgreSQL is a standby, and it has no advisory locks of the primary. Give a client of the primary',
        {
          option: 'client',
        },
      )
    const known = async (): Promise<boolean> =>
      (await session.query('SELECT to_regclass($1::text)::text AS name', [this.sequence]))['name'] !== null
    if (await known()) return
    await session.query(`CREATE SEQUENCE IF NOT EXISTS ${this.sequence}`, []).catch((error: { readonly code?: unknown }) => {
      if (!madeMeanwhile.includes(error.code)) throw error
    })
  }

  /**
   * A pooler of transactions lends each statement another backend, so a lock would stay with a backend that another client uses next. While a transaction occupies one
   * backend, it must give the first session another one.
   */
  private async checkSessions(session: PgSession): Promise<void> {
    const { pid } = await session.query(pidText, [])
    const other = await this.open()
    try {
      await other.query('BEGIN', [])
      const occupied = (await other.query(pidText, []))['pid']
      const again = (await session.query(pidText, []))['pid']
      await other.query('ROLLBACK', [])
      if (occupied === pid || again !== pid) throw transactionPooler()
    } catch (error) {
      other.release(true)
      throw error
    }
    other.release(false)
  }
}

/** The error of a session that is not one backend. */
function transactionPooler(): Error {
  const message =
    'client is connected to a pooler that pools transactions, and an advisory lock belongs to a session. Connect to PostgreSQL itself, or let the pooler pool sessions'
  return new BadOptionError(message, { option: 'client' })
}
