/**
 * This file defines the frames between a parent and its children: calls by name with their results, and news that a child tells
 * without having been called. The frames pass through a structured clone, so typed arrays and bigints arrive as they are.
 */
import { type ErrorCode, errorRegistry, HoldfastError } from '../base/errors.ts'
import { isError } from '../base/foreign.ts'

/** The calls that a child answers: by name, a function with the arguments and the result of the call. */
export type CallTable<Calls> = { readonly [Name in keyof Calls]: (...args: never[]) => unknown }

/** The arguments of one call. */
export type CallArguments<Calls, Name extends keyof Calls> = Calls[Name] extends (...args: infer Args) => unknown ? Args : never

/** The result of one call. */
export type CallResult<Calls, Name extends keyof Calls> = Calls[Name] extends (...args: never[]) => infer Result ? Result : never

/** A handler for each call, which runs in the child. */
export type CallHandlers<Calls> = {
  readonly [Name in keyof Calls]: (
    ...args: CallArguments<Calls, Name>
  ) => CallResult<Calls, Name> | Promise<CallResult<Calls, Name>>
}

/** To a child. */
export interface CallFrame {
  readonly number: number
  readonly name: string
  readonly args: readonly unknown[]
}

/** From a child. `ready` is its first frame: a worker of `node:cluster` loses frames that are sent to it earlier. */
export type ChildFrame =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly number: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly number: number; readonly failure: SentError }
  | { readonly kind: 'news'; readonly news: unknown }

/** An error on its way to another process or thread. A structured clone would lose its class and its code. */
export interface SentError {
  readonly message: string
  readonly stack: string
  readonly code?: string
  readonly reason?: string
  readonly option?: string
}

/** The fields of an error that the parent receives. */
export function sentError(error: unknown): SentError {
  if (!isError(error)) return { message: String(error), stack: String(error) }
  const { message, stack = message } = error
  if (!(error instanceof HoldfastError)) return { message, stack }
  const { code, reason, option } = error
  return { message, stack, code, ...(reason === undefined ? {} : { reason }), ...(option === undefined ? {} : { option }) }
}

/** The error that a child threw, with the prefix that says which child. An unexpected one keeps the child's stack. */
export function receivedError({ message, stack, code, ...details }: SentError, prefix: string): Error {
  if (code !== undefined && Object.hasOwn(errorRegistry, code)) {
    return new HoldfastError(code as ErrorCode, `${prefix}${message}`, details)
  }
  const error = new Error(`${prefix}${message}`)
  error.stack = `${prefix}${stack}`
  return error
}
