import type { Access } from './protocol.ts'

/** What became of an access. */
export interface Admission {
  readonly admitted: boolean
  /** `read`: the version found. `write`: the version that the writer had read. */
  readonly version: number
}

/**
 * The resource that locks guard: for each lock a version that entries read and then write, plus one. It admits no fence below
 * the highest it has seen, and remembers a fence when it *reads*, or a late writer could still slip in between a
 * successor's read and its write.
 */
export class Resource {
  private readonly fenced: boolean
  private readonly highest = new Map<string, bigint>()
  private readonly versions = new Map<string, number>()

  constructor(fenced: boolean) {
    this.fenced = fenced
  }

  access({ type, lock, fence: text, version: read }: Access): Admission {
    const fence = BigInt(text)
    const highest = this.highest.get(lock) ?? 0n
    const found = this.versions.get(lock) ?? 0
    const admitted = !this.fenced || fence >= highest
    if (admitted) {
      if (fence > highest) this.highest.set(lock, fence)
      if (type === 'write') this.versions.set(lock, read + 1)
    }
    return { admitted, version: type === 'read' ? found : read }
  }
}
