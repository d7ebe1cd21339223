/** This file waits for a report of locks in which each member of the newest view has answered. */
import type { TimerHandle } from '../world/world.ts'
import { NoQuorumError, TimeoutError } from '../base/errors.ts'
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import type { Signal } from '../base/platform.ts'
import { abortedError, closedError } from '../port/errors.ts'
import type { Life } from './life.ts'
import type { LockReport } from './reports.ts'

/** How long to wait before all are asked again: a member that is gone leaves the view meanwhile. */
const againMs = 100

/** Asks all members again and again until each of them has answered, in one active view. */
export class FreshQuery {
  readonly outcome: Promise<LockReport>
  private readonly life: Life
  private readonly pattern: string
  private readonly signal: Signal | undefined
  private readonly timer: TimerHandle
  private readonly stopListening: () => void
  private again: TimerHandle
  private isOver = false
  private last: LockReport | null = null
  private resolve: (report: LockReport) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor(life: Life, pattern: string, waitMs: number | undefined, signal: Signal | undefined) {
    this.life = life
    this.pattern = pattern
    this.signal = signal
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.stopListening = life.closing.on(this.onClose)
    if (waitMs !== undefined) this.timer = life.world.setTimer(waitMs, () => this.fail(this.deadlineError(waitMs)))
    if (signal !== undefined) watchAbort(signal, this.onAbort)
    void this.ask()
  }

  private async ask(): Promise<void> {
    const { life } = this
    const view = life.tenure?.views.view ?? null
    try {
      if (view !== null && life.hasActiveView) {
        const report = await life.questions.askAll(
          view.members.map(({ id }) => id),
          this.pattern,
        )
        if (this.isOver) return
        this.last = report
        // A member that joined meanwhile was not asked.
        if (report.unanswered.length === 0 && life.hasActiveView && life.tenure?.views.view === view) {
          this.end()
          return this.resolve(report)
        }
      }
    } catch (error) {
      return this.fail(error)
    }
    if (!this.isOver) this.again = life.world.setTimer(againMs, () => void this.ask())
  }

  private fail(error: unknown): void {
    if (this.isOver) return
    this.end()
    this.reject(error)
  }

  private end(): void {
    this.isOver = true
    this.life.world.clearTimer(this.timer)
    this.life.world.clearTimer(this.again)
    this.stopListening()
    if (this.signal !== undefined) unwatchAbort(this.signal, this.onAbort)
  }

  private deadlineError(waitMs: number): Error {
    const text = `no fresh report of '${this.pattern}' within ${waitMs} ms`
    if (!this.life.hasActiveView) return new NoQuorumError(`${text}: this node is in no active view`)
    const missing = this.last?.unanswered ?? []
    return new TimeoutError(missing.length === 0 ? text : `${text}: ${missing.join(', ')} did not answer`)
  }

  private readonly onAbort = (): void => this.fail(abortedError(`a fresh report of '${this.pattern}'`, this.signal))
  private readonly onClose = (): void => this.fail(closedError())
}
