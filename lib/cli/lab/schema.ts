import { experimentJsonSchema } from '../../lab/experiment.ts'
import type { Command } from '../command.ts'
import { exitCodes, parseFlags } from '../usage.ts'

/** `holdfast lab schema` */
export const labSchemaCommand: Command = {
  summary: 'the JSON Schema of lab.json',
  help: `holdfast lab schema: the JSON Schema of experiment files (lab.json), for editors and checkers

Usage: holdfast lab schema > lab.schema.json
`,
  async run(args, terminal) {
    parseFlags(args, {})
    terminal.out(`${JSON.stringify(experimentJsonSchema(), null, 2)}\n`)
    return exitCodes.clean
  },
}
