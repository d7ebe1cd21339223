/** This file keeps the calls of `ensure` that wait until a renewal leaves enough of the session. */
import type { Duration } from '../base/duration.ts'
import type { Event } from '../observe/events.ts'
import { expiringError, parseTimeLeft } from '../port/time-left.ts'
import type { TimerHandle } from '../world/world.ts'
import type { NodeHold } from './hold.ts'
import type { Life } from './life.ts'

/** A call of `ensure` that waits. */
interface Assurance {
  readonly hold: NodeHold
  readonly ms: number
  resolve(): void
  reject(error: unknown): void
  timer: TimerHandle
}

export class Assurances {
  private readonly life: Life
  private readonly waiting = new Set<Assurance>()
  private unwatch: (() => void) | null = null
  private isDue = false

  constructor(life: Life) {
    this.life = life
  }

  /** Resolves once the hold is certain to last so long; rejects as `Hold.ensure` does. */
  async ensure(hold: NodeHold, time: Duration): Promise<void> {
    const ms = parseTimeLeft(time, 'time', hold.timeLeft.bound)
    const { life } = this
    const waits = new Promise<void>((resolve, reject) => {
      const assurance: Assurance = { hold, ms, resolve, reject, timer: undefined }
      if (this.isSettled(assurance, false)) return
      assurance.timer = life.world.setTimer(life.settings.config.sessionMs, () => this.look(assurance, true))
      this.waiting.add(assurance)
      this.unwatch ??= life.feed.watch((event) => this.saw(event))
      life.tenure?.views.renewSoon()
    })
    await waits
  }

  private saw({ type }: Event): void {
    if (this.isDue || (type !== 'sessionRenewed' && type !== 'lockLost' && type !== 'lockReleased')) return
    this.isDue = true
    // The event is told in the middle of a change. The hold is judged after it.
    this.life.world.defer(() => {
      this.isDue = false
      for (const assurance of [...this.waiting]) this.look(assurance, false)
    })
  }

  private look(assurance: Assurance, isLast: boolean): void {
    if (!this.waiting.has(assurance) || !this.isSettled(assurance, isLast)) return
    this.life.world.clearTimer(assurance.timer)
    this.waiting.delete(assurance)
    if (this.waiting.size > 0) return
    this.unwatch?.()
    this.unwatch = null
  }

  /** Settles the call if its outcome is certain, and says so. */
  private isSettled({ hold, ms, resolve, reject }: Assurance, isLast: boolean): boolean {
    try {
      hold.check()
    } catch (error) {
      reject(error)
      return true
    }
    const { remainingMs, renewedMs } = hold.timeLeft
    if (remainingMs >= ms) resolve()
    else if (isLast || renewedMs < ms) reject(expiringError(hold.name, remainingMs, ms))
    else return false
    return true
  }
}
