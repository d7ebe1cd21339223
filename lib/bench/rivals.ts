/**
 * This file holds the locks that the bench compares Holdfast with, as their users write them with the usual clients. They do no
 * more than to exclude, to give a fence and to keep to `wait`: they renew no lease and detect no lost hold, so a complete client costs
 * more than their rows say (with `holdfast/engines` twice the processor time: docs/decisions/0049).
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { TimeoutError } from '../base/errors.ts'
import type { OtherSystem } from './rows.ts'
import type { BenchLocks } from './work.ts'

/** Locks, and how the connection behind them ends. */
export interface RivalClient {
  readonly locks: BenchLocks
  close(): Promise<unknown>
}

/** The package that the client of a rival needs. */
export const packageOf: Readonly<Record<OtherSystem, string>> = {
  'async-mutex': 'async-mutex',
  'postgres-advisory': 'pg',
  redis: 'ioredis',
  'redis-queue': 'ioredis',
}

/** Opens a client of a rival whose server listens at that port of loopback. */
export async function openRival(rival: OtherSystem, port: number): Promise<RivalClient> {
  const loaded = (await import(packageOf[rival])) as unknown
  switch (rival) {
    case 'async-mutex':
      return asyncMutex(loaded as AsyncMutexModule)
    case 'postgres-advisory':
      return postgresAdvisory(loaded as PgModule, port)
    case 'redis':
      return redisPolling(loaded as RedisModule, port)
    case 'redis-queue':
      return redisQueue(loaded as RedisModule, port)
  }
}

interface AsyncMutexModule {
  readonly Mutex: new () => { acquire(): Promise<() => void> }
  readonly withTimeout: (mutex: { acquire(): Promise<() => void> }, ms: number) => { acquire(): Promise<() => void> }
}

/** One mutex for each name, within this process. */
function asyncMutex({ Mutex, withTimeout }: AsyncMutexModule): RivalClient {
  const mutexes = new Map<string, InstanceType<typeof Mutex>>()
  return {
    locks: {
      async acquire(name, { wait }) {
        let mutex = mutexes.get(name)
        if (mutex === undefined) mutexes.set(name, (mutex = new Mutex()))
        const asked = withTimeout(mutex, wait).acquire()
        const release = await asked.catch(() => {
          throw notGranted(name, wait)
        })
        return { release: async () => release() }
      },
    },
    close: async () => {},
  }
}

interface PgModule {
  readonly Pool: new (options: object) => PgPool
}
interface PgPool {
  connect(): Promise<PgClient>
  query(text: string): Promise<unknown>
  end(): Promise<void>
}
interface PgClient {
  query(query: { readonly name: string; readonly text: string; readonly values: readonly unknown[] }): Promise<unknown>
  release(isBroken?: boolean): void
}

function poolOf({ Pool }: PgModule, port: number, max: number): PgPool {
  return new Pool({ host: '127.0.0.1', port, user: 'bench', database: 'postgres', max })
}

/** Makes the sequence of fences. */
export async function preparePostgres(port: number): Promise<void> {
  const pool = poolOf((await import(packageOf['postgres-advisory'])) as PgModule, port, 1)
  await pool.query('CREATE SEQUENCE IF NOT EXISTS bench_fence').finally(() => pool.end())
}

const lockText = 'WITH locked AS MATERIALIZED (SELECT pg_advisory_lock($1)) SELECT nextval($2), locked FROM locked'
const unlockText = 'SELECT pg_advisory_unlock($1)'

/** A session-level advisory lock in a connection of its own, which the pool keeps. The fence comes from a sequence, in the same statement. */
function postgresAdvisory(module: PgModule, port: number): RivalClient {
  const pool = poolOf(module, port, 100)
  return {
    locks: {
      async acquire(name, { wait }) {
        const client = await pool.connect()
        const key = keyOf(name)
        await within(wait, name, client.query({ name: 'lock', text: lockText, values: [key, 'bench_fence'] }), () =>
          client.release(true),
        )
        return {
          async release() {
            await client.query({ name: 'unlock', text: unlockText, values: [key] })
            client.release()
          },
        }
      },
    },
    close: () => pool.end(),
  }
}

