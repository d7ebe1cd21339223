/** This file runs `holdfast help`, and answers words that name no command. */
import { nearestName } from '../base/nearest.ts'
import { commandNamed, commands, commandsOf, firstWords, groups, namesIn } from './commands.ts'
import { dataOf, groupHelp, helpOf, overview } from './help.ts'
import { didYouMean, listed } from './option.ts'
import type { CommandAction } from './spec.ts'
import type { helpSpec } from './table/own.ts'
import type { Terminal } from './terminal.ts'
import { exitCodes, UsageError } from './usage.ts'

/** `holdfast help` */
export const runHelp: CommandAction<typeof helpSpec.options> = async ({ args, json }, terminal) => {
  tellHelp(args, json, terminal)
  return exitCodes.clean
}

/**
 * Prints the help of what these words name: a command, a group of commands, or everything.
 *
 * @throws UsageError when they name nothing.
 */
export function tellHelp(words: readonly string[], json: boolean, terminal: Terminal): void {
  const name = words.join(' ')
  const command = commandNamed(name)
  const group = Object.hasOwn(groups, name) ? commandsOf(name) : null
  if (command === undefined && group === null && name !== '') throw unknownCommand(words)
  if (json) {
    const data = command === undefined ? (group ?? commands).map(({ spec }) => dataOf(spec)) : dataOf(command.spec)
    return terminal.out(`${JSON.stringify(data)}\n`)
  }
  if (command !== undefined) return terminal.out(helpOf(command.spec, terminal.columns))
  terminal.out(group === null ? overview(terminal.columns) : groupHelp(name, terminal.columns))
}

/** A command line of that group. */
export function exampleOfGroup(group: string): string {
  return `holdfast ${commandsOf(group)[0]?.spec.examples[0].line}`
}

/** The complaint about words that name no command, with the nearest one that there is. */
export function unknownCommand(words: readonly string[]): UsageError {
  const [first = '', second] = words
  const isGroup = Object.hasOwn(groups, first)
  if (isGroup && second !== undefined) {
    const nearest = nearestName(second, namesIn(first))
    const cure = nearest === null ? `: ${first} has ${listed(namesIn(first), 'and')}` : `; did you mean '${first} ${nearest}'?`
    return new UsageError(`unknown command '${first} ${second}'${cure}`, exampleOfGroup(first))
  }
  if (commandNamed(first) !== undefined)
    return new UsageError(`unknown command '${words.join(' ')}': ${first} has no commands of its own`)
  if (first.startsWith('-')) {
    const meant = didYouMean(first, ['--help', '--version', '--json'])
    return new UsageError(
      `unknown option '${first}'${meant || ": holdfast has --help, --version and --json; a command's options follow its name"}`,
    )
  }
  const own = commands.find(({ spec }) => spec.name.split(' ')[1] === first)
  const meant = own === undefined ? didYouMean(first, firstWords) : `; did you mean '${own.spec.name}'?`
  return new UsageError(`unknown command '${first}'${meant || `: holdfast has ${listed(firstWords, 'and')}`}`)
}
