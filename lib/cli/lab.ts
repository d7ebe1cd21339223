import type { Command } from './command.ts'
import { UsageError } from './usage.ts'

/** Each subcommand is a file that is loaded only when asked for. */
const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./lab/run.ts')).labRunCommand,
  algorithms: async () => (await import('./lab/algorithms.ts')).labAlgorithmsCommand,
  schema: async () => (await import('./lab/schema.ts')).labSchemaCommand,
}

const help = `holdfast lab: study mutual exclusion: compare algorithms, draw them, break them, and try your own

Usage: holdfast lab run [FILE] [--algorithms A,B] [--nodes 5,10] [--load L] …   compares algorithms
       holdfast lab algorithms                                               lists them
       holdfast lab schema                                                   prints the JSON Schema of lab.json

Each has its own --help.
`

/** `holdfast lab` */
export const labCommand: Command = {
  summary: 'compare algorithms, draw them, break them, and try your own',
  help,
  async run([name, ...rest], terminal) {
    if (name === undefined) throw new UsageError(`lab: what? One of ${Object.keys(subcommands).join(', ')}`)
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (load === undefined) throw new UsageError(`lab: there is no '${name}'; there are ${Object.keys(subcommands).join(', ')}`)
    const command = await load()
    if (rest.includes('--help') || rest.includes('-h')) {
      terminal.out(command.help)
      return 0
    }
    return command.run(rest, terminal)
  },
}
