/**
 * `holdfast/engines/postgres`: advisory locks of a PostgreSQL database, by the same calls as those of a node. PostgreSQL ends a lock with its session, and
 * a holder that is cut off hears of it later: the resource that compares fences refuses it until then.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { ServerClient } from '../client/client.ts'
import type { ServerLocks } from '../client/locks.ts'
import { Control } from './control.ts'
import { parsePostgresOptions, type PostgresLocksOptions } from './options.ts'
import { PostgresServer } from './server.ts'
import { sessionsOf } from './sessions.ts'

export * from '../client/exports.ts'
export type { PgAnswer, PgPool, PgPoolClient, PgStatement } from './sessions.ts'
export type { PostgresLocksOptions } from './options.ts'

/**
 * Makes a client of the advisory locks of a PostgreSQL database. Clients of one `cluster` exclude each other. It has the mode
 * `exclusive` alone.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const locks = postgresLocks({ client: new Pool({ max: 20 }) })
 * await locks.withLock('invoice/42', async (hold) => { await write(invoice, { fence: hold.fence }) })
 * await locks.close()
 */
export function postgresLocks(options: PostgresLocksOptions): ServerLocks {
  const { client, cluster, sequence, checkMs, limits } = parsePostgresOptions(options)
  const id = `postgres-${randomUUID()}`
  const open = sessionsOf(client)
  const server = new PostgresServer(open, new Control(open, sequence, checkMs), { cluster, sequence, checkMs })
  return new ServerClient({ engine: 'the engine on PostgreSQL', id, cluster, ...limits }, server)
}
