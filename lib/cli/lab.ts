import type { Command } from './command.ts'
import { UsageError } from './usage.ts'

/** Each subcommand is a file that is loaded only when asked for. */
const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./lab/run.ts')).labRunCommand,
  diagram: async () => (await import('./lab/diagram.ts')).labDiagramCommand,
  new: async () => (await import('./lab/new.ts')).labNewCommand,
  check: async () => (await import('./lab/check.ts')).labCheckCommand,
  gallery: async () => (await import('./lab/gallery.ts')).labGalleryCommand,
  algorithms: async () => (await import('./lab/algorithms.ts')).labAlgorithmsCommand,
  schema: async () => (await import('./lab/schema.ts')).labSchemaCommand,
}

const help = `holdfast lab: study mutual exclusion: compare algorithms, draw them, break them, and try your own

Usage: holdfast lab run [FILE] [--algorithms A,B] [--nodes 5,10] [--load L] …   compares algorithms
       holdfast lab diagram [--algorithm NAME] …                             draws a run, to be stepped through
       holdfast lab new my-mutex.ts                                          a file to begin one's own algorithm with
       holdfast lab check my-mutex.ts                                        looks for what is wrong with it
       holdfast lab gallery                                                  lists broken ones, to learn from
       holdfast lab algorithms                                               lists them
       holdfast lab schema                                                   prints the JSON Schema of lab.json

Each has its own --help.
`

/** `holdfast lab` */
export const labCommand: Command = {
  summary: 'compare algorithms, draw them, break them, and try your own',
  help,
  async helpFor([name = '']) {
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    return load === undefined ? help : (await load()).help
  },
  async run([name, ...rest], terminal) {
    const names = Object.keys(subcommands).join(', ')
    if (name === undefined) throw new UsageError(`lab: what? One of ${names}`)
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (load === undefined) throw new UsageError(`lab: there is no '${name}'; there are ${names}`)
    return (await load()).run(rest, terminal)
  },
}
