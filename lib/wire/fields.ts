/** This file declares the fields that several messages have: how each of them is packed and checked. */
import { Mode } from '../base/mode.ts'
import type { Stamp } from '../clock/stamp.ts'
import { int, record, type Schema, text, WireError } from './schema.ts'

/** A count: a safe integer, 0 at least. */
export const safe = int(0, Number.MAX_SAFE_INTEGER)
/** The id of a node. */
export const id = text(64)

/** The stamp of a request, which names it. */
export const stamp: Schema<Stamp> = record({ time: int(0, 2 ** 48 - 1), count: int(0, 2 ** 16 - 1), id })

/** A mode travels as its code. */
export const mode: Schema<Mode> = {
  pack: ({ code }) => code,
  unpack(raw) {
    const known = typeof raw === 'number' && Number.isInteger(raw) && raw <= 2 ** 31 ? Mode.fromCode(raw) : null
    if (known === null) throw new WireError('expected a mode')
    return known
  },
}
