/** This file asks PostgreSQL for advisory locks, each in a session of its own: a session that has a lock would get it a second time at once. */
import { createHash } from 'node:crypto'
import type { ServerGrant, EngineServer } from '../client/server.ts'
import type { Withdrawal } from '../client/withdrawal.ts'
import type { Control } from './control.ts'
import { PostgresGrant } from './grant.ts'
import { type OpenSession, type PgRow, type PgSession, refusalOf } from './sessions.ts'

const tryText = `WITH taken AS MATERIALIZED (SELECT pg_try_advisory_lock($1::bigint) AS had)
SELECT pg_backend_pid()::text AS pid, CASE WHEN had THEN nextval($2::text::regclass)::text END AS fence FROM taken`
const waitText = `WITH taken AS MATERIALIZED (SELECT pg_advisory_lock($1::bigint) AS had)
SELECT pg_backend_pid()::text AS pid, nextval($2::text::regclass)::text AS fence, had FROM taken`

/** How the locks of a client are kept in PostgreSQL. */
export interface PostgresSettings {
  readonly cluster: string
  readonly sequence: string
  readonly checkMs: number
}

export class PostgresServer implements EngineServer {
  private readonly open: OpenSession
  private readonly control: Control
  private readonly settings: PostgresSettings

  constructor(open: OpenSession, control: Control, settings: PostgresSettings) {
    this.open = open
    this.control = control
    this.settings = settings
  }

  async take(name: string, withdrawal: Withdrawal): Promise<ServerGrant> {
    if (!this.control.isReady) await untilAsked(this.control.ready(), withdrawal)
    const session = await this.openUntil(withdrawal)
    const key = keyOf(this.settings.cluster, name)
    let cancelled: Promise<void> | undefined
    const cancel = (): void => {
      cancelled = this.control.cancel(session.pid as string)
      // A session that cannot be cancelled is ended: PostgreSQL takes its place in the queue away when it comes to it.
      cancelled.catch(() => session.release(true))
    }
    try {
      // A session whose backend is not known cannot be cancelled while it waits: it tries first, and the answer tells the backend.
      const tried = session.pid === undefined ? await this.try(session, key) : null
      if (tried !== null) return tried
      withdrawal.throwIfAsked()
      withdrawal.onAsk(cancel)
      const answer = await this.ask(session, waitText, key, 'holdfast_wait')
      // A cancellation that comes after the grant must not hit a later statement of the session.
      await cancelled
      return this.grantOf(session, key, answer)
    } catch (error) {
      session.release(cancelled !== undefined || !withdrawal.isAsked)
      throw refusalOf(error)
    } finally {
      withdrawal.offAsk(cancel)
    }
  }

  async tryTake(name: string): Promise<ServerGrant | null> {
    await this.control.ready()
    const session = await this.open()
    try {
      const grant = await this.try(session, keyOf(this.settings.cluster, name))
      if (grant === null) session.release(false)
      return grant
    } catch (error) {
      session.release(true)
      throw refusalOf(error)
    }
  }

  async close(): Promise<void> {
    this.control.close()
  }

  private async try(session: PgSession, key: string): Promise<ServerGrant | null> {
    const answer = await this.ask(session, tryText, key, 'holdfast_try')
    return answer['fence'] === null ? null : this.grantOf(session, key, answer)
  }

  private grantOf(session: PgSession, key: string, { pid, fence }: PgRow): ServerGrant {
    return new PostgresGrant(BigInt(fence as string), session, key, pid as string, this.settings.checkMs)
  }

  /** The answer, or an error when the session ends before. */
  private ask(session: PgSession, text: string, key: string, statement: string): Promise<PgRow> {
    const ended = new Promise<never>((_, reject) => {
      session.onEnd(() => reject(new Error('the connection to PostgreSQL ended')))
    })
    return Promise.race([session.query(text, [key, this.settings.sequence], statement), ended])
  }

  /** A session that the user's pool lends too late goes back at once. */
  private async openUntil(withdrawal: Withdrawal): Promise<PgSession> {
    const opening = this.open()
    try {
      return await untilAsked(opening, withdrawal)
    } catch (error) {
      opening.then(
        (session) => session.release(false),
        () => {},
      )
      throw refusalOf(error)
    }
  }
}

/** The key of an advisory lock: 64 bits of a hash of the names. */
function keyOf(cluster: string, name: string): string {
  return createHash('sha256').update(`${cluster}\0${name}`).digest().readBigInt64BE().toString()
}

async function untilAsked<T>(promise: Promise<T>, withdrawal: Withdrawal): Promise<T> {
  withdrawal.throwIfAsked()
  let onAsk = (): void => {}
  const asked = new Promise<never>((_, reject) => {
    onAsk = () => reject(new Error('the request was withdrawn'))
  })
  withdrawal.onAsk(onAsk)
  return await Promise.race([promise, asked]).finally(() => withdrawal.offAsk(onAsk))
}
