/**
 * This file has the shapes of messages between nodes. A schema packs a value for msgpack (records become tuples, so no field
 * names are sent) and unpacks it again with all checks: all data from a peer passes here before other code sees it. A record is
 * built field by field, so a peer cannot choose the keys of an object.
 *
 * The sender checks the bounds too. Data that no receiver accepts must fail at the sender: on a link it would be refused, sent
 * again after the reconnect, and refused again, for ever.
 */
import { invariant } from '../base/assert.ts'

export interface Schema<T> {
  /** Asserts what `unpack` would demand, where that is cheap. */
  pack(value: T): unknown
  /** @throws WireError that names the field. */
  unpack(raw: unknown): T
}

export type Infer<S> = S extends Schema<infer T> ? T : never

/** A message of a peer does not fit the table. The error closes that peer's link and goes no further. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** Where in the message, outermost first. */
  readonly path: string
  readonly problem: string

  constructor(problem: string, path = '') {
    super(path === '' ? problem : `${path}: ${problem}`)
    this.problem = problem
    this.path = path
  }

  within(field: string): WireError {
    const separator = this.path === '' || this.path.startsWith('[') ? '' : '.'
    return new WireError(this.problem, `${field}${separator}${this.path}`)
  }
}

function inField<T>(field: string, unpack: () => T): T {
  try {
    return unpack()
  } catch (error) {
    throw error instanceof WireError ? error.within(field) : error
  }
}

/** An integer in [min, max]. */
export function int(min: number, max: number): Schema<number> {
  const expected = `expected an integer from ${min} to ${max}`
  return {
    pack(value) {
      invariant(Number.isInteger(value) && value >= min && value <= max, expected)
      return value
    },
    unpack(raw) {
      if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < min || raw > max) throw new WireError(expected)
      return raw
    },
  }
}

/** A finite number. */
export function finite(): Schema<number> {
  return {
    pack(value) {
      invariant(Number.isFinite(value), 'expected a finite number')
      return value
    },
    unpack(raw) {
      if (typeof raw !== 'number' || !Number.isFinite(raw)) throw new WireError('expected a finite number')
      return raw
    },
  }
}

/** A non-negative integer below 2⁶³, as a bigint; msgpackr may hand a small one over as a number. */
export function bigUint(): Schema<bigint> {
  const limit = 1n << 63n
  return {
    pack(value) {
      invariant(value >= 0n && value < limit, 'expected an integer from 0 to 2^63 - 1')
      return value
    },
    unpack(raw) {
      const value = typeof raw === 'number' && Number.isSafeInteger(raw) ? BigInt(raw) : raw
      if (typeof value !== 'bigint' || value < 0n || value >= limit) {
        throw new WireError('expected an integer from 0 to 2^63 - 1')
      }
      return value
    },
  }
}

/** A string of at most `lengthMax` UTF-16 units. */
export function text(lengthMax: number): Schema<string> {
  const expected = `expected a text of at most ${lengthMax} characters`
  return {
    pack(value) {
      invariant(value.length <= lengthMax, expected)
      return value
    },
    unpack(raw) {
      if (typeof raw !== 'string') throw new WireError('expected a text')
      if (raw.length > lengthMax) throw new WireError(expected)
      return raw
    },
  }
}

/** A string for people to read: the sender cuts it off after `lengthMax` UTF-16 units. */
export function prose(lengthMax: number): Schema<string> {
  const checked = text(lengthMax)
  return { pack: (value) => value.slice(0, lengthMax), unpack: (raw) => checked.unpack(raw) }
}

export function bool(): Schema<boolean> {
  return {
    pack(value) {
      invariant(typeof value === 'boolean', 'expected a boolean')
      return value
    },
    unpack(raw) {
      if (typeof raw !== 'boolean') throw new WireError('expected a boolean')
      return raw
    },
  }
}

/** One of a few strings, sent as its place in the list. */
export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Schema<Choice> {
  const expected = `expected one of ${choices.join(', ')}`
  return {
    pack(value) {
      const place = choices.indexOf(value)
      invariant(place !== -1, expected)
      return place
    },
    unpack(raw) {
      const choice = typeof raw === 'number' ? choices[raw] : undefined
      if (choice === undefined) throw new WireError(expected)
      return choice
    },
  }
}

