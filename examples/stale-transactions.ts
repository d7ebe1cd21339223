/**
 * A holder that pauses too long comes back with a stale fence to a database. The database refuses it before it reads.
 *
 *   npx tsx examples/stale-transactions.ts
 *
 * You will see the earlier holder of the lock refused by SQLite, and by PostgreSQL if `DATABASE_URL` names one. SQLite is that of Node, from Node 22 on, else
 * the package `node-sqlite3-wasm`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, type Hold, StaleError } from '../lib/index.ts'
import { postgresFences, sqliteFences } from '../lib/recipes/index.ts'
import { openSqlite } from '../test/recipes/sqlite.ts'

interface Client {
  query(text: string, values?: string[]): Promise<{ rows: object[] }>
  connect(): Promise<void>
  end(): Promise<void>
}
// The package has no types of its own.
const packageName: string = 'pg'
const pg = (await import(packageName)).default as { Client: new (options: object) => Client }

/** Runs a step in a transaction, which begins with the check of the fence. */
type Transaction = (fence: bigint, sql: string) => Promise<void>

function inSqlite(path: string): Transaction {
  const database = openSqlite(path)
  database.exec('CREATE TABLE invoices (id int, paid_by text)')
  database.exec('INSERT INTO invoices (id) VALUES (42)')
  const fences = sqliteFences(database)
  return async (fence, sql) => {
    database.exec('BEGIN IMMEDIATE')
    try {
      fences.admit('invoice/42', fence)
      database.exec(sql)
      database.exec('COMMIT')
    } catch (error) {
      database.exec('ROLLBACK')
      throw error
    }
  }
}

async function inPostgres(client: Client): Promise<Transaction> {
  await client.query('CREATE TEMPORARY TABLE invoices (id int, paid_by text)')
  await client.query('INSERT INTO invoices (id) VALUES (42)')
  const fences = postgresFences()
  await fences.prepare(client)
  return async (fence, sql) => {
    await client.query('BEGIN')
    try {
      await fences.admit(client, 'invoice/42', fence)
      await client.query(sql)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    }
  }
}

async function show(name: string, early: Hold, late: Hold, transaction: Transaction): Promise<void> {
  const pay = (by: string): string => `UPDATE invoices SET paid_by = '${by}' WHERE id = 42`
  await transaction(late.fence, pay('the later holder'))
  const error = await transaction(early.fence, pay('the earlier holder')).catch((reason: unknown) => reason)
  if (error instanceof StaleError) console.log(`${name} refused fence ${error.fence}: it knows ${error.highest}`)
}

const folder = mkdtempSync(join(tmpdir(), 'stale-transactions-'))
await using node = await createNode({ join: 'memory', cluster: 'stale-transactions' })
// The first holder pauses, and its lock goes on. That it released the lock stands for the loss of its session.
const early = await node.acquire('invoice/42')
await early.release()
await using late = await node.acquire('invoice/42')

await show('SQLite', early, late, inSqlite(join(folder, 'shop.db')))
const connectionString = process.env['DATABASE_URL']
if (connectionString !== undefined) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await show('PostgreSQL', early, late, await inPostgres(client))
  await client.end()
}
rmSync(folder, { recursive: true })
