/** This file wraps the logger of the options: a logger that throws or rejects loses its message, and has no other effect. */
import { onRejection } from '../base/user-result.ts'
import type { Logger } from './options.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Reads the four methods once, so that later changes of the logger's object have no effect. */
export function fixLogger(logger: Logger): Logger {
  const [debug, info, warn, error] = levels.map((level) => {
    const method = logger[level] as (message: string) => unknown
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
