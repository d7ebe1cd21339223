/**
 * This file makes the schema for the bodies of `lock` messages: what the sites of one lock say to each other. The wire layer
 * knows none of them. Each algorithm declares its own in its own file (`lib/mutex`), and `bodySchema` makes one schema of all
 * declarations that it is given.
 */
import { invariant } from '../base/assert.ts'
import type { Stamp } from '../clock/stamp.ts'
import { record, type RecordOf, type Schema, WireError } from './schema.ts'

/** A message from one site of a lock to another, as far as the layers below the algorithm understand it. */
export interface LockBody {
  /** What the message says, in one word. */
  readonly kind: string
  /** The request that the message names. The receiver's clock moves past it. */
  readonly stamp?: Stamp
}

/** How the messages of one kind travel. */
export interface BodyShape<Fields extends object = object> {
  /** The number of the kind on the wire. It is never given to another kind; a changed shape raises `protocolVersion`. */
  readonly number: number
  readonly fields: Schema<Fields>
}

/** The shapes of one algorithm's messages, by kind. */
export type Bodies = Readonly<Record<string, BodyShape>>

/** The messages that these shapes describe. */
export type BodyOf<Table extends Bodies> = {
  [Kind in keyof Table]: { readonly kind: Kind } & (Table[Kind] extends BodyShape<infer Fields> ? Fields : never)
}[keyof Table]

/** Declares the messages of one kind: their number on the wire, and their fields in the order in which they travel. */
export function body<Fields extends object & { readonly stamp?: Schema<Stamp> }>(
  number: number,
  fields: Fields,
): BodyShape<RecordOf<Fields>> {
  return { number, fields: record(fields) }
}

/**
 * The schema of all bodies that these tables declare. Algorithms that share a kind share its shape. Two kinds with one number, or
 * two shapes of one kind, are a mistake in the program.
 */
export function bodySchema(tables: readonly Bodies[]): Schema<LockBody> {
  const shapes = new Map<string, BodyShape>()
  const kinds: string[] = []
  for (const [kind, shape] of tables.flatMap((table) => Object.entries(table))) {
    const known = kinds[shape.number]
    invariant(known === undefined || known === kind, `'${known}' and '${kind}' both have the number ${shape.number} on the wire`)
    invariant((shapes.get(kind) ?? shape) === shape, `'${kind}' is declared twice, in two shapes`)
    kinds[shape.number] = kind
    shapes.set(kind, shape)
  }
  const expected = `expected one of ${kinds.filter((kind) => kind !== undefined).join(', ')}`
  return {
    pack(value) {
      const shape = shapes.get(value.kind)
      invariant(shape !== undefined, expected)
      return [shape.number, shape.fields.pack(value)]
    },
    unpack(raw) {
      const kind = Array.isArray(raw) && raw.length === 2 && typeof raw[0] === 'number' ? kinds[raw[0]] : undefined
      if (kind === undefined) throw new WireError(expected)
      try {
        return { kind, ...(shapes.get(kind) as BodyShape).fields.unpack((raw as unknown[])[1]) }
      } catch (error) {
        throw error instanceof WireError ? error.within(kind) : error
      }
    },
  }
}
