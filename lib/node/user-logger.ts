/** This file wraps the logger of the options: a logger that throws or rejects loses its message, and has no other effect. */
import { BadOptionError } from '../base/errors.ts'
import { readingOptions } from '../base/options.ts'
import { onRejection } from '../base/user-result.ts'
import type { Logger } from './options.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Reads the four methods once, so that later changes of the logger's object have no effect. @throws BAD_OPTION */
export function takeLogger(given: unknown, option: string): Logger {
  const logger = (typeof given === 'object' && given !== null ? given : {}) as Logger
  const methods = readingOptions(option, () => levels.map((level): unknown => logger[level]))
  const [debug, info, warn, error] = methods.map((method) => {
    if (typeof method !== 'function')
      throw new BadOptionError(`${option} must be an object with the methods debug, info, warn and error, such as console`, {
        option,
      })
    return (message: string): void => {
      try {
        // An asynchronous logger rejects later.
        onRejection(method.call(logger, message), () => {})
      } catch {
        // There is no other logger to tell.
      }
    }
  }) as [Logger['debug'], Logger['info'], Logger['warn'], Logger['error']]
  return Object.freeze({ debug, info, warn, error })
}
