import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { whenReady } from '../../lib/bench/server.ts'
import { fenceGuard } from '../../lib/index.ts'
import { type FenceMode, type PgQueries, postgresFences, type SqliteDatabase, sqliteFences } from '../../lib/recipes/index.ts'
import { withServer } from '../engines/servers.ts'
import { errorOf } from '../port/engine.ts'
import { openSqlite, type TestDatabase } from './sqlite.ts'

interface PgClient extends PgQueries {
  query(text: string, values?: string[]): Promise<{ rows: Record<string, unknown>[] }>
  release(): void
}
interface PgPool extends PgQueries {
  query(text: string, values?: string[]): Promise<{ rows: Record<string, unknown>[] }>
  connect(): Promise<PgClient>
  on(event: 'error', listener: () => void): void
  end(): Promise<void>
}
const name: string = 'pg'
const { Pool } = ((await import(name)) as { default: { Pool: new (options: object) => PgPool } }).default

type Admit = (resource: string, fence: bigint, mode?: FenceMode) => unknown

/** Around the integers that a double of JavaScript can tell apart. */
const big = 2n ** 53n
const fences = [1n, 2n, 3n, big - 1n, big, big + 1n, big + 2n, 2n ** 63n - 2n, 2n ** 63n - 1n]

let resources = 0
const newResource = (): string => `invoice/${++resources}`

function commonStories(admitOf: () => Admit): void {
  it('admits and refuses what the guard in memory does, fences beyond 2^53 included', async () => {
    const admit = admitOf()
    const step = fc.tuple(fc.constantFrom(...fences), fc.constantFrom<FenceMode>('exclusive', 'shared'))
    const story = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const model = fenceGuard()
      const resource = newResource()
      for (const [fence, mode] of steps) {
        const { highest, highestExclusive } = model
        const error = await errorOf(async () => admit(resource, fence, mode)).catch(() => undefined)
        if (model.admit(fence, mode)) expect(error).to.equal(undefined)
        else expect(error).to.include({ code: 'STALE', fence, highest: mode === 'shared' ? highestExclusive : highest })
      }
    })
    await fc.assert(story, { numRuns: 60 })
  })

  it('names both fences in the error, and shows them as JSON', async () => {
    const admit = admitOf()
    await admit('door', big + 1n)
    const error = await errorOf(async () => admit('door', big))
    expect(error).to.include({ code: 'STALE', name: 'StaleError', definite: true, fence: big, highest: big + 1n })
    expect(error.message).to.equal(`'door' refused fence ${big}: it has admitted ${big + 1n}, so a later holder has been there`)
    expect(JSON.parse(JSON.stringify(error))).to.include({ code: 'STALE', fence: String(big), highest: String(big + 1n) })
  })

  it('keeps resources apart, whatever their names are', async () => {
    const admit = admitOf()
    for (const resource of ["a'; DROP TABLE holdfast_fences; --", 'ä', '$1', '?']) {
      await admit(resource, 7n)
      expect(await errorOf(async () => admit(resource, 6n)), resource).to.include({ code: 'STALE' })
    }
  })

  it('rejects wrong arguments, and stores nothing', async () => {
    const admit = admitOf() as (...args: unknown[]) => unknown
    for (const fence of [undefined, null, 5, '5', 0n, -1n, 2n ** 63n, Number.NaN])
      expect(await errorOf(async () => admit('x', fence)), String(fence)).to.include({ code: 'BAD_OPTION', option: 'fence' })
    for (const resource of [undefined, '', 5, 'a\0b'])
      expect(await errorOf(async () => admit(resource, 5n)), String(resource)).to.include({
        code: 'BAD_OPTION',
        option: 'resource',
      })
    for (const mode of ['upgradable', 3, null])
      expect(await errorOf(async () => admit('x', 5n, mode)), String(mode)).to.include({ code: 'BAD_OPTION', option: 'mode' })
    await admit('x', 1n)
  })
}

const wrongTables = ['', 'Fences', 'a b', 'a;b', 'a.b.c', '1a', 5, null]

