/**
 * Runs `holdfast` in this process, where a command takes milliseconds, and in a process of its own, which takes 0.4 s of CPU: what only a process
 * shows (its end, signals, streams) is tested so, and the rest here.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runLine } from '../../lib/cli/run-line.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

/** The file that the package's command runs. */
export const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** How a command ended, with what it printed. */
export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Resolves when the command line has run in this process, at a terminal that is not interactive and has 80 columns unless `terminal` says otherwise. */
export async function holdfast(
  words: readonly string[],
  environment: Terminal['environment'] = {},
  terminal: Partial<Terminal> = {},
  interrupted: AbortSignal = new AbortController().signal,
): Promise<CommandEnd> {
  let stdout = ''
  let stderr = ''
  const written: Terminal = {
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    interactive: false,
    columns: 80,
    rows: 24,
    colors: false,
    environment,
    ...terminal,
  }
  const code = await runLine(words, written, interrupted)
  return { code, stdout, stderr }
}

/** Resolves when the command has ended in a process of its own. `variables` stand beside those of this process. */
export function holdfastProcess(words: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...variables }
    const child = execFile(process.execPath, [main, ...words], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
