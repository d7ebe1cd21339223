/** This file describes the commands about the command line itself. */
import { spec } from '../spec.ts'

/** The shells that completion knows. */
export const shells = ['bash', 'zsh', 'fish'] as const

export const completionSpec = spec({
  name: 'completion',
  summary: 'print a completion script for a shell',
  about: [
    'SHELL is bash, zsh or fish. Load the script in each shell, or write it into the folder of its completions:',
    '  bash  holdfast completion bash > ~/.local/share/bash-completion/completions/holdfast',
    '  zsh   holdfast completion zsh > "${fpath[1]}/_holdfast"',
    '  fish  holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
  ],
  args: [{ name: 'SHELL', isOptional: false, example: 'bash', completes: shells }],
  options: {},
  json: '{ shell, script }',
  examples: [{ line: 'completion bash', says: 'source <(holdfast completion bash) loads it at once' }],
  exits: { 0: 'printed' },
})

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