export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return {
    pack: (value) => (value === null ? null : inner.pack(value)),
    unpack: (raw) => (raw === null ? null : inner.unpack(raw)),
  }
}

/** A list of at most `lengthMax` items. */
export function list<T>(inner: Schema<T>, lengthMax: number): Schema<readonly T[]> {
  const expected = `expected a list of at most ${lengthMax} items`
  return {
    pack(value) {
      invariant(value.length <= lengthMax, expected)
      return value.map((item) => inner.pack(item))
    },
    unpack(raw) {
      if (!Array.isArray(raw)) throw new WireError('expected a list')
      if (raw.length > lengthMax) throw new WireError(expected)
      return raw.map((item, index) => inField(`[${index}]`, () => inner.unpack(item)))
    },
  }
}

/** Two values, as a tuple. */
export function pair<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return {
    pack: (value) => [first.pack(value[0]), second.pack(value[1])],
    unpack(raw) {
      if (!Array.isArray(raw) || raw.length !== 2) throw new WireError('expected a pair')
      return [inField('[0]', () => first.unpack(raw[0])), inField('[1]', () => second.unpack(raw[1]))]
    },
  }
}

type Fields = Readonly<Record<string, Schema<never> | Schema<unknown>>>
export type RecordOf<F> = { readonly [K in keyof F]: Infer<F[K]> }

/** An object with just these fields, in this order on the wire. */
export function record<F extends object>(fields: F): Schema<RecordOf<F>> {
  const names = Object.keys(fields)
  const schemas = names.map((name) => (fields as Fields)[name] as Schema<unknown>)
  return {
    pack(value) {
      const tuple: unknown[] = new Array(names.length)
      for (let i = 0; i < names.length; i++) {
        tuple[i] = (schemas[i] as Schema<unknown>).pack((value as Record<string, unknown>)[names[i] as string])
      }
      return tuple
    },
    unpack(raw) {
      if (!Array.isArray(raw) || raw.length !== names.length) throw new WireError(`expected ${names.length} fields`)
      const value: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        try {
          value[name] = (schemas[i] as Schema<unknown>).unpack(raw[i])
        } catch (error) {
          throw error instanceof WireError ? error.within(name) : error
        }
      }
      return value as RecordOf<F>
    },
  }
}

/** Bounds of messages between users' actors. */
export const dataBounds = { depthMax: 16, itemsMax: 10_000, textMax: 65_536 } as const

/**
 * Plain data of the user: null, undefined, booleans, finite numbers, bigints of 64 bits, strings, bytes, lists and plain objects.
 * The sign of a zero is lost, and bytes arrive as a Uint8Array.
 *
 * `pack` throws WireError too, since wrong data of a user is not a bug of the library.
 */
export function data(): Schema<unknown> {
  const copy = (raw: unknown): unknown => copyPlain(raw, 0, { items: 0 })
  return { pack: copy, unpack: copy }
}

function copyPlain(raw: unknown, depth: number, budget: { items: number }): unknown {
  if (depth > dataBounds.depthMax) throw new WireError(`nested deeper than ${dataBounds.depthMax}`)
  if (++budget.items > dataBounds.itemsMax) throw new WireError(`more than ${dataBounds.itemsMax} values`)
  switch (typeof raw) {
    case 'boolean':
      return raw
    case 'bigint':
      if (BigInt.asIntN(64, raw) !== raw && BigInt.asUintN(64, raw) !== raw) throw new WireError('a bigint of more than 64 bits')
      return raw
    case 'number':
      if (!Number.isFinite(raw)) throw new WireError(`expected a finite number, not ${raw}`)
      return raw
    case 'string':
      if (raw.length > dataBounds.textMax) throw new WireError(`a text longer than ${dataBounds.textMax}`)
      return raw
    case 'undefined':
      return undefined
    case 'object':
      break
    default:
      throw new WireError(`not plain data: ${typeof raw}`)
  }
  if (raw === null || raw instanceof Uint8Array) return raw
  if (Array.isArray(raw)) return raw.map((item) => copyPlain(item, depth + 1, budget))
  const prototype: unknown = Object.getPrototypeOf(raw)
  if (prototype !== Object.prototype && prototype !== null) throw new WireError('not plain data')
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) {
    if (key === '__proto__' || key === '__proto_') throw new WireError('a key that would name a prototype')
    copy[key] = copyPlain(value, depth + 1, budget)
  }
  return copy
}
