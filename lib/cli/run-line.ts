/** This file runs one command line: it finds the command, parses its options, and turns errors into exit codes. */
import { commandNamed, groups, namesIn } from './commands.ts'
import { complaintOf, complaintText } from './complaint.ts'
import { untilSignalsAreHeard } from './interrupts.ts'
import { parse } from './parse.ts'
import type { Spec } from './spec.ts'
import type { Terminal } from './terminal.ts'
import { exampleOfGroup, unknownCommand } from './unknown-command.ts'
import { exitCodes, UsageError } from './usage.ts'
import { version } from './version.ts'

/**
 * Runs one command line and gives its exit code: 0 clean, 1 not clean, 64 wrong usage, 69 no quorum or no node there. Never throws.
 *
 * @param interrupted ends the command early; its report of that is not an error.
 */
export async function runLine(typed: readonly string[], terminal: Terminal, interrupted: AbortSignal): Promise<number> {
  const own = beforeDashes(typed)
  const json = own.includes('--json')
  const words = typed[0] === '--json' ? [...typed.slice(1, own.length), '--json', ...typed.slice(own.length)] : typed
  const asked: Asked = { name: '', spec: null }
  try {
    const help = helpAsked(words)
    if (help !== null) (await import('./help-command.ts')).tellHelp(help, json, terminal)
    else if (words[0] === '--version' || words[0] === '-v') tellVersion(json, terminal)
    else return await runCommand(words, asked, terminal, interrupted)
    return exitCodes.clean
  } catch (error) {
    // A signal to the whole group may have ended a child first.
    await untilSignalsAreHeard()
    if (interrupted.aborted) return exitCodes.unclean
    const complaint = complaintOf(error, asked.name, asked.spec)
    terminal.err(complaintText(complaint, json))
    return complaint.exit
  }
}

/** What was on the command line, as far as it was understood. */
interface Asked {
  /** A command or a group of commands. */
  name: string
  spec: Spec | null
}

/**
 * The command whose help is wanted by `--help`, `-h`, or `help` within a group; null without one. An unknown command is an error
 * elsewhere.
 */
function helpAsked(words: readonly string[]): readonly string[] | null {
  const own = beforeDashes(words)
  const [first = '', second = ''] = own
  const isGroup = Object.hasOwn(groups, first)
  if (isGroup && second === 'help') return [first, ...own.slice(2).filter((word) => !word.startsWith('-'))]
  if (!own.includes('--help') && !own.includes('-h')) return null
  if (first.startsWith('-')) return first === '--help' || first === '-h' ? [] : null
  if (isGroup) return second.startsWith('-') ? [first] : [first, second]
  return commandNamed(first) === undefined ? null : [first]
}

async function runCommand(words: readonly string[], asked: Asked, terminal: Terminal, interrupted: AbortSignal): Promise<number> {
  const [first = '--json', second = '--json'] = words
  const isGroup = Object.hasOwn(groups, first)
  if (isGroup) asked.name = first
  if (first === '--json') throw new UsageError('a command is missing')
  if (isGroup && second === '--json') {
    throw new UsageError(`${first}: a command is missing: ${namesIn(first).join(', ')}`, exampleOfGroup(first))
  }
  const path = isGroup ? [first, second] : [first]
  const command = commandNamed(path.join(' '))
  if (command === undefined) throw unknownCommand(path)
  const { spec } = command
  asked.spec = spec
  asked.name = spec.name
  const given = parse(words.slice(path.length), spec)
  const run = await command.load()
  interrupted.throwIfAborted()
  return await run(given, terminal, interrupted)
}

function tellVersion(json: boolean, terminal: Terminal): void {
  terminal.out(json ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`)
}

function beforeDashes(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--')
  return end === -1 ? words : words.slice(0, end)
}