/** The key of an advisory lock: 64 bits of a hash of its name. */
function keyOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString()
}

interface RedisModule {
  readonly Redis: new (options: object) => RedisClient
}
interface RedisClient {
  defineCommand(name: string, definition: { readonly numberOfKeys: number; readonly lua: string }): void
  blpop(key: string, seconds: number): Promise<unknown>
  duplicate(): RedisClient
  disconnect(): void
}

const leaseMs = 30_000
const pollMsMax = 5
const takeLua = `if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ${leaseMs}) then return redis.call('incr', KEYS[2]) end`
const giveLua = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end`
const joinLua = `if redis.call('set', KEYS[2], 1, 'NX') or redis.call('lpop', KEYS[1]) then
  redis.call('set', KEYS[3], ARGV[1], 'PX', ${leaseMs}) return redis.call('incr', KEYS[4]) end`
const claimLua = `redis.call('set', KEYS[1], ARGV[1], 'PX', ${leaseMs}) return redis.call('incr', KEYS[2])`
const passLua = `redis.call('del', KEYS[1]) return redis.call('rpush', KEYS[2], 1)`

type Scripts<Names extends string> = RedisClient & Readonly<Record<Names, (...args: readonly string[]) => Promise<unknown>>>

/** `SET NX PX`, tried again after 1 to 5 ms. It is not fair. The fence comes from `INCR`, in the same script. */
function redisPolling({ Redis }: RedisModule, port: number): RivalClient {
  const redis = new Redis({ host: '127.0.0.1', port }) as Scripts<'take' | 'give'>
  redis.defineCommand('take', { numberOfKeys: 2, lua: takeLua })
  redis.defineCommand('give', { numberOfKeys: 1, lua: giveLua })
  let tokens = 0
  return {
    locks: {
      async acquire(name, { wait }) {
        const untilMs = performance.now() + wait
        const token = `${process.pid}-${++tokens}`
        while ((await redis.take(name, `${name}:fence`, token)) === null) {
          if (performance.now() > untilMs) throw notGranted(name, wait)
          await pause(1 + Math.random() * (pollMsMax - 1))
        }
        return { release: () => redis.give(name, token) }
      },
    },
    close: async () => redis.disconnect(),
  }
}

/** A list with one token for each lock. `BLPOP` serves the waiters in their order, each in a connection of its own. */
function redisQueue({ Redis }: RedisModule, port: number): RivalClient {
  const redis = new Redis({ host: '127.0.0.1', port }) as Scripts<'join' | 'claim' | 'pass'>
  redis.defineCommand('join', { numberOfKeys: 4, lua: joinLua })
  redis.defineCommand('claim', { numberOfKeys: 2, lua: claimLua })
  redis.defineCommand('pass', { numberOfKeys: 2, lua: passLua })
  const idle: RedisClient[] = []
  const all: RedisClient[] = [redis]
  const blocking = (): RedisClient => {
    const found = idle.pop() ?? redis.duplicate()
    if (!all.includes(found)) all.push(found)
    return found
  }
  let tokens = 0
  return {
    locks: {
      async acquire(name, { wait }) {
        const token = `${process.pid}-${++tokens}`
        const [list, made, lease, fence] = [`${name}:list`, `${name}:made`, `${name}:lease`, `${name}:fence`]
        if ((await redis.join(list, made, lease, fence, token)) === null) {
          const connection = blocking()
          const popped = await connection.blpop(list, wait / 1000)
          idle.push(connection)
          if (popped === null) throw notGranted(name, wait)
          await redis.claim(lease, fence, token)
        }
        return { release: () => redis.pass(lease, list) }
      },
    },
    async close() {
      for (const each of all) each.disconnect()
    },
  }
}

/** @param giveUp ends what is asked for, if it takes longer */
async function within<T>(waitMs: number, name: string, asked: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(notGranted(name, waitMs))
    }, waitMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

function notGranted(name: string, waitMs: number): TimeoutError {
  return new TimeoutError(`the lock '${name}' was not granted within ${waitMs} ms`)
}
