/** Servers of the engines under test, each started once for a file on a free port of loopback, and stopped at its end. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LockServer, startPostgres, startRedis } from '../../lib/bench/server.ts'

/** A server, from `before` until `after` of the block that asks for it. */
export interface TestServer {
  port(): number
}

/** Starts a server before the tests of this block, or skips them and says why. `disconnect` comes before its end. */
export function withServer(kind: 'redis-server' | 'postgresql', disconnect: () => unknown): TestServer {
  let folder: string
  let server: LockServer | null = null

  before(async function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-engine-'))
    server = await (kind === 'postgresql' ? startPostgres(folder) : startRedis(folder))
    if (server !== null) return
    const why = `${kind} is not installed`
    if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error(why)
    console.log(`      skipped: ${why}`)
    this.skip()
  })

  after(async () => {
    await disconnect()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  return { port: () => server?.port ?? 0 }
}
