/** This file answers a command line that names no command. */
import { nearestName } from '../base/nearest.ts'
import { commandNamed, commands, commandsOf, firstWords, groups, namesIn } from './commands.ts'
import { didYouMean, listed } from './option.ts'
import { UsageError } from './usage.ts'

/** A command line of that group. */
export function exampleOfGroup(group: string): string {
  return `holdfast ${commandsOf(group)[0]?.spec.examples[0].line}`
}

/** The error for words that name no command, with the nearest command. */
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
