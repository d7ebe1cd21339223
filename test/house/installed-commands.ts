/**
 * Runs the command of an installed package so that each program that a command starts in a thread or process of its own is started: a
 * bundler decides where their files are.
 */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'

/** A command line, the exit code if it is not 0, and the file that it writes, if it does. */
const lines: readonly (readonly [line: string, outcome?: number | string])[] = [
  ['--version'],
  ['--help'],
  ['completion bash'],
  ['members --json', 69],
  ['demo --seconds 2 --workers 2 --json'],
  ['sim --seeds 4 --threads 2 --json'],
  ['sim --from 7 --story --whole'],
  ['sim --from 7 --history run.jsonl', 'run.jsonl'],
  ['bench --scenarios reacquire --processes 2 --seconds 1 --warm-up 1 --json'],
  ['lab schema'],
  ['lab new my-mutex.mjs', 'my-mutex.mjs'],
  ['lab check my-mutex.mjs --states 2000 --seeds 4 --json'],
  [
    'lab run --algorithms token-ring,./my-mutex.mjs --nodes 3 --entries 20 --seeds 2 --threads 2 --html report.html --json',
    'report.html',
  ],
  ['lab run --algorithms token-ring --nodes 2 --entries 10 --seeds 1 --real --json'],
  ['lab diagram --out diagram.html', 'diagram.html'],
]

/** Throws when one of them fails. */
export function runInstalledCommands(folder: string): void {
  const command = join(folder, 'node_modules', '.bin', 'holdfast')
  const env = { ...process.env, XDG_STATE_HOME: folder, TMPDIR: folder }
  for (const [line, outcome] of lines) {
    try {
      execFileSync(command, line.split(' '), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number | null; stdout: Buffer; stderr: Buffer }
      if (status === outcome) continue
      throw new Error(`holdfast ${line}: exit ${status}\n${stdout}${stderr}`)
    }
    if (typeof outcome === 'number') throw new Error(`holdfast ${line}: exit 0`)
    if (outcome !== undefined && statSync(join(folder, outcome)).size === 0)
      throw new Error(`holdfast ${line}: ${outcome} is empty`)
  }
  console.log(`${lines.length} command lines ran`)
}
