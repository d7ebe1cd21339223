/**
 * `holdfast/engines/redis`: locks that one Redis keeps, by the same calls as those of a node. It does not survive the loss of that Redis or of its data:
 * then two holders are possible, and only the resource that compares fences refuses the older one.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { ServerClient } from '../client/client.ts'
import type { ServerLocks } from '../client/locks.ts'
import { RedisConnection } from './connection.ts'
import { parseRedisOptions, type RedisLocksOptions } from './options.ts'
import { RedisServer } from './server.ts'

export * from '../client/exports.ts'
export type { IoRedisClient, NodeRedisClient, RedisClient } from './connection.ts'
export type { RedisLocksOptions } from './options.ts'

/** How long Redis may take to answer at most. */
const answerMsMax = 1_000

/**
 * Makes a client of the locks of one Redis. Clients of one `cluster` exclude each other. It has the mode `exclusive` alone.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const locks = redisLocks({ client: new Redis() })
 * await locks.withLock('invoice/42', async (hold) => { await write(invoice, { fence: hold.fence }) })
 * await locks.close()
 */
export function redisLocks(options: RedisLocksOptions): ServerLocks {
  const { client, cluster, leaseMs, isFair, limits } = parseRedisOptions(options)
  const id = `redis-${randomUUID()}`
  const connection = new RedisConnection(client, Math.min(answerMsMax, leaseMs / 3))
  const server = new RedisServer(connection, { cluster, id, leaseMs, isFair })
  return new ServerClient({ engine: 'the engine on Redis', id, cluster, ...limits }, server)
}
