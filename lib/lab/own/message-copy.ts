/** This file copies a message as the wire would, or says what is wrong with it. */
import { Mode } from '../../base/mode.ts'
import type { Body } from '../../mutex/contract.ts'

/**
 * A message as it would come off a wire: an equal copy that shares nothing with the original. Or what is wrong with it, to follow
 * `a sends b`.
 */
export function messageCopy(message: unknown): { readonly message: Body } | { readonly problem: string } {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    const what = message === undefined ? 'nothing' : JSON.stringify(message)
    return { problem: `${what}, which is no message: a message is an object such as { kind: 'request' }` }
  }
  const { kind } = message as { readonly kind?: unknown }
  if (typeof kind !== 'string' || kind === '')
    return { problem: "a message without a kind: give it one, such as { kind: 'request' }" }
  try {
    return { message: copyOf(message, 0) as Body }
  } catch (error) {
    return { problem: `a '${kind}' that cannot travel: ${(error as Error).message}` }
  }
}

const depthMax = 50

function copyOf(value: unknown, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new Error(`it holds a ${typeof value}`)
  if (typeof value !== 'object' || value === null || value instanceof Mode) return value
  if (depth > depthMax) throw new Error('it holds itself')
  if (Array.isArray(value)) return value.map((each) => copyOf(each, depth + 1))
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [copyOf(key, depth + 1), copyOf(each, depth + 1)]))
  if (value instanceof Set) return new Set([...value].map((each) => copyOf(each, depth + 1)))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype)
    throw new Error(`it holds an instance of ${value.constructor.name}; send plain objects`)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each, depth + 1)]))
}
