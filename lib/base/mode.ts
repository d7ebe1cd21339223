/**
 * This file defines the modes of a lock, says which of them are compatible, and checks a mode that a caller gives. An algorithm or an
 * engine declares which kinds it carries, and asks a mode what it must know of it; no other file decides by a mode's name.
 */
import { BadOptionError } from './errors.ts'
import { messageOf, shownValue } from './message-of.ts'

/**
 * The kinds of modes. `exclusive` is X and `shared` is S of Gray, Lorie, Putzolu and Traiger 1976, "Granularity of Locks and Degrees
 * of Consistency in a Shared Data Base", and the intention modes are their IS, IX and SIX.
 */
export type ModeKind =
  | 'exclusive'
  | 'shared'
  | 'permits'
  | 'intention-shared'
  | 'intention-exclusive'
  | 'shared-intention-exclusive'
  | 'upgradable'

/**
 * How a lock is held, as plain data: a word, or the number of permits of which the hold has one.
 *
 * - `exclusive`: alone.
 * - `shared`: together with other readers.
 * - `upgradable`: one reader beside `shared` ones, who means to write later. No second `upgradable` holder is inside.
 * - `intention-shared`, `intention-exclusive`: the holder reads or writes a part, and has a lock of that part as well. They go
 *   together with each other; `shared` goes together with the first only.
 * - `shared-intention-exclusive`: reads the whole, and writes parts. It goes together with `intention-shared` alone.
 */
export type PlainMode = Exclude<ModeKind, 'permits'> | number

/** How a lock is wanted: one of the words, or one of so many permits. A number k says the same as `{ permits: k }`. */
export type ModeOption =
  | PlainMode
  | {
      /** How many permits the lock has; the hold takes one of them. */
      readonly permits: number
    }

/**
 * Which kinds may be inside together: table 1 of Gray et al. 1976. `upgradable` is the update mode of SQL Server's table: one reader
 * beside others that will be the next writer. Permits go together with permits, as long as both name the same number.
 */
const compatible: { readonly [Kind in ModeKind]: readonly ModeKind[] } = {
  exclusive: [],
  shared: ['shared', 'intention-shared', 'upgradable'],
  permits: ['permits'],
  'intention-shared': ['shared', 'intention-shared', 'intention-exclusive', 'shared-intention-exclusive', 'upgradable'],
  'intention-exclusive': ['intention-shared', 'intention-exclusive'],
  'shared-intention-exclusive': ['intention-shared'],
  upgradable: ['shared', 'intention-shared'],
}

/** Every kind. */
export const modeKinds = Object.keys(compatible) as readonly ModeKind[]

/** Every mode that is a word, for the text of an error. */
export const modeWords = modeKinds
  .filter((kind) => kind !== 'permits')
  .map((kind) => `'${kind}'`)
  .join(', ')

/** The highest number of permits a lock may have. */
export const permitsMax = 1_000_000

const bitOf = (kind: ModeKind): number => 1 << modeKinds.indexOf(kind)

/** A mode: an immutable value. Modes that are the same may be different objects: `equals` tells. */
export class Mode {
  /** One holder alone. */
  static readonly exclusive = new Mode('exclusive', 0, 1)
  /** Any number of holders that only read. */
  static readonly shared = new Mode('shared', -1, Number.POSITIVE_INFINITY)
  private static readonly named: ReadonlyMap<unknown, Mode> = new Map(
    modeKinds
      .filter((kind) => kind !== 'permits')
      .map((kind, i) => {
        if (kind === 'exclusive') return [kind, Mode.exclusive]
        if (kind === 'shared') return [kind, Mode.shared]
        return [kind, new Mode(kind, -i, compatible[kind].includes(kind) ? Number.POSITIVE_INFINITY : 1)]
      }),
  )
  /** Those that are words, each at the place of its negative code. */
  private static readonly coded: readonly Mode[] = [...Mode.named.values()]
  /** The modes of few permits, made when they are first asked for. */
  private static readonly few: Mode[] = []

  /** Its kind, which decides what it goes together with. */
  readonly kind: ModeKind
  /** The mode as a number, by which it travels: 0 for `exclusive`, -1 for `shared`, -2 to -5 for the other words, and the number of permits. */
  readonly code: number
  /** How many entries in this mode may be inside at a time: 1, the number of permits, or any number. */
  readonly limit: number
  /** Holders are counted against `limit`: they are permits, and their fences have no order. */
  readonly isCounted: boolean
  /** A holder shuts out every other, whatever its mode. */
  readonly isAlone: boolean
  /** All holders of one site that have this mode are one entry of the site: it asks once for all of them. */
  readonly isOneEntry: boolean
  private readonly bit: number
  private readonly row: number

  private constructor(kind: ModeKind, code: number, limit: number) {
    this.kind = kind
    this.code = code
    this.limit = limit
    this.isCounted = kind === 'permits'
    this.isAlone = compatible[kind].length === 0
    this.isOneEntry = limit === Number.POSITIVE_INFINITY
    this.bit = bitOf(kind)
    this.row = compatible[kind].reduce((row, each) => row | bitOf(each), 0)
    Object.freeze(this)
  }

