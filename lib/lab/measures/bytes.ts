/** This file measures the size of messages on the wire, from a sample of them. */
import type { Body } from '../../mutex/contract.ts'
import { nodeFormat } from '../../mutex/format.ts'

/** One message in so many is made into bytes. */
const sampleEvery = 100

/** The lock and the view that sampled messages speak of: what else travels with a body. */
const envelope = { type: 'lock', view: { epoch: 1, digest: 2 ** 40 }, lock: 'invoice/42', counter: 1000 } as const

/** The size of messages on the wire, from a sample of them. */
export class ByteSample {
  private seen = 0
  private sampled = 0
  private total = 0
  private isUnknown = false

  see(body: Body): void {
    if (this.seen++ % sampleEvery !== 0 || this.isUnknown) return
    try {
      this.total += nodeFormat.packMessage({ ...envelope, body }).length
      this.sampled++
    } catch {
      // The messages of one's own algorithm have no place in the product's table.
      this.isUnknown = true
    }
  }

  /** Bytes of a message at the mean; NaN when the product cannot send them. */
  get meanSize(): number {
    return this.isUnknown || this.sampled === 0 ? Number.NaN : this.total / this.sampled
  }
}
