/** This file runs `holdfast lab new`, which writes the template of an algorithm. */
import { writeFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { template } from '../../lab/own/template.ts'
import { printable } from '../printable.ts'
import type { CommandAction } from '../spec.ts'
import type { labNewSpec } from '../table/lab.ts'
import { exitCodes, UsageError } from '../usage.ts'

/** `holdfast lab new` */
export const runNew: CommandAction<typeof labNewSpec.options> = async ({ args, json }, terminal) => {
  const [file] = args as readonly [string]
  const extension = extname(file)
  if (!/^\.m?[jt]s$/.test(extension))
    throw new UsageError(`FILE must end in .ts, .mts, .js or .mjs (TypeScript or JavaScript), got '${file}'`)
  const name = basename(file, extension)
  if (!/^[A-Za-z][\w-]*$/.test(name))
    throw new UsageError(`FILE: '${name}' cannot name an algorithm: begin with a letter, then letters, digits, - and _`)
  try {
    writeFileSync(file, template(name, basename(file), extension.endsWith('ts') ? 'typescript' : 'javascript'), { flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new UsageError(`FILE '${file}' is there already, and is left as it is: choose another name`)
    throw new UsageError(`FILE: cannot write '${file}': ${message}`)
  }
  terminal.out(
    json
      ? `${JSON.stringify({ file, algorithm: name })}\n`
      : `wrote ${printable(file)}\nNext: holdfast lab check ${printable(file)}\n`,
  )
  return exitCodes.clean
}
