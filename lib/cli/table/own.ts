/** The command about the command line itself. */
import { spec } from '../spec.ts'

export const helpSpec = spec({
  name: 'help',
  summary: 'explain a command',
  about: ['The same as the option --help of that command.'],
  args: [
    { name: 'COMMAND', isOptional: true, example: 'demo', completes: 'nothing' },
    { name: 'SUBCOMMAND', isOptional: true, example: 'run', completes: 'nothing' },
  ],
  options: {},
  json: '{ name, summary, options: [{ name, value, says }], … }; of all commands, a list',
  examples: [{ line: 'help lab run', says: 'the same as holdfast lab run --help' }],
  exits: { 0: 'printed' },
})
