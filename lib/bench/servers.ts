/** This file finds out which rivals can run on this machine, and starts the servers that they need. */
import { withFolder } from '../children/folder.ts'
import { packageOf, preparePostgres } from './rivals.ts'
import type { OtherSystem, System } from './rows.ts'
import { type LockServer, startPostgres, startRedis, whenReady } from './server.ts'

/** The rivals that can run, and their servers. */
export interface Servers {
  readonly rivals: readonly OtherSystem[]
  /** The server of a system; undefined if it has none. */
  of(system: System): LockServer | undefined
}

/**
 * Runs `use` with the servers of these rivals, and stops them afterwards. A rival whose package or server is not installed is left out.
 *
 * @param say told which rival is left out and why
 */
export function withServers<T>(
  wanted: readonly OtherSystem[],
  say: (text: string) => void,
  use: (servers: Servers) => Promise<T>,
): Promise<T> {
  return withFolder('holdfast-bench-servers-', async (folder) => {
    const running = new Map<OtherSystem, LockServer>()
    const rivals: OtherSystem[] = []
    let redis: LockServer | null | undefined
    try {
      for (const rival of wanted) {
        if (!(await hasPackage(rival))) {
          say(`${rival} is left out: install the package ${packageOf[rival]} beside holdfast`)
          continue
        }
        if (rival !== 'async-mutex') {
          const isPostgres = rival === 'postgres-advisory'
          const server = isPostgres ? await startPostgres(folder) : (redis ??= await startRedis(folder))
          if (server === null) {
            say(`${rival} is left out: install ${isPostgres ? 'PostgreSQL' : 'redis-server'}, or put it on the PATH`)
            continue
          }
          running.set(rival, server)
          if (isPostgres) await whenReady(() => preparePostgres(server.port))
        }
        rivals.push(rival)
      }
      return await use({ rivals, of: (system) => running.get(system as OtherSystem) })
    } finally {
      await Promise.all([...new Set(running.values())].map((server) => server.stop()))
    }
  })
}

async function hasPackage(rival: OtherSystem): Promise<boolean> {
  try {
    await import(packageOf[rival])
    return true
  } catch {
    return false
  }
}
