/**
 * This file recognises errors, promises and plain objects of another realm, whose `Error`, `Promise` and `Object` are other
 * objects. Test runners run code in a realm of its own (Jest, Vitest's vm pools), and Node's own modules throw, return and copy
 * values of the outer one.
 */

/** Whether a value is an error. May throw for a hostile proxy. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
}

/** The `code` of an error, such as 'ENOENT'; undefined if it has none that is a string. */
export function codeOf(error: unknown): string | undefined {
  try {
    const code: unknown = isError(error) && 'code' in error ? error.code : undefined
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is a promise, or anything else that `await` waits for. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  try {
    return value instanceof Promise || typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function'
  } catch {
    return false
  }
}

/** Whether an object with this prototype is a plain object and not an instance of a class. */
export function isPlainPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype || prototype === null) return true
  return typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}
