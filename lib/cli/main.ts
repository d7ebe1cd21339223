#!/usr/bin/env node
import { errorRegistry, HoldfastError } from '../base/errors.ts'
import type { Command } from './command.ts'
import { printable, printableLines } from './printable.ts'
import { endWhenOutputCannotBeWritten, processTerminal, type Terminal } from './terminal.ts'
import { CommandFailure, exitCodes, UsageError } from './usage.ts'
import { version } from './version.ts'

/** Each command is a file that is loaded only when asked for, so `holdfast locks` does not pay for the demo. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  members: async () => (await import('./members.ts')).membersCommand,
  locks: async () => (await import('./locks.ts')).locksCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  recover: async () => (await import('./recover.ts')).recoverCommand,
  sim: async () => (await import('./sim.ts')).simCommand,
  lab: async () => (await import('./lab.ts')).labCommand,
}

/** Runs one command line and gives its exit code: 0 clean, 1 not clean, 64 wrong usage, 69 no quorum. Never throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  let command: Command | undefined
  try {
    if (name === undefined) throw new UsageError('a command is missing')
    if (name === '--help' || name === '-h' || name === 'help') {
      terminal.out(await overview())
      return exitCodes.clean
    }
    if (name === '--version') {
      terminal.out(`${version()}\n`)
      return exitCodes.clean
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (load === undefined) throw new UsageError(name.startsWith('-') ? `unknown option '${name}'` : `unknown command '${name}'`)
    command = await load()
    if (asksForHelp(rest)) {
      terminal.out((await command.helpFor?.(rest)) ?? command.help)
      return exitCodes.clean
    }
    return await command.run(rest, terminal)
  } catch (error) {
    return complain(error, { name, command }, terminal)
  }
}

/** `--help` before a `--`, wherever it stands. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  return own.includes('--help') || own.includes('-h')
}

/** What was on the command line, as far as it was understood. */
interface Asked {
  readonly name: string | undefined
  readonly command: Command | undefined
}

/** One clear line for what the user can act on; a stack only for a bug of ours. */
function complain(error: unknown, { name, command }: Asked, terminal: Terminal): number {
  if (error instanceof UsageError) {
    const known = name !== undefined && Object.hasOwn(commands, name)
    terminal.err(`holdfast: ${printableLines(error.message)}\nSee: holdfast ${known ? `${name} ` : ''}--help\n`)
    return exitCodes.usage
  }
  if (error instanceof HoldfastError) {
    const own = command?.advice?.[error.code]
    const advice = own === undefined ? errorRegistry[error.code].advice : `${own}.`
    terminal.err(`holdfast: ${error.code}: ${printable(error.message)}. ${advice}\n`)
    if (error.code === 'NO_QUORUM') return exitCodes.unavailable
    return error.code === 'BAD_OPTION' ? exitCodes.usage : exitCodes.unclean
  }
  if (error instanceof CommandFailure) {
    terminal.err(`holdfast: ${printableLines(error.message)}\n`)
    return exitCodes.unclean
  }
  terminal.err(`holdfast: ${printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
  return exitCodes.unclean
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(10)}${(await load()).summary}`),
  )
  return `holdfast: distributed locks for Node processes, without a lock server

Usage: holdfast COMMAND [OPTION…]

Commands:
${lines.join('\n')}

  --help      this text; with a command, that command's
  --version   the version

Environment: HOLDFAST_JOIN, HOLDFAST_LISTEN, HOLDFAST_ADVERTISE, HOLDFAST_CLUSTER, HOLDFAST_SECRET or
HOLDFAST_SECRET_FILE. Flags beat the environment, which beats a --config file.

Exit: 0 clean, 1 not clean, 64 wrong usage, 69 no quorum, 74 the output cannot be written.
`
}

endWhenOutputCannotBeWritten()
process.exitCode = await main(process.argv.slice(2), processTerminal())
