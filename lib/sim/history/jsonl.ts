/**
 * Histories as text: one event a line, as JSON. Each line is checked field by field, since a history with a slip would be judged
 * clean or broken for the wrong reason. A slip is an error that names its line and its field. Fields that are not named here are
 * kept out of judgement: the writer of a history may add some.
 */
import { Mode, modeWords } from '../../base/mode.ts'
import {
  isWithin,
  listOf,
  optional,
  orNull,
  type Shape,
  slipOfFields,
  stringUpTo,
  truthValue,
  valueThat,
  wordOf,
} from '../../wire/shape.ts'
import type { Fault, HistoryEvent } from './events.ts'

/** A line that is no event, or comes at the wrong place. */
export class HistoryError extends Error {
  /** The name of the class. */
  override readonly name = 'HistoryError'
  /** Counted from one; empty lines count. */
  readonly line: number
  /** Empty when the line is no object that could have fields. */
  readonly field: string

  constructor(line: number, field: string, problem: string) {
    super(`line ${line}${field === '' ? '' : `, field '${field}'`}: ${problem}`)
    this.line = line
    this.field = field
  }
}

type Fields = Readonly<Record<string, Shape>>

const time = valueThat('a number of milliseconds from 0', (value) => isWithin(value, 0, Number.MAX_VALUE))
const whole = valueThat('a whole number', (value) => Number.isSafeInteger(value))
const count = valueThat('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
const text = stringUpTo()
const name = valueThat('a string that is not empty', (value) => typeof value === 'string' && value !== '')
const names = listOf(text)
const fence = valueThat(
  'a whole number below 2^63 as decimal text',
  (value) => typeof value === 'string' && /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) < 2n ** 63n,
)
const mode = valueThat(`${modeWords}, or a number of permits`, (value) => Mode.from(value) !== null)
const bound = orNull(valueThat('a number or null', (value) => Number.isFinite(value)))

const ofProcess: Fields = { process: name }
const ofCall: Fields = { call: count, process: name }
const ofResource: Fields = { ...ofCall, lock: name, fence, version: count, admitted: truthValue }

/** The fields of each type of event, but for `atMs` and `type`. */
const fieldsOf: { readonly [Type in HistoryEvent['type']]: Fields } = {
  run: {
    seed: whole,
    nodes: count,
    algorithm: text,
    sessionMs: time,
    healMs: time,
    faultless: truthValue,
    timely: truthValue,
    register: optional(wordOf(['local', 'quorum'])),
    heardMs: optional(time),
  },
  phase: { phase: wordOf(['faults', 'calm', 'closing', 'end']) },
  joined: { process: name, node: optional(name) },
  started: ofProcess,
  crashed: ofProcess,
  paused: ofProcess,
  resumed: ofProcess,
  draining: ofProcess,
  closing: ofProcess,
  closed: ofProcess,
  fault: {
    fault: count,
    kind: name,
    over: truthValue,
    sides: optional(listOf(names)),
    majority: optional(orNull(count)),
    text: optional(text),
  },
  invoked: { ...ofCall, lock: name, mode, how: wordOf(['acquire', 'tryAcquire']), waitMs: optional(time) },
  granted: { ...ofCall, fence },
  failed: { ...ofCall, code: text, definite: optional(truthValue) },
  refused: ofCall,
  releasing: ofCall,
  expired: { ...ofCall, reason: optional(text) },
  released: { ...ofCall, outcome: optional(text) },
  lost: { ...ofCall, reason: optional(text) },
  read: ofResource,
  write: ofResource,
  view: { process: name, node: name, epoch: count, digest: whole, members: names },
  quiet: { process: name, timers: count, waiters: count },
  counted: { lockMessages: count, entries: count, least: bound, most: bound },
}

const fieldsByType: ReadonlyMap<string, readonly (readonly [string, Shape])[]> = new Map(
  Object.entries(fieldsOf).map(([type, fields]) => [type, Object.entries(fields)]),
)

/** An event as a line, without the line's end. */
export function encodeEvent(event: HistoryEvent): string {
  return JSON.stringify(event)
}

/** Reads a history's lines, one after the other. */
export class HistoryReader {
  private line = 0
  private atMs = 0

  /** The number of the line that was read last, from one. */
  get lineNumber(): number {
    return this.line
  }

  /**
   * The event of the next line; null if it is empty.
   *
   * @throws HistoryError when it is no event, or its time lies before that of the line before.
   */
  read(line: string): HistoryEvent | null {
    this.line++
    // Some editors begin a file with a byte order mark.
    const text = this.line === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line
    if (text.trim() === '') return null
    const event = decodeEvent(text, this.line)
    if (event.atMs < this.atMs)
      throw new HistoryError(this.line, 'atMs', `${event.atMs} lies before ${this.atMs}, the time of an earlier line`)
    this.atMs = event.atMs
    return event
  }
}

/**
 * The event of a line.
 *
 * @param number the line's, for the error.
 * @throws HistoryError when it is no event.
 */
export function decodeEvent(line: string, number = 1): HistoryEvent {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new HistoryError(number, '', `no JSON: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HistoryError(number, '', 'an event is a JSON object')
  const object = value as Record<string, unknown>
  checkFields(object, [['atMs', time]], number)
  const { type } = object
  const fields = typeof type === 'string' ? fieldsByType.get(type) : undefined
  if (fields === undefined)
    throw new HistoryError(number, 'type', `${type === undefined ? 'is missing' : `${JSON.stringify(type)} is unknown`}`)
  checkFields(object, fields, number)
  const event = object as unknown as HistoryEvent
  if (event.type === 'fault') checkSides(event, number)
  return event
}

/** Sides have no process in common, and the majority is one of them. */
function checkSides({ sides = [], majority }: Fault, line: number): void {
  const all = sides.flat()
  const twice = all.find((process, i) => all.indexOf(process) !== i)
  if (twice !== undefined) throw new HistoryError(line, 'sides', `${JSON.stringify(twice)} is on two sides`)
  if (typeof majority === 'number' && majority >= sides.length)
    throw new HistoryError(line, 'majority', `is ${majority}, and there are ${sides.length} sides, from 0`)
}

function checkFields(object: object, fields: readonly (readonly [string, Shape])[], line: number): void {
  const slip = slipOfFields(object, fields)
  if (slip === null) return
  const [field = '', within = ''] = /^\.(\w+)(.*)$/.exec(slip.path)?.slice(1) ?? []
  throw new HistoryError(line, field, within === '' ? slip.problem : `${within} ${slip.problem}`)
}
