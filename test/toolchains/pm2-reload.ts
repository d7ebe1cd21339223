import { deepStrictEqual, strictEqual } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ToolProject } from './tool-project.ts'

const instances = 3

/**
 * Starts the workers in cluster mode, reloads them twice while they take turns, and reads their ledger: each worker joined under an address
 * of its own, never were two inside, fences rose throughout, each of them came to its turn, and each old one closed.
 */
export async function checkReload(project: ToolProject): Promise<void> {
  // The path of pm2's unix sockets must be short.
  const home = mkdtempSync(join(tmpdir(), 'pm2-'))
  const ledger = join(project.folder, 'ledger')
  writeFileSync(ledger, '')
  const pm2 = (...args: string[]): Promise<string> => project.tool('pm2', args, { PM2_HOME: home, LEDGER: ledger })
  try {
    await pm2('start', 'ecosystem.config.cjs')
    await pm2('reload', 'ecosystem.config.cjs')
    await pm2('reload', 'ecosystem.config.cjs')
    await pm2('delete', 'worker')
    judge(readFileSync(ledger, 'utf8').trim().split('\n'))
  } finally {
    await pm2('kill')
    rmSync(home, { recursive: true, force: true })
  }
}

function judge(lines: readonly string[]): void {
  const words = lines.map((line) => line.split(' '))
  const of = (kind: string): string[][] => words.filter(([first]) => first === kind)
  deepStrictEqual(of('failed'), [], `workers failed:\n${lines.slice(-20).join('\n')}`)
  const pids = of('started').map(([, pid]) => pid)
  strictEqual(new Set(pids).size, 3 * instances)
  strictEqual(new Set(of('started').map(([, , address]) => address)).size, 3 * instances)
  deepStrictEqual(new Set(of('closed').map(([, pid]) => pid)), new Set(pids))
  let inside: string | undefined
  let highest = 0n
  const entered = new Set<string | undefined>()
  for (const [kind, pid, fence] of words) {
    if (kind === 'enter') {
      strictEqual(inside, undefined, `${pid} enters while ${inside} is inside`)
      strictEqual(BigInt(fence ?? 0) > highest, true, `fence ${fence} after ${highest}`)
      highest = BigInt(fence ?? 0)
      inside = pid
      entered.add(pid)
    } else if (kind === 'leave') {
      strictEqual(inside, pid)
      inside = undefined
    }
  }
  deepStrictEqual(entered, new Set(pids))
}