describe('fences in PostgreSQL', () => {
  const server = withServer('postgresql', () => pool?.end())
  let pool: PgPool
  const guard = postgresFences()

  before(async function () {
    this.timeout(60_000)
    pool = new Pool({ host: '127.0.0.1', port: server.port(), user: 'bench', database: 'postgres', max: 20 })
    pool.on('error', () => {})
    await whenReady(() => pool.query('SELECT 1'))
    await Promise.all(Array.from({ length: 10 }, () => guard.prepare(pool)))
  })

  commonStories(() => (resource, fence, mode) => guard.admit(pool, resource, fence, mode))

  it('admit of many holders at once as many as are in order, and end with the highest', async () => {
    const all = Array.from({ length: 40 }, (_, i) => big + BigInt(i))
    const shuffled = all.map((fence, i) => ({ fence, at: (i * 17) % 40 })).sort((a, b) => a.at - b.at)
    const outcomes = await Promise.allSettled(shuffled.map(({ fence }) => guard.admit(pool, 'crowd', fence)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).to.include({ code: 'STALE' })
    expect(outcomes[shuffled.findIndex(({ fence }) => fence === all.at(-1))]).to.include({ status: 'fulfilled' })
    expect(await errorOf(() => guard.admit(pool, 'crowd', all.at(-2) as bigint))).to.include({ highest: all.at(-1) })
  })

  it('let no later holder in while a transaction that was admitted is open', async () => {
    await pool.query('CREATE TABLE accounts (name text PRIMARY KEY, balance int)')
    await pool.query("INSERT INTO accounts VALUES ('ann', 10)")
    const [early, late] = [await pool.connect(), await pool.connect()]
    await early.query('BEGIN')
    await late.query('BEGIN')
    await guard.admit(early, 'ann', 5n)
    // The earlier holder pauses between its check and its write.
    const admitted = guard.admit(late, 'ann', 6n).then(() => 'admitted')
    await blocked(pool)
    await early.query("UPDATE accounts SET balance = 11 WHERE name = 'ann'")
    await early.query('COMMIT')
    expect(await admitted).to.equal('admitted')
    expect((await late.query('SELECT balance FROM accounts')).rows).to.deep.equal([{ balance: 11 }])
    await late.query('COMMIT')
    await early.query('BEGIN')
    expect(await errorOf(() => guard.admit(early, 'ann', 5n))).to.include({ code: 'STALE', highest: 6n })
    await early.query('ROLLBACK')
    early.release()
    late.release()
  })

  it('forget a fence whose transaction was rolled back', async () => {
    const client = await pool.connect()
    await client.query('BEGIN')
    await guard.admit(client, 'undone', 9n)
    await client.query('ROLLBACK')
    client.release()
    await guard.admit(pool, 'undone', 8n)
  })

  it('stand in a table that the user names, and take a client that gives bare rows', async () => {
    await pool.query('CREATE SCHEMA shop')
    const own = postgresFences({ table: 'shop.marks' })
    const client: PgQueries = { query: async (text, values) => (await pool.query(text, values)).rows }
    await own.prepare(client)
    await own.admit(client, 'x', 3n)
    expect((await pool.query('SELECT * FROM shop.marks')).rows).to.deep.equal([
      { resource: 'x', fence: '3', exclusive_fence: '3' },
    ])
    expect(await errorOf(() => own.admit(client, 'x', 2n))).to.include({ code: 'STALE' })
  })

  it('refuse wrong options and clients, and pass the errors of a client on', async () => {
    for (const table of wrongTables)
      expect(await errorOf(() => postgresFences({ table: table as string })), String(table)).to.include({ option: 'table' })
    expect(await errorOf(() => postgresFences({ tabel: 'x' } as object))).to.include({ option: 'tabel' })
    for (const client of [null, {}, { query: 5 }, { query: async () => null }, { query: async () => ({ rows: 5 }) }])
      expect(await errorOf(() => guard.admit(client as unknown as PgQueries, 'x', 1n))).to.include({
        code: 'BAD_OPTION',
        option: 'client',
      })
    expect(await errorOf(() => guard.admit({ query: async () => [] }, 'x', 1n))).to.include({ option: 'client' })
    const broken = new Error('the network is down')
    expect(await errorOf(() => guard.admit({ query: () => Promise.reject(broken) }, 'x', 1n))).to.equal(broken)
    expect(await errorOf(() => guard.prepare({ query: () => Promise.reject(broken) }))).to.equal(broken)
  })
})

describe('fences in SQLite', () => {
  let folder: string
  let databases: TestDatabase[]
  const open = (): TestDatabase => {
    const database = openSqlite(join(folder, 'shop.db'))
    databases.push(database)
    return database
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
    databases = []
  })

  afterEach(() => {
    for (const database of databases) database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  commonStories(() => sqliteFences(open()).admit)

  it('are shared by the connections of a file, and outlast them', () => {
    sqliteFences(open()).admit('x', big + 2n)
    for (const database of databases.splice(0)) database.close()
    expect(() => sqliteFences(open()).admit('x', big + 1n))
      .to.throw('later holder')
      .with.property('code', 'STALE')
  })

  it('let no later holder in while a transaction that was admitted is open', () => {
    const [early, late] = [open(), open()]
    early.exec('CREATE TABLE accounts (name text PRIMARY KEY, balance int)')
    early.exec("INSERT INTO accounts VALUES ('ann', 10)")
    const [first, second] = [sqliteFences(early), sqliteFences(late)]
    early.exec('BEGIN IMMEDIATE')
    first.admit('ann', 5n)
    expect(() => late.exec('BEGIN IMMEDIATE')).to.throw(/locked/)
    early.exec("UPDATE accounts SET balance = 11 WHERE name = 'ann'")
    early.exec('COMMIT')
    late.exec('BEGIN IMMEDIATE')
    second.admit('ann', 6n)
    expect(late.prepare('SELECT balance FROM accounts').get()).to.include({ balance: 11 })
    late.exec('COMMIT')
    early.exec('BEGIN IMMEDIATE')
    expect(() => first.admit('ann', 5n))
      .to.throw()
      .with.property('highest', 6n)
    early.exec('ROLLBACK')
  })

  it('refuse wrong options and databases', () => {
    for (const table of wrongTables)
      expect(() => sqliteFences(open(), { table: table as string }), String(table))
        .to.throw()
        .with.property('option', 'table')
    const statement = { run: () => ({}), get: async () => ({}) }
    const asynchronous = { prepare: () => statement } as unknown as SqliteDatabase
    for (const database of [null, {}, { prepare: 5 }])
      expect(() => sqliteFences(database as SqliteDatabase))
        .to.throw()
        .with.property('option', 'database')
    expect(() => sqliteFences(asynchronous).admit('x', 1n))
      .to.throw('asynchronous')
      .with.property('option', 'database')
  })
})

/** Resolves when a backend waits for the lock of a row. */
async function blocked(pool: PgPool): Promise<void> {
  const text = "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
  await whenReady(async () => {
    if ((await pool.query(text)).rows[0]?.['waiting'] === 0) throw new Error('nothing waits yet')
  })
}
