/** This file runs `holdfast completion`, which prints the completion script of a shell. */
import { bashScript } from './completion/bash.ts'
import { fishScript } from './completion/fish.ts'
import { completedCommands } from './completion/words.ts'
import { zshScript } from './completion/zsh.ts'
import type { CommandAction } from './spec.ts'
import type { completionSpec, shells } from './table/own.ts'
import { exitCodes } from './usage.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<(typeof shells)[number], unknown>

/** `holdfast completion` */
export const runCompletion: CommandAction<typeof completionSpec.options> = async ({ args, json }, terminal) => {
  const shell = args[0] as keyof typeof scripts
  const script = scripts[shell](completedCommands)
  terminal.out(json ? `${JSON.stringify({ shell, script })}\n` : script)
  return exitCodes.clean
}
