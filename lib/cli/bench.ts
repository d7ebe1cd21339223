import type { Command } from './command.ts'
export const benchCommand: Command = { summary: 'how fast it is here, beside the bare network', help: '', run: async () => 0 }
