/** This file records what a run did, in order, and hashes it, so that two runs of one seed can be compared. */
import { shapeClass } from '../base/shown.ts'

/** One line of a trace: when, on which process, what. */
export interface TraceEntry {
  /** Since the simulation began, by true time. */
  readonly atMs: number
  /** To whom: a process, a host, or what else a fault names. */
  readonly place: string
  /** In words, with the numbers that belong to it. */
  readonly what: string
}

/** As noted; made into text only when it is read. */
interface Noted {
  readonly atMs: number
  readonly place: string
  readonly what: string
  readonly first: number
  readonly second: number
}

/**
 * What a run did, in order: every frame delivered, every timer fired, every fault. The hash covers the whole run, so
 * two runs of one seed are compared by one number; the entries are the latest few, for the reader of a failure. This is
 * done for every single event, so words are hashed once and numbers are mixed as they are.
 */
export class Trace {
  private readonly latest: Noted[] = []
  private readonly entriesMax: number
  private readonly words = new Map<string, number>()
  private high = 0x2545f491
  private low = 0x6c078965
  private total = 0

  /** @param entriesMax so many of the latest entries are kept; with 0 there is only the hash. */
  constructor(entriesMax: number) {
    this.entriesMax = entriesMax
  }

  /** How many entries there were, kept or not. */
  get length(): number {
    return this.total
  }

  /** A number that is equal for equal runs. */
  get hash(): number {
    return (this.high & 0x1fffff) * 0x1_0000_0000 + (this.low >>> 0)
  }

  /** The latest entries, oldest first. */
  get entries(): readonly TraceEntry[] {
    return this.latest.map(({ atMs, place, what, first, second }) => ({
      atMs,
      place,
      what: `${what}${first < 0 ? '' : ` ${first}`}${second < 0 ? '' : ` ${second}`}`,
    }))
  }

  /** Notes an event, with up to two numbers from 0 on that belong to it. */
  add(atMs: number, place: string, what: string, first = -1, second = -1): void {
    // Times are multiples of 1/1024 ms, give or take a drifting clock.
    this.mix(atMs * 1024)
    this.mix(this.wordOf(place))
    this.mix(this.wordOf(what))
    this.mix(first)
    this.mix(second)
    this.total++
    if (this.entriesMax === 0) return
    this.latest.push({ atMs, place, what, first, second })
    // Dropping half at a time keeps the cost of the bound away from every single entry.
    if (this.latest.length > this.entriesMax) this.latest.splice(0, Math.ceil(this.entriesMax / 2))
  }

  /** The latest entries as text, one a line. */
  toString(): string {
    return this.entries.map((entry) => `${entry.atMs.toFixed(3)} ${entry.place} ${entry.what}`).join('\n')
  }

  /** Two lanes that multiply and rotate; the second sees what the first became. */
  private mix(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000)
    this.low = Math.imul(this.low ^ (value | 0) ^ high, 0x01000193)
    this.low = (this.low << 13) | (this.low >>> 19)
    this.high = Math.imul(this.high ^ this.low, 0x85ebca6b)
    this.high ^= this.high >>> 15
  }

  private wordOf(text: string): number {
    let digest = this.words.get(text)
    if (digest === undefined) {
      digest = textDigest(text)
      if (this.words.size < wordsMax) this.words.set(text, digest)
    }
    return digest
  }
}

/** Words remembered; beyond them every word is hashed anew. */
const wordsMax = 4096

function textDigest(text: string): number {
  let digest = 0x811c9dc5
  for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193)
  return digest >>> 0
}

/** A number that tells frames apart in a trace (FNV-1a, 32 bits). */
export function frameDigest(bytes: Uint8Array): number {
  let digest = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193)
  return digest >>> 0
}

shapeClass(Trace, ({ length, hash }) => ({ length, hash }))
