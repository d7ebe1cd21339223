/**
 * This file says which epoch may be used next, and when, so that epochs and fences never fall. It knows the process's, the
 * host's and the wall clock's epochs.
 */
import type { Context } from '../world/context.ts'
import type { EpochMarks, ProcessEpochs } from '../world/world.ts'
import { messageOf } from '../base/message-of.ts'
import { epochAtMs } from './successor.ts'
import { clockWaitMs } from './timing.ts'
import { epochLimit, markFor } from './vote.ts'

/** How often a wall clock that is behind is read: it may be set. */
const lookMsMax = 1_000
const failedAgainMs = 60_000
/** With fewer marked epochs left than this, more are marked at the next renewal. */
const marksLeftMin = 5

/** Where a node finds the epochs that were used. */
export interface EpochSources {
  /** The epochs of this process's nodes, and the name of the cluster. */
  readonly process: ProcessEpochs
  readonly name: string
  /** The memory that outlives the process; null without one (`dataDir: false`). */
  readonly marks: EpochMarks | null
  /** The cluster ends with its processes, as one in memory does: then no epoch has to be remembered beyond them. */
  readonly isTransient?: boolean
  /** The least epoch that the node may enter. Default: 0. */
  readonly least?: number
}

/**
 * Keeps epochs, and so fences, from falling. It knows what this process, this host's disk and the wall clock say of used epochs,
 * and when the next one may be used. An epoch is used once its mark is on the disk; if no mark can be made, once the wall clock
 * has reached it (docs/decisions/0021).
 */
export class Epochs {
  /** The highest epoch that a node of this process was in before this one began, or the least that its user allows. It enters no view below. */
  readonly entered: number
  private readonly context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'emit'>
  private readonly sources: EpochSources
  /** The highest epoch that needs no further mark. */
  private marked = 0
  private failedAtMs = Number.NEGATIVE_INFINITY

  constructor(context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'emit'>, sources: EpochSources) {
    this.context = context
    this.sources = sources
    this.entered = Math.max(sources.process.highest(sources.name), sources.least ?? 0)
  }

  /** The highest used epoch, as far as process and disk know. A founding has a higher one. */
  highest(): number {
    return Math.max(this.entered, this.read())
  }

  /** A node of this process is in this view. */
  enter(epoch: number): void {
    this.sources.process.entered(this.sources.name, epoch)
  }

  /** Whether this epoch may be used now: it is marked on the disk, or the wall clock has reached it. */
  reserve(epoch: number): boolean {
    return epoch < epochLimit && (this.mark(epoch) || this.aheadMs(epoch) <= 0)
  }

  /**
   * How long until this epoch may be used: until the wall clock has reached it. If the disk remembers epochs, a clock that was
   * set back causes only a pause after the view before.
   *
   * @param before The highest epoch that is known to be used. What leaves out more is a peer's word about its process, and is
   *   believed as far as the disk or the clock of this host has come.
   * @param sinceMs When the view before became known here, by the monotonic clock.
   */
  waitMs(epoch: number, before: number, sinceMs: number): number {
    const aheadMs = this.aheadMs(epoch)
    if (aheadMs <= 0) return 0
    const isKnown = epoch <= before + 1 || epoch <= this.highest() + 1
    if (aheadMs > clockWaitMs && isKnown && this.mark(epoch)) return Math.max(0, clockWaitMs - (this.context.nowMs() - sinceMs))
    return Math.min(aheadMs, lookMsMax)
  }

  /** Marks more epochs if few are left after this one, so that a view in a hurry does not wait for the disk. */
  markAhead(epoch: number): void {
    this.mark(epoch, epoch + marksLeftMin)
  }

  private aheadMs(epoch: number): number {
    return this.sources.isTransient === true ? 0 : epochAtMs(epoch) - this.context.wallMs()
  }

  /** Unless there is a mark at `least` or above, makes the one that this epoch needs. */
  private mark(epoch: number, least = epoch): boolean {
    const { marks, isTransient } = this.sources
    if (isTransient === true || least <= this.marked) return true
    if (marks === null || epoch >= epochLimit - 1) return false
    try {
      // Another process of this host may have made that mark.
      this.marked = marks.highest()
      if (least > this.marked) {
        marks.mark(markFor(epoch))
        this.marked = markFor(epoch)
      }
      return true
    } catch (error) {
      this.failed(error)
      return false
    }
  }

  private read(): number {
    try {
      return this.sources.marks?.highest() ?? 0
    } catch (error) {
      this.failed(error)
      return 0
    }
  }

  private failed(error: unknown): void {
    const nowMs = this.context.nowMs()
    if (nowMs - this.failedAtMs < failedAgainMs) return
    this.failedAtMs = nowMs
    this.context.emit({ type: 'stateUnsaved', message: messageOf(error) })
  }
}
