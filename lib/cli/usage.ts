/**
 * The fixed exit codes. From 64 on they are those of sysexits: EX_USAGE, EX_UNAVAILABLE (no quorum, or no node runs there),
 * EX_IOERR. An interrupt ends a command with 128 plus the signal's number, as in a shell.
 */
export const exitCodes = { clean: 0, unclean: 1, usage: 64, unavailable: 69, output: 74 } as const

/** The command line was wrong: a message for stderr, and exit 64. The command has had no effect yet. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** A command line that works; undefined for the command's first example, null if none would help. */
  readonly example: string | null | undefined

  constructor(message: string, example?: string | null) {
    super(message)
    this.example = example
  }
}

/** A failure outside of this process, so that the stack is of no use: a message for stderr, and an exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exit: number

  constructor(message: string, exit: number = exitCodes.unclean) {
    super(message)
    this.exit = exit
  }
}
