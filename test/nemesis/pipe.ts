import type { Socket } from 'node:net'

/** What a direction of a link does to the bytes that pass. */
export type Treatment =
  | { readonly type: 'pass' }
  /** Nothing passes, and no end is told: a cable that was pulled. What came meanwhile passes later. */
  | { readonly type: 'stall' }
  | { readonly type: 'delay'; readonly delayMs: number; readonly jitterMs: number }
  /** A few bytes at a time. */
  | { readonly type: 'drip'; readonly bytes: number; readonly everyMs: number }

/** As much as a pipe keeps before it stops reading, as a full socket buffer would. */
const keptBytesMax = 256 * 1024

/** One direction of one connection. What comes in leaves in order, treated as its link says at that time. */
export class Pipe {
  private readonly from: Socket
  private readonly to: Socket
  private readonly treatment: () => Treatment
  private readonly random: () => number
  private kept: { readonly bytes: Buffer; readonly atMs: number }[] = []
  private keptBytes = 0
  private timer: NodeJS.Timeout | undefined
  private ended = false
  /** No byte leaves earlier than the one before it, however the delay is drawn. */
  private lastDueMs = 0

  constructor(from: Socket, to: Socket, treatment: () => Treatment, random: () => number) {
    this.from = from
    this.to = to
    this.treatment = treatment
    this.random = random
    from.on('data', (bytes: Buffer) => this.take(bytes))
    from.on('end', () => {
      this.ended = true
      this.pump()
    })
    to.on('drain', () => this.pump())
    to.on('close', () => clearTimeout(this.timer))
  }

  /** The treatment has changed. */
  pump(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const nowMs = performance.now()
    const treatment = this.treatment()
    while (this.kept.length > 0 && !this.to.destroyed && !this.to.writableNeedDrain) {
      if (treatment.type === 'stall') return
      const [first] = this.kept as [{ readonly bytes: Buffer; readonly atMs: number }]
      if (treatment.type === 'delay' && first.atMs > nowMs) return this.later(first.atMs - nowMs)
      if (treatment.type === 'drip' && first.bytes.length > treatment.bytes) {
        this.kept[0] = { ...first, bytes: first.bytes.subarray(treatment.bytes) }
        this.keptBytes -= treatment.bytes
        this.to.write(first.bytes.subarray(0, treatment.bytes))
        return this.later(treatment.everyMs)
      }
      this.kept.shift()
      this.keptBytes -= first.bytes.length
      this.to.write(first.bytes)
      if (treatment.type === 'drip') return this.later(treatment.everyMs)
    }
    if (this.keptBytes < keptBytesMax) this.from.resume()
    if (this.ended && this.kept.length === 0 && treatment.type !== 'stall') this.to.end()
  }

  /** Half of what is on its way arrives; the caller breaks the connection then. Of nothing on its way, one byte. */
  cut(): void {
    const bytes = Buffer.concat(this.kept.map((each) => each.bytes))
    this.kept = []
    this.to.write(bytes.length > 1 ? bytes.subarray(0, bytes.length >> 1) : Buffer.from([0x82]))
  }

  private take(bytes: Buffer): void {
    const treatment = this.treatment()
    const delayMs = treatment.type === 'delay' ? treatment.delayMs + (this.random() * 2 - 1) * treatment.jitterMs : 0
    this.lastDueMs = Math.max(this.lastDueMs, performance.now() + delayMs)
    this.kept.push({ bytes, atMs: this.lastDueMs })
    this.keptBytes += bytes.length
    if (this.keptBytes >= keptBytesMax) this.from.pause()
    this.pump()
  }

  private later(delayMs: number): void {
    this.timer = setTimeout(() => this.pump(), Math.max(delayMs, 1))
  }
}
