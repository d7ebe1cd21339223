/**
 * This file gives public objects their output: `console.log` prints what a person needs, `JSON.stringify` works, and neither
 * shows a secret or internal parts. In JSON a bigint is a decimal string, since a JSON number would lose its last digits.
 */

/** The method by which Node's `util.inspect`, and so `console.log`, asks an object for its text. */
export const inspectKey: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

type Inspect = (value: unknown, options: object) => string
/** What Node gives to an object that shows itself. */
export type InspectArguments = [depth: number, options: object, inspect: Inspect]

/** The output of a public object: the name of its kind and some fields. */
export function inspectAs(kind: string, fields: object, depth: number, options: object, inspect: Inspect): string {
  return depth < 0 ? `[${kind}]` : `${kind} ${inspect(fields, { ...options, depth })}`
}

/**
 * Gives an object of closures its output and its JSON. Both methods are hidden, so that copies and comparisons do not see them.
 */
export function withShape<T extends object>(kind: string, target: T, fields: () => object): T {
  return Object.defineProperties(target, {
    toJSON: { value: () => jsonSafe(fields()) },
    [inspectKey]: {
      value: (depth: number, options: object, inspect: Inspect) => inspectAs(kind, fields(), depth, options, inspect),
    },
  })
}

/** Gives plain data with bigints a hidden `toJSON`. */
export function withJson<T extends object>(target: T): T {
  return Object.defineProperty(target, 'toJSON', jsonProperty)
}

const jsonProperty: PropertyDescriptor = {
  value(this: object): unknown {
    return jsonSafe({ ...this })
  },
}

/** A copy of plain data that JSON can express. */
export function jsonSafe(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(jsonSafe)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonSafe(item)]))
}

/** A deep copy of plain data that cannot be written to. */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, frozenCopy(item)]))
  return Object.freeze(copy) as T
}

/** Gives all instances of a class their output and their JSON. */
export function shapeClass<T extends object>(
  made: { readonly name: string; readonly prototype: T },
  fields: (self: T) => object,
): void {
  Object.defineProperties(made.prototype, {
    toJSON: {
      value(this: T) {
        return jsonSafe(fields(this))
      },
    },
    [inspectKey]: {
      value(this: T, depth: number, options: object, inspect: Inspect) {
        return inspectAs(made.name, fields(this), depth, options, inspect)
      },
    },
  })
}
