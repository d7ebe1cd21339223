import { type Command, commands } from '../../lib/cli/commands.ts'
import { precedence, variables } from '../../lib/cli/environment.ts'
import { exitRows, generalExits, generalOptions, optionRows, type Definition, termOf, usageOf } from '../../lib/cli/help.ts'
import type { Spec } from '../../lib/cli/spec.ts'
import { readManifest } from './project.ts'
import { macro, textLine } from './roff.ts'

/** Where the page lies below the project. */
export const manPagePath = 'docs/holdfast.1'

/** The man page, made from the table of commands that the parser reads, so that the page and the parser say the same. */
export function manPage(): string {
  const { name, version, homepage } = readManifest()
  const lines = [
    '.\\" Made by `npm run docs` from lib/cli/table; a test fails when it is stale. Edit those files, not this one.',
    macro('TH', 'HOLDFAST', '1', '', `${name} ${version}`, 'User Commands'),
    macro('nh'),
    macro('ad', 'l'),
    macro('SH', 'NAME'),
    textLine('holdfast - distributed locks for Node processes, without a lock server'),
    macro('SH', 'SYNOPSIS'),
    macro('B', 'holdfast'),
    macro('I', 'COMMAND'),
    textLine('[OPTION]…'),
    macro('br'),
    macro('B', 'holdfast --help'),
    macro('br'),
    macro('B', 'holdfast --version'),
    macro('SH', 'DESCRIPTION'),
    ...paragraphs(description),
    ...rowsOf(generalOptions),
    macro('SH', 'COMMANDS'),
    ...commands.flatMap(({ spec }) => commandLines(spec)),
    macro('SH', 'ENVIRONMENT'),
    ...paragraphs([precedence]),
    ...rowsOf(variables),
    macro('SH', 'FILES'),
    ...rowsOf(files),
    macro('SH', 'EXIT STATUS'),
    ...paragraphs(["The codes of all commands; those of one command are told with it, under 'Exit status'."]),
    ...rowsOf(generalExits),
    macro('SH', 'EXAMPLES'),
    ...commands.flatMap(exampleLines),
    macro('SH', 'SEE ALSO'),
    macro('BR', 'node', '(1)'),
    ...paragraphs(seeAlso),
    macro('UR', homepage),
    macro('UE'),
  ]
  return `${lines.join('\n')}\n`
}

const description = [
  'The command holdfast looks at running clusters of the library Holdfast, whose processes share locks without a lock server: members, holders, waiters, and the time until a lock is granted again after a failure. It also demonstrates, measures and tests the library, and compares the algorithms of mutual exclusion in the lab.',
  'Options follow the command. Write --name value or --name=value; --no-name takes a flag back; after -- all words are arguments. Installed in a project, the command is npx holdfast.',
]

const files: readonly Definition[] = [
  [
    '--config FILE',
    'a JSON object with settings of the cluster, such as {"cluster": "billing", "join": "10.0.0.1:7000", "secretFile": "secret.txt"}. Only its owner may be able to write it. There is no default file.',
  ],
  [
    '--secret-file FILE',
    'the shared secret, at least 16 characters. Only this user may be able to read it (chmod 600). There is no default file.',
  ],
  [
    '/tmp/holdfast-UID',
    'the local directory, in which the processes of one host find each other; on systems other than Linux holdfast-UID in the folder for temporary files. --directory PATH names another one.',
  ],
]

const seeAlso = [
  'The pages in the folder docs of the package: quick-start.md, options.md, several-hosts.md, operations.md, failover.md, errors.md, simulation.md and lab/.',
]

function commandLines(spec: Spec): readonly string[] {
  return [
    macro('SS', usageOf(spec)),
    ...paragraphs([`${capitalised(spec.summary)}.`, ...spec.about]),
    ...paragraphs(['Options:']),
    ...rowsOf(optionRows(spec)),
    ...paragraphs([
      `Exit status: ${exitRows(spec)
        .map((row) => row.join(': '))
        .join('. ')}.`,
    ]),
  ]
}

function exampleLines({ spec }: Command): readonly string[] {
  return rowsOf(spec.examples.map(({ line, says }) => [`holdfast ${line}`, says]))
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const row = termOf(text)
    return row === null ? [macro('PP'), textLine(text)] : rowsOf([row])
  })
}

/** Terms with what they mean; an option's value is in italics. */
function rowsOf(rows: readonly Definition[]): readonly string[] {
  return rows.flatMap(([term, says]) => {
    const [, option, value] = /^(--\S+ )(\S+)$/.exec(term) ?? []
    const tag = option === undefined || value === undefined ? macro('B', term) : macro('BI', option, value)
    return [macro('TP'), tag, textLine(says)]
  })
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
