/** This file runs `holdfast help`. */
import { commandNamed, commands, commandsOf, groups } from './commands.ts'
import { dataOf, groupHelp, helpOf, overview } from './help.ts'
import type { CommandAction } from './spec.ts'
import type { helpSpec } from './table/own.ts'
import type { Terminal } from './terminal.ts'
import { unknownCommand } from './unknown-command.ts'
import { exitCodes } from './usage.ts'

/** `holdfast help` */
export const runHelp: CommandAction<typeof helpSpec.options> = async ({ args, json }, terminal) => {
  tellHelp(args, json, terminal)
  return exitCodes.clean
}

/**
 * Prints the help of the command or the group that these words name, or of all commands.
 *
 * @throws UsageError if they name none.
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