  /** One of so many permits. */
  static permits(count: number): Mode {
    if (count > fewMax) return new Mode('permits', count, count)
    Mode.few[count] ??= new Mode('permits', count, count)
    return Mode.few[count]
  }

  /** The mode that this plain data says, null if it says none. */
  static from(raw: unknown): Mode | null {
    if (typeof raw !== 'number') return Mode.named.get(raw) ?? null
    return Number.isInteger(raw) && raw >= 1 && raw <= permitsMax ? Mode.permits(raw) : null
  }

  /** The mode that travels as this number, null if none does. */
  static fromCode(code: number): Mode | null {
    return code > 0 ? Mode.permits(code) : (Mode.coded[-code] ?? null)
  }

  /** The mode that this plain data says. It has been checked. */
  static of(plain: PlainMode): Mode {
    return typeof plain === 'number' ? Mode.permits(plain) : (Mode.named.get(plain) as Mode)
  }

  /** Both are the same mode. */
  equals(other: Mode): boolean {
    return this.code === other.code
  }

  /** A holder in this mode and one in the other may be inside together, as far as their number allows. */
  isCompatibleWith(other: Mode): boolean {
    // Of different numbers of permits there is no common count.
    return (this.row & other.bit) !== 0 && (!this.isCounted || this.code === other.code)
  }

  /** A holder in this mode may do all that a holder in the other mode may: this mode excludes each mode that the other excludes. */
  covers(other: Mode): boolean {
    return this.isCounted || other.isCounted ? this.code === other.code : (this.row & ~other.row) === 0
  }

  /** One more entry in this mode may be inside beside so many in the same mode. */
  hasRoomBeside(entries: number): boolean {
    return entries < this.limit
  }

  /** How often a site is inside by so many holders that have this mode. */
  entriesOf(holders: number): number {
    return this.isOneEntry ? Math.min(1, holders) : holders
  }

  /** The mode as it is shown to users and written down. */
  get plain(): PlainMode {
    return this.kind === 'permits' ? this.code : this.kind
  }

  /** What `JSON.stringify` shows of it. */
  toJSON(): PlainMode {
    return this.plain
  }

  /** The mode in words. */
  toString(): string {
    return this.isCounted ? `1 of ${this.code} permits` : this.kind
  }
}

/** Modes of more permits than this are made anew each time, so that no peer can fill the memory by naming numbers. */
const fewMax = 1000

/** Takes a number of permits. */
export function checkPermits(count: unknown, option: string): number {
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > permitsMax) {
    throw new BadOptionError(`${option}: a number of permits is an integer from 1 to ${permitsMax}, got ${shownValue(count)}`, {
      option,
    })
  }
  return count as number
}

/**
 * Takes the mode of a request, once and for all: what the caller does to its object later changes nothing.
 *
 * @throws BAD_OPTION with the option `mode`.
 */
export function parseMode(mode: unknown): Mode {
  if (typeof mode === 'number') return Mode.permits(checkPermits(mode, 'mode'))
  const named = Mode.from(mode)
  if (named !== null) return named
  if (typeof mode !== 'object' || mode === null || Array.isArray(mode)) throw noMode(`'${shownValue(mode)}'`)
  return Mode.permits(checkPermits(permitsIn(mode), 'mode'))
}

function permitsIn(mode: object): unknown {
  let keys: readonly string[]
  let permits: unknown
  try {
    keys = Object.keys(mode)
    ;({ permits } = mode as { readonly permits?: unknown })
  } catch (cause) {
    throw noMode(`an object that cannot be read: ${messageOf(cause)}`, cause)
  }
  const other = keys.find((key) => key !== 'permits')
  if (other !== undefined) throw noMode(`an object with '${other}'`)
  if (permits === undefined) throw noMode('an object without permits')
  return permits
}

function noMode(got: string, cause?: unknown): Error {
  return new BadOptionError(`mode must be ${modeWords}, or { permits: 3 } (one of three permits), got ${got}`, {
    option: 'mode',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** What carries modes: an algorithm, or an engine. */
export interface Carrier {
  /** Its name, as users know it. */
  readonly name: string
  /** The kinds that it carries. */
  readonly modes: readonly ModeKind[]
}

/** Whether requests in that mode can be made of it. */
export function carries(carrier: Carrier, mode: Mode): boolean {
  return carrier.modes.includes(mode.kind)
}

/**
 * The error for a mode that an algorithm or an engine does not carry.
 *
 * @param what says what refuses, and for which lock
 * @param cure says what else to choose
 */
export function notCarried(mode: Mode, what: string, { modes }: Carrier, cure: string): Error {
  return new BadOptionError(`${what} has no mode '${mode.kind}', only ${modes.join(', ')}. ${cure}`, { option: 'mode' })
}
