/** This file declares where a command writes, and wraps the process's own output streams. */
import { exitCodes } from './usage.ts'

/** Where a command writes: the process's own streams, or a test's. */
export interface Terminal {
  /** To stdout: results. */
  out(text: string): void
  /** To stderr: progress and complaints. */
  err(text: string): void
  /** Whether stdout is a terminal that can be drawn on. */
  readonly interactive: boolean
  readonly columns: number
  readonly rows: number
  readonly colors: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The process's own terminal. `NO_COLOR` (any value) and `TERM=dumb` are respected. */
export function processTerminal(): Terminal {
  const dumb = process.env['TERM'] === 'dumb'
  const interactive = process.stdout.isTTY === true && !dumb
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    get columns() {
      // A terminal whose size was never set reports 0.
      return process.stdout.columns || 80
    },
    get rows() {
      return process.stdout.rows || 24
    },
    colors: interactive && (process.env['NO_COLOR'] ?? '') === '',
    environment: process.env,
  }
}

/**
 * A stream reports a failed write later, where no code would catch it. A reader that closed the pipe (`holdfast locks | head -1`)
 * has read enough, so the command ends quietly. A result that is not written (a full disk) is an error, never a clean exit.
 * Progress and errors that are not written have no effect.
 */
export function endWhenOutputCannotBeWritten(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.clean)
    process.stderr.write(`holdfast: the output cannot be written: ${error.message}\n`)
    process.exit(exitCodes.output)
  })
  process.stderr.on('error', () => undefined)
}
