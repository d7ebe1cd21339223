import type { Terminal } from './terminal.ts'

/** One command of `holdfast`: what it is for, and what it does with its arguments. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** What `holdfast COMMAND --help` prints. */
  readonly help: string
  /**
   * Runs it and gives the exit code.
   *
   * @throws UsageError for wrong arguments (exit 64); HoldfastError for what the library refuses (exit 1).
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}
