/**
 * This file declares what the command line knows of a command without running it. Parsing, help, completion, the man page and
 * the advice in errors are all made from it, so that they cannot contradict each other.
 */
import type { Completes, Options, ValuesOf } from './option.ts'
import type { Terminal } from './terminal.ts'

export interface Argument {
  /** In capitals, as help writes it. */
  readonly name: string
  readonly isOptional: boolean
  readonly example: string
  readonly completes: Completes
}

export interface Example {
  /** What follows `holdfast`. */
  readonly line: string
  readonly says: string
}

export interface Spec<Table extends Options = Options> {
  /** As it is typed after `holdfast`: `lab run`. */
  readonly name: string
  /** One line for lists of commands. */
  readonly summary: string
  /** Paragraphs for help. */
  readonly about: readonly string[]
  readonly args: readonly Argument[]
  readonly options: Table
  /** The shape of what `--json` prints. */
  readonly json: string
  /** The first one is shown with errors that have no example of their own. */
  readonly examples: readonly [Example, ...Example[]]
  /** Exit codes, besides 64 and that of an interrupt. */
  readonly exits: Readonly<Record<number, string>>
}

/** Keeps the types of the options. */
export function spec<const Table extends Options>(of: Spec<Table>): Spec<Table> {
  return of
}

/** A command line that was understood. */
export interface Invocation<Table extends Options = Options> {
  readonly values: ValuesOf<Table>
  readonly args: readonly string[]
  /** Whether one JSON document is wanted. */
  readonly json: boolean
  /** The names of the options that were typed. */
  readonly typed: ReadonlySet<string>
  /** The words after the command's name. */
  readonly words: readonly string[]
}

/**
 * Runs a command and gives its exit code. When `interrupted` aborts, it ends soon and leaves no process and no file behind.
 *
 * @throws UsageError for wrong arguments (exit 64); HoldfastError for an error of the library.
 */
export type CommandAction<Table extends Options = Options> = (
  given: Invocation<Table>,
  terminal: Terminal,
  interrupted: AbortSignal,
) => Promise<number>
