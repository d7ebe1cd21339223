/**
 * This file copies and checks the user's data: `meta` and the bodies of actors. The copy shares no object with the caller, so
 * later changes of the caller's object do not reach the node or a peer.
 */
import { BadOptionError } from '../base/errors.ts'
import { isPlainPrototype } from '../base/foreign.ts'
import { messageOf } from '../base/message-of.ts'
import { encode } from './codec.ts'
import { dataBounds } from './schema.ts'

/** Why a value is refused, and where in it. */
class NotPlain extends Error {
  readonly path: string

  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

/**
 * Copies plain data: null, undefined, booleans, finite numbers, bigints of 64 bits, well-formed strings, bytes, arrays and plain
 * objects. Each property is read once, at the call.
 *
 * @throws BAD_OPTION that names the path of the wrong value, such as `meta.steps[3]`.
 */
export function copyPlain(value: unknown, what: string): unknown {
  try {
    return copy(value, what, 0, { items: 0 })
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error
    throw new BadOptionError(`${what} must be plain data: ${error.path} ${error.message}`, { option: what })
  }
}

/** The largest `meta` of a request, in packed bytes. */
const metaBytesMax = 1024

/**
 * The same for a request's `meta`, frozen, since it stays here and many readers see it. Bytes cannot be frozen, so give readers a
 * `copyPlain` of it.
 *
 * @throws BAD_OPTION also if it takes more than 1,024 packed bytes.
 */
export function frozenMeta(meta: unknown): unknown {
  const copied = copyPlain(meta, 'meta')
  const bytes = encode(copied).length
  if (bytes > metaBytesMax)
    throw new BadOptionError(`meta may take at most ${metaBytesMax} bytes, and takes ${bytes}`, { option: 'meta' })
  return freeze(copied)
}

function copy(value: unknown, path: string, depth: number, budget: { items: number }): unknown {
  if (depth > dataBounds.depthMax) throw new NotPlain(path, `is nested deeper than ${dataBounds.depthMax}, or contains itself`)
  if (++budget.items > dataBounds.itemsMax)
    throw new NotPlain(path, `is one value too many: at most ${dataBounds.itemsMax} travel`)
  switch (typeof value) {
    case 'boolean':
    case 'undefined':
      return value
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value)
        throw new NotPlain(path, 'is a bigint of more than 64 bits')
      return value
    case 'number':
      if (!Number.isFinite(value)) throw new NotPlain(path, `is ${value}, not a finite number`)
      return value
    case 'string':
      checkString(value, path)
      return value
    case 'object':
      return value === null ? null : copyObject(value, path, depth, budget)
    default:
      throw new NotPlain(path, `is a ${typeof value}`)
  }
}

function copyObject(value: object, path: string, depth: number, budget: { items: number }): unknown {
  if (reading(path, () => value instanceof Uint8Array)) return reading(path, () => new Uint8Array(value as Uint8Array))
  if (reading(path, () => Array.isArray(value))) {
    const list = value as readonly unknown[]
    const items: unknown[] = []
    const length = reading(path, () => list.length)
    for (let i = 0; i < length; i++) {
      const at = `${path}[${i}]`
      items.push(
        copy(
          reading(at, () => list[i]),
          at,
          depth + 1,
          budget,
        ),
      )
    }
    return items
  }
  const prototype: unknown = reading(path, () => Object.getPrototypeOf(value))
  if (!reading(path, () => isPlainPrototype(prototype)))
    throw new NotPlain(path, `is an instance of ${classOf(prototype)}, not a plain object`)
  const fields: Record<string, unknown> = {}
  for (const key of reading(path, () => Object.keys(value))) {
    const at = `${path}.${key.slice(0, 80)}`
    checkString(key, at)
    if (key === '__proto__' || key === '__proto_') throw new NotPlain(at, 'would name a prototype')
    fields[key] = copy(
      reading(at, () => (value as Record<string, unknown>)[key]),
      at,
      depth + 1,
      budget,
    )
  }
  return fields
}

/** Getters and proxies may throw anything. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new NotPlain(path, `cannot be read: ${messageOf(error).slice(0, 200)}`)
  }
}

function checkString(value: string, path: string): void {
  if (value.length > dataBounds.textMax) throw new NotPlain(path, `is a string longer than ${dataBounds.textMax}`)
  // A lone surrogate would arrive as another character.
  if (/\p{Surrogate}/u.test(value)) throw new NotPlain(path, 'is no well-formed Unicode')
}

function classOf(prototype: unknown): string {
  try {
    return String((prototype as { constructor: { name: unknown } }).constructor.name)
  } catch {
    return 'a class'
  }
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  for (const item of Object.values(value)) freeze(item)
  return Object.freeze(value)
}
