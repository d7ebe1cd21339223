/** This file words the failure of a command, for people or for programs, and gives its exit code. */
import { HoldfastError } from '../base/errors.ts'
import { cureFor, exitCodeFor, optionInFlags } from './advice.ts'
import type { Options } from './option.ts'
import { printable, printableLines } from './printable.ts'
import type { Spec } from './spec.ts'
import { CommandFailure, exitCodes, UsageError } from './usage.ts'

/** An error as the command line prints it. */
export interface Complaint {
  /** USAGE, FAILURE, UNEXPECTED, or the code of the library's error. */
  readonly code: string
  readonly message: string
  readonly advice: string | null
  /** A command line that works. */
  readonly example: string | null
  /** The command that explains the failed one; null if its help would not help. */
  readonly help: string | null
  readonly exit: number
}

/** @param name what to ask help for: a command, a group of commands, or nothing. */
export function complaintOf(error: unknown, name: string, spec: Spec | null): Complaint {
  const help = `holdfast ${name === '' ? '' : `${name} `}--help`
  if (error instanceof UsageError) {
    const example = error.example === undefined ? firstExample(spec) : error.example
    return { code: 'USAGE', message: error.message, advice: null, example, help, exit: exitCodes.usage }
  }
  if (error instanceof HoldfastError) {
    const options: Options = spec?.options ?? {}
    const { code, message } = error
    const exit = exitCodeFor(code)
    if (code === 'BAD_OPTION') {
      return {
        code: 'USAGE',
        message: inFlags(message, error.option, options),
        advice: null,
        example: firstExample(spec),
        help,
        exit,
      }
    }
    return { code, message, advice: cureFor(code, options), example: null, help: null, exit }
  }
  const nothing = { advice: null, example: null, help: null, exit: exitCodes.unclean }
  if (error instanceof CommandFailure) return { code: 'FAILURE', message: error.message, ...nothing, exit: error.exit }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'UNEXPECTED', message, ...nothing }
}

/** The message of a wrong option, with the option as it is typed. */
function inFlags(message: string, option: string | undefined, options: Options): string {
  const flag = option === undefined ? null : optionInFlags(option, options)
  if (flag === null || message.startsWith(flag)) return message
  return `${flag}: ${message.startsWith(`${option}: `) ? message.slice(`${option}: `.length) : message}`
}

function firstExample(spec: Spec | null): string | null {
  return spec === null ? 'holdfast demo' : `holdfast ${spec.examples[0].line}`
}

/** For stderr: lines for people, or one line of JSON. */
export function complaintText(complaint: Complaint, json: boolean): string {
  if (json) return `${JSON.stringify({ error: complaint })}\n`
  const { code, message, advice, example, help } = complaint
  const isOfTheLibrary = code !== 'USAGE' && code !== 'FAILURE' && code !== 'UNEXPECTED'
  // A name in a message of the library may contain any characters, also line ends.
  const said = isOfTheLibrary ? `${code}: ${printable(message)}` : message
  const lines = [`holdfast: ${said}${advice === null ? '' : `. ${advice}`}`]
  if (example !== null) lines.push(`Example: ${example}`)
  if (help !== null) lines.push(`See '${help}'`)
  return `${printableLines(lines.join('\n'))}\n`
}
