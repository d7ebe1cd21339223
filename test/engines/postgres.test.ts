import { expect } from 'chai'
import { whenReady } from '../../lib/bench/server.ts'
import { type PgPool, type PgPoolClient, postgresLocks } from '../../lib/engines/postgres/index.ts'
import { conformance } from '../port/conformance.ts'
import { errorOf, watch } from '../port/engine.ts'
import { withPgBouncer } from './pgbouncer.ts'
import { withServer } from './servers.ts'

/** The parts of `pg` that are used here; it has no types of its own. */
interface Pool extends PgPool {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
  on(event: 'error', listener: () => void): void
  on(event: 'connect', listener: (client: PgPoolClient) => void): void
  end(): Promise<void>
}
interface Pg {
  readonly Pool: new (options: object) => Pool
  readonly Client: new (options: object) => object
}
const name: string = 'pg'
const { Pool, Client } = ((await import(name)) as { readonly default: Pg }).default

describe('the engine on PostgreSQL', () => {
  const server = withServer('postgresql', () => pool?.end())
  let pool: Pool

  const poolOf = (options: object = {}): Pool => {
    const made = new Pool({ host: '127.0.0.1', port: server.port(), user: 'bench', database: 'postgres', max: 200, ...options })
    made.on('error', () => {})
    return made
  }

  before(async function () {
    this.timeout(60_000)
    pool = poolOf()
    await whenReady(() => pool.query('SELECT 1'))
  })

  conformance({
    name: 'the engine on PostgreSQL',
    open: async (cluster) => postgresLocks({ client: pool, cluster }),
    isStrict: false,
    isPlain: true,
    reach: () => pool.query('SELECT 1'),
  })

  /** The backends that have an advisory lock, or wait for one. */
  const backends = async (isGranted: boolean): Promise<number[]> => {
    const text = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted = $1"
    return (await pool.query(text, [isGranted])).rows.map(({ pid }) => pid as number)
  }

  it('tells of a loss everywhere when the session of a hold ends', async () => {
    const [a, b] = [postgresLocks({ client: pool, cluster: 'ended' }), postgresLocks({ client: pool, cluster: 'ended' })]
    const told = new Promise<{ reason: string; message: string }>((resolve) => a.on('lockLost', resolve))
    const hold = await a.acquire('door')
    const { signal } = hold
    const waiting = watch(b.acquire('door'))
    const [pid] = await backends(true)
    await pool.query('SELECT pg_terminate_backend($1)', [pid])
    const { reason, message } = await told
    expect(reason).to.equal('session')
    expect(signal.reason).to.include({ code: 'LOST', message })
    expect(await errorOf(() => hold.check())).to.equal(signal.reason)
    expect(await hold.release()).to.equal('lost')
    const next = await waiting.promise
    expect(next.fence > hold.fence).to.equal(true)
    await next.release()
    await Promise.all([a.close(), b.close()])
  })

  it('loses a hold whose session does not answer the check', async () => {
    const a = postgresLocks({ client: pool, cluster: 'stopped', check: 100 })
    const told = new Promise<{ reason: string; message: string }>((resolve) => a.on('lockLost', resolve))
    const hold = await a.acquire('door')
    const [pid] = (await backends(true)) as [number]
    process.kill(pid, 'SIGSTOP')
    try {
      expect((await told).message).to.include('did not answer within 100 ms')
      expect(hold.state).to.equal('lost')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await (await a.acquire('door', { wait: '10s' })).release()
    await a.close()
  })

  it('by ensure asks the server at once, one question for all calls, and finds out that it does not answer', async () => {
    const a = postgresLocks({ client: pool, cluster: 'ensured', check: '1s' })
    const hold = await a.acquire('door')
    await hold.ensure('24h')
    const [pid] = (await backends(true)) as [number]
    process.kill(pid, 'SIGSTOP')
    try {
      const sinceMs = performance.now()
      const errors = await Promise.all([1, 2, 3].map(() => errorOf(() => hold.ensure(1))))
      expect(performance.now() - sinceMs).to.be.lessThan(1900)
      for (const error of errors) expect(error).to.include({ code: 'LOST', reason: 'session' })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await a.close()
  })

  it('leaves no waiting backend when a waiter gives up', async () => {
    const [a, b] = [postgresLocks({ client: pool, cluster: 'left' }), postgresLocks({ client: pool, cluster: 'left' })]
    const hold = await a.acquire('door')
    const aborter = new AbortController()
    const waiting = errorOf(() => b.acquire('door', { signal: aborter.signal }))
    await whenReady(async () => {
      if ((await backends(false)).length === 0) throw new Error('not yet')
    })
    aborter.abort()
    expect(await waiting).to.include({ code: 'ABORTED' })
    expect(await backends(false)).to.deep.equal([])
    await hold.release()
    expect(await backends(true)).to.deep.equal([])
    await Promise.all([a.close(), b.close()])
  })

  it('waits with one statement in a session whose backend it knows', async () => {
    const small = poolOf({ max: 3 })
    const statements: (string | undefined)[] = []
    small.on('connect', (client) => {
      const query = client.query.bind(client)
      client.query = (statement) => {
        statements.push(statement.name)
        return query(statement)
      }
    })
    const [a, b] = [postgresLocks({ client: small, cluster: 'known' }), postgresLocks({ client: pool, cluster: 'known' })]
    await (await a.acquire('door')).release()
    statements.length = 0
    const hold = await b.acquire('door')
    const waiting = a.acquire('door')
    await whenReady(async () => {
      if ((await backends(false)).length === 0) throw new Error('not yet')
    })
    await hold.release()
    await (await waiting).release()
    expect(statements).to.deep.equal(['holdfast_wait', 'holdfast_unlock'])
    await Promise.all([a.close(), b.close()])
    await small.end()
  })

  it('asks once for a thousand waiters of one client', async () => {
    const small = poolOf({ max: 4 })
    const a = postgresLocks({ client: small, cluster: 'thousand' })
    const hold = await a.acquire('door')
    let entries = 0
    const waiting = Array.from({ length: 1000 }, () => a.withLock('door', () => void entries++))
    await hold.release()
    await Promise.all(waiting)
    expect(entries).to.equal(1000)
    await a.close()
    await small.end()
  })

  it('gives NO_QUORUM when the server cannot be asked within the wait', async () => {
    const absent = poolOf({ port: 1 })
    const a = postgresLocks({ client: absent })
    for (const call of ['acquire', 'tryAcquire'] as const)
      expect(await errorOf(() => a[call]('door', { wait: 100 }))).to.include({ code: 'NO_QUORUM' })
    await a.close()
    await absent.end()
  })

  it('refuses a user, a database and a sequence that do not do, by what is wrong', async () => {
    await pool.query('CREATE USER poor')
    for (const [option, settings] of [
      ['client', { database: 'nowhere' }],
      ['client', { options: '-c default_transaction_read_only=on' }],
      ['sequence', { user: 'poor' }],
    ] as const) {
      const given = poolOf(settings)
      const a = postgresLocks({ client: given, sequence: 'absent_fence' })
      expect(await errorOf(() => a.acquire('door', { wait: '5s' }))).to.include({ code: 'BAD_OPTION', option })
      await a.close()
      await given.end()
    }
  })

  for (const mode of ['transaction', 'session'] as const)
    it(`${mode === 'session' ? 'works behind' : 'refuses'} a PgBouncer that pools ${mode}s`, async function () {
      await withPgBouncer(this, server.port(), mode, async (port) => {
        const pooled = poolOf({ port, max: 5 })
        await whenReady(() => pooled.query('SELECT 1'))
        const locks = postgresLocks({ client: pooled, cluster: mode })
        if (mode === 'transaction') {
          const error = await errorOf(() => locks.acquire('door', { wait: '5s' }))
          expect(error).to.include({ code: 'BAD_OPTION', option: 'client' })
          expect(error.message).to.include('pool sessions')
        } else {
          const hold = await locks.acquire('door', { wait: '5s' })
          const other = postgresLocks({ client: pool, cluster: mode })
          expect(await other.tryAcquire('door')).to.equal(null)
          await hold.release()
          await (await other.acquire('door', { wait: '5s' })).release()
          await other.close()
        }
        await locks.close()
        await pooled.end()
      })
    })

  it('refuses wrong options by their name', async () => {
    for (const [option, options] of [
      ['client', {}],
      ['client', { client: new Client({}) }],
      // The package postgres: its reserved connections do not tell that they ended.
      ['client', { client: Object.assign(() => {}, { reserve: () => {} }) }],
      ['client', { client: poolOf({ max: 1 }) }],
      ['sequence', { client: pool, sequence: 'x; DROP TABLE y' }],
      ['check', { client: pool, check: 5 }],
      ['lease', { client: pool, lease: '5s' }],
    ] as const)
      expect(await errorOf(() => postgresLocks(options as never))).to.include({ code: 'BAD_OPTION', option })
  })

  it('names what else to choose for a mode that it has not', async () => {
    const a = postgresLocks({ client: pool })
    const error = await errorOf(() => a.acquire('door', { mode: { permits: 3 } }))
    expect(error).to.include({ code: 'BAD_OPTION', option: 'mode' })
    expect(error.message).to.include('createNode')
    await a.close()
  })
})
