import { writeFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { template } from '../../lab/own/template.ts'
import type { Command } from '../command.ts'
import { exitCodes, parseFlags, UsageError } from '../usage.ts'

const help = `holdfast lab new: a file to begin one's own algorithm with

Usage: holdfast lab new FILE

FILE ends in .ts, .mts, .js or .mjs and must not be there yet. What it holds is correct and short: Ricart and Agrawala's
algorithm with a Lamport clock of its own. Break it, and see what 'holdfast lab check FILE' says.
`

/** `holdfast lab new` */
export const labNewCommand: Command = {
  summary: "a file to begin one's own algorithm with",
  help,
  async run(args, terminal) {
    const [file] = parseFlags(args, {}, 1).positionals
    if (file === undefined) throw new UsageError('lab new: a file is missing, such as my-mutex.ts')
    const extension = extname(file)
    if (!/^\.m?[jt]s$/.test(extension))
      throw new UsageError(`lab new: '${file}' must end in .ts, .mts, .js or .mjs: TypeScript or JavaScript`)
    const name = basename(file, extension)
    if (!/^[A-Za-z][\w-]*$/.test(name))
      throw new UsageError(`lab new: '${name}' cannot name an algorithm: begin with a letter, then letters, digits, - and _`)
    try {
      writeFileSync(file, template(name, basename(file), extension.endsWith('ts') ? 'typescript' : 'javascript'), { flag: 'wx' })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') throw new UsageError(`lab new: '${file}' is there already, and is left as it is`)
      throw new UsageError(`lab new: cannot write '${file}': ${message}`)
    }
    terminal.out(`wrote ${file}\nNext: holdfast lab check ${file}\n`)
    return exitCodes.clean
  },
}
