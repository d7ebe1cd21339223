import type { ErrorCode } from '../base/errors.ts'
import type { Terminal } from './terminal.ts'

/** One command of `holdfast`: what it is for, and what it does with its arguments. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** What `holdfast COMMAND --help` prints. */
  readonly help: string
  /** What to do about an error, where the registry's advice is for somebody else. Without the full stop. */
  readonly advice?: Readonly<Partial<Record<ErrorCode, string>>>
  /** The help of what these arguments begin with, for a command of several commands. */
  helpFor?(args: readonly string[]): Promise<string>
  /**
   * Runs it and gives the exit code.
   *
   * @throws UsageError for wrong arguments (exit 64); HoldfastError for what the library refuses (exit 1, or 69 for NO_QUORUM).
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}
