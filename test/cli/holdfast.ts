/** Runs `holdfast` in a process of its own, while the nodes that it asks live in this one. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The file that the package's command runs. */
export const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** How a command ended, with what it printed. */
export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Resolves when the command has ended. `variables` stand beside those of this process. */
export function holdfast(words: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...variables }
    const child = execFile(process.execPath, [main, ...words], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
