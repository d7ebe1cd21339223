import { hash53 } from '../base/hash.ts'

/** One line of a trace: when, on which process, what. */
export interface TraceEntry {
  readonly atMs: number
  readonly place: string
  readonly what: string
}

/**
 * What a run did, in order: every frame delivered, every timer fired, every fault. The hash covers the whole run, so
 * two runs of one seed are compared by one number; the entries are the latest few, for whoever reads a failure.
 */
export class Trace {
  private readonly latest: TraceEntry[] = []
  private readonly entriesMax: number
  private digest = 0
  private total = 0

  constructor(entriesMax: number) {
    this.entriesMax = entriesMax
  }

  /** How many entries there were, kept or not. */
  get length(): number {
    return this.total
  }

  /** A number that is equal for equal runs. */
  get hash(): number {
    return this.digest
  }

  /** The latest entries, oldest first. */
  get entries(): readonly TraceEntry[] {
    return this.latest
  }

  add(atMs: number, place: string, what: string): void {
    this.digest = hash53(`${this.digest}\n${atMs}\n${place}\n${what}`)
    this.total++
    this.latest.push({ atMs, place, what })
    // Dropping half at a time keeps the cost of the bound away from every single entry.
    if (this.latest.length > this.entriesMax) this.latest.splice(0, Math.ceil(this.entriesMax / 2))
  }

  /** The latest entries as text, one a line. */
  toString(): string {
    return this.latest.map((entry) => `${entry.atMs.toFixed(3)} ${entry.place} ${entry.what}`).join('\n')
  }
}

/** A number that tells frames apart in a trace (FNV-1a, 32 bits). */
export function frameDigest(bytes: Uint8Array): number {
  let digest = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193)
  return digest >>> 0
}
