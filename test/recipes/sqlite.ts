/** SQLite for tests: `node:sqlite` where this Node has it, else the same library compiled to WebAssembly, with files on the disk. */
import type { SqliteDatabase } from '../../lib/recipes/index.ts'

/** A database, as both have it. */
export interface TestDatabase extends SqliteDatabase {
  exec(sql: string): void
  close(): void
}

interface WasmDatabase {
  exec(sql: string): void
  close(): void
  prepare(sql: string): { run(values: readonly string[]): unknown; get(values: readonly string[]): unknown; finalize(): void }
}

/** Opens a database in a file. */
export const openSqlite: (path: string) => TestDatabase = await (async () => {
  const builtIn: string = 'node:sqlite'
  const { DatabaseSync } = (await import(builtIn).catch(() => ({}))) as { DatabaseSync?: new (path: string) => TestDatabase }
  if (DatabaseSync !== undefined) return (path: string) => new DatabaseSync(path)
  const wasm: string = 'node-sqlite3-wasm'
  const { Database } = ((await import(wasm)) as { default: { Database: new (path: string) => WasmDatabase } }).default
  return (path: string) => adapted(new Database(path))
})()

function adapted(database: WasmDatabase): TestDatabase {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => {
      const once = (call: 'run' | 'get', values: readonly string[]): unknown => {
        const statement = database.prepare(sql)
        try {
          return statement[call](values)
        } finally {
          statement.finalize()
        }
      }
      return { run: (...values) => once('run', values), get: (...values) => once('get', values) }
    },
  }
}
