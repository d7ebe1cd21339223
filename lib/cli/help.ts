/** This file writes the output of `--help` from the table of commands. */
import { commandsOf, firstWords, groups, commandNamed } from './commands.ts'
import { precedence, variables } from './environment.ts'
import { commonOptions } from './parse.ts'
import type { Options } from './option.ts'
import type { Spec } from './spec.ts'
import { wrap } from './wrap.ts'

/** What `holdfast COMMAND --help` prints. */
export function helpOf(spec: Spec, columns: number): string {
  const width = widthFor(columns)
  const about = spec.about.flatMap((paragraph, at) => [
    ...(paragraph.startsWith('  ') && spec.about[at - 1]?.startsWith('  ') ? [] : ['']),
    ...paragraphLines(paragraph, width),
  ])
  const examples = spec.examples.flatMap(({ line, says }) => [`  holdfast ${line}`, ...wrap(says, width, '      ')])
  return joined([
    ...wrap(`holdfast ${spec.name}: ${spec.summary}`, width),
    '',
    `Usage: ${usageOf(spec)}`,
    ...about,
    '',
    'Options:',
    ...rows(optionRows(spec), width),
    '',
    'Examples:',
    ...examples,
    '',
    'Exit codes:',
    ...rows(exitRows(spec), width),
  ])
}

/** What `holdfast --help` prints. */
export function overview(columns: number): string {
  const width = widthFor(columns)
  const list = firstWords.map((word): Definition => [word, groups[word] ?? commandNamed(word)?.spec.summary ?? ''])
  return joined([
    ...wrap('holdfast: distributed locks for Node processes, without a lock server', width),
    '',
    'Usage: holdfast COMMAND [OPTION]…',
    '',
    'Commands:',
    ...rows(list, width),
    '',
    'Options:',
    ...rows(generalOptions, width),
    '',
    ...wrap(environmentText(), width),
    '',
    'Exit codes:',
    ...rows(generalExits, width),
    '',
    ...wrap("'holdfast help COMMAND' explains one of them.", width),
  ])
}

/** What `holdfast lab --help` prints. */
export function groupHelp(group: string, columns: number): string {
  const width = widthFor(columns)
  return joined([
    ...wrap(`holdfast ${group}: ${groups[group]}`, width),
    '',
    `Usage: holdfast ${group} COMMAND [OPTION]…`,
    '',
    'Commands:',
    ...rows(
      commandsOf(group).map(({ spec }) => [spec.name.slice(group.length + 1), spec.summary]),
      width,
    ),
    '',
    ...wrap(`'holdfast help ${group} COMMAND' explains one of them.`, width),
  ])
}

/** How a command is typed. */
export function usageOf({ name, args }: Spec): string {
  return ['holdfast', name, ...args.map((each) => (each.isOptional ? `[${each.name}]` : each.name)), '[OPTION]…'].join(' ')
}

/** A term and what it means. */
export type Definition = readonly [term: string, says: string]

/** The options that need no command. */
export const generalOptions: readonly Definition[] = [
  ['--help', "print this text; after a command, that command's help (also -h)"],
  ['--version', 'print the version (also -v)'],
  ['--json', 'print one JSON document, also for errors; every command has it'],
]

function environmentText(): string {
  const names = variables.map(([name]) => name).filter((name) => name !== 'NO_COLOR')
  return `Environment: ${names.join(', ')}; NO_COLOR for no colours. ${precedence}`
}

/** The exit codes that are the same for all commands. */
export const generalExits: readonly Definition[] = [
  ['0', 'clean'],
  ['1', 'not clean, or an error'],
  ['64', 'wrong usage'],
  ['69', 'no node of the cluster runs there, or no quorum'],
  ['74', 'the output cannot be written'],
  ['130', 'interrupted by Ctrl-C; 143 by SIGTERM, 129 by SIGHUP'],
]

/** All options of a command with what they mean. */
export function optionRows(spec: Spec): readonly Definition[] {
  const own: Options = spec.options
  return Object.entries({ ...own, ...commonOptions }).map(([name, { placeholder, says }]) => [
    placeholder === null ? `--${name}` : `--${name} ${placeholder}`,
    name === 'json' ? `${says}: ${spec.json}` : says,
  ])
}

/** All exit codes of a command with what they mean. */
export function exitRows({ exits }: Spec): readonly Definition[] {
  const own = Object.entries(exits)
  return generalExits.flatMap(([code, says]): readonly Definition[] => {
    const said = own.find(([each]) => each === code)
    if (said !== undefined) return [said]
    return code === '64' || code === '130' ? [[code, says]] : []
  })
}

const termMax = 22

function rows(list: readonly Definition[], width: number): readonly string[] {
  const terms = list.map(([term]) => term.length).filter((length) => length <= termMax)
  const indent = Math.min(4 + Math.max(0, ...terms), Math.max(6, Math.floor(width / 3)))
  return list.flatMap(([term, says]) => {
    if (term.length + 4 > indent) return [`  ${term}`, ...wrap(says, width, ' '.repeat(indent))]
    return wrap(says, width, `  ${term}`.padEnd(indent), ' '.repeat(indent))
  })
}

function paragraphLines(paragraph: string, width: number): readonly string[] {
  const row = termOf(paragraph)
  return row === null ? wrap(paragraph, width) : wrap(row[1], width, `  ${row[0].padEnd(11)}`, ' '.repeat(13))
}

/** The term that a paragraph of a command's text explains: it begins with two spaces, the term, and more spaces. Null for other paragraphs. */
export function termOf(paragraph: string): Definition | null {
  const [, term, says] = /^ {2}(\S+) +(.*)$/.exec(paragraph) ?? []
  return term === undefined || says === undefined ? null : [term, says]
}

/** Longer lines are hard to read on any terminal. */
function widthFor(columns: number): number {
  return Math.max(20, Math.min(columns, 100))
}

function joined(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

/** The table of commands as data, for `help --json`. */
export function dataOf(spec: Spec): object {
  const options = Object.entries<Options[string]>({ ...spec.options, ...commonOptions }).map(([name, option]) => ({
    name: `--${name}`,
    value: option.placeholder,
    says: option.says,
  }))
  const { name, summary, args, json, examples, exits } = spec
  const named = args.map((each) => ({ name: each.name, isOptional: each.isOptional }))
  return { name, summary, usage: usageOf(spec), args: named, options, json, examples, exits }
}
