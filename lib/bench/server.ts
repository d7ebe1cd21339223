/** This file starts the servers of PostgreSQL and Redis that the bench compares with, and reads how much processor time they take. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A server of locks, started for one run. */
export interface LockServer {
  readonly port: number
  /** The processor time of all its processes so far; null where the kernel does not tell. */
  cpuUs(): number | null
  stop(): Promise<void>
}

const readyMsMax = 30_000

/** Starts a Redis server that stores nothing. Resolves with null if there is none on the PATH. */
export async function startRedis(folder: string): Promise<LockServer | null> {
  const command = findCommand('redis-server', [])
  if (command === null) return null
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  return serverOf(spawn(command, args, { stdio: 'ignore' }), port, 'SIGTERM')
}

/** Starts a PostgreSQL server with its default settings. Resolves with null if there is none on the PATH or in the folders of Debian. */
export async function startPostgres(folder: string): Promise<LockServer | null> {
  const initdb = findCommand('initdb', debianFolders())
  const postgres = findCommand('postgres', debianFolders())
  if (initdb === null || postgres === null) return null
  const data = join(folder, 'postgres')
  mkdirSync(data, { mode: 0o700 })
  const user = otherUser()
  if (user !== null) for (const path of [folder, data]) chownSync(path, user.uid, user.gid)
  const options = { stdio: 'ignore', cwd: folder, ...user } as const
  const made = spawnSync(initdb, ['-D', data, '-A', 'trust', '-U', 'bench', '--no-locale', '-E', 'UTF8'], options)
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status ?? made.signal}: no PostgreSQL server was started`)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=1000']
  const args = ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])]
  return serverOf(spawn(postgres, args, options), port, 'SIGINT')
}

/** Calls it until it succeeds: a server does not answer as soon as its process runs. */
export async function whenReady<T>(call: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + readyMsMax
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await pause(100)
    }
  }
}

function serverOf(child: ChildProcess, port: number, endSignal: 'SIGTERM' | 'SIGINT'): LockServer {
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    port,
    cpuUs: () => (child.pid === undefined ? null : cpuUsOf(child.pid)),
    async stop() {
      child.kill(endSignal)
      await ended
      process.off('exit', kill)
    },
  }
}

/** The time of a process and of its children, also of those that have ended. */
function cpuUsOf(pid: number): number | null {
  try {
    let ticks = 0
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue
      const fields = statOf(entry)
      if (fields === null) continue
      const isServer = Number(entry) === pid
      if (!isServer && Number(fields[1]) !== pid) continue
      const own = Number(fields[11]) + Number(fields[12])
      ticks += isServer ? own + Number(fields[13]) + Number(fields[14]) : own
    }
    return ticks * 10_000
  } catch {
    return null
  }
}

/** What follows the name of a process in its `stat`; null if it has ended. */
function statOf(pid: string): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function findCommand(name: string, folders: readonly string[]): string | null {
  const all = [...(process.env['PATH'] ?? '').split(delimiter), ...folders]
  return all.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

function debianFolders(): readonly string[] {
  const parent = '/usr/lib/postgresql'
  return existsSync(parent) ? readdirSync(parent).map((version) => join(parent, version, 'bin')) : []
}

/** PostgreSQL refuses to run as root: then it runs as the user postgres, or as nobody. */
function otherUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const [, uid, gid] = /^(?:postgres|nobody):[^:]*:(\d+):(\d+)/m.exec(sortedUsers()) ?? []
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}

function sortedUsers(): string {
  return readFileSync('/etc/passwd', 'utf8').split('\n').sort().reverse().join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
