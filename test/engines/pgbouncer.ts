/** PgBouncer between a test and its PostgreSQL, on a free port of loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const command = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path))

/** Runs `use` with the port of a PgBouncer that pools sessions or transactions; skips the test where there is none, and says why. */
export async function withPgBouncer(
  test: Mocha.Context,
  serverPort: number,
  poolMode: 'session' | 'transaction',
  use: (port: number) => Promise<void>,
): Promise<void> {
  if (command === undefined) {
    if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error('pgbouncer is not installed')
    console.log('      skipped: pgbouncer is not installed')
    test.skip()
  }
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-pgbouncer-'))
  const port = await freePort()
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${serverPort} user=bench`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${poolMode}`,
  ]
  writeFileSync(join(folder, 'pgbouncer.ini'), settings.join('\n'))
  chmodSync(folder, 0o755)
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : []
  const child = spawn(command as string, ['-q', ...user, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  try {
    await use(port)
  } finally {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
