/**
 * This file is a caller that waits for a grant: its promise, its deadline and its signal. At the end of the wait no timer and no
 * listener of it is left.
 */
import type { TimerHandle } from '../world/world.ts'
import { type HoldfastError, NoQuorumError, TimeoutError } from '../base/errors.ts'
import type { Signal } from '../base/platform.ts'
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { abortedError, notGranted } from '../port/errors.ts'
import type { NodeHold } from './hold.ts'
import type { Life } from './life.ts'
import type { NodeWaiter } from './waiter.ts'

export class Wait {
  /** Resolves with the hold, or with null when the lock is taken; rejects with the reason of any other end. */
  readonly over: Promise<NodeHold | null>
  private readonly life: Life
  private readonly waiter: NodeWaiter
  private readonly signal: Signal | undefined
  private readonly timer: TimerHandle
  private readonly onAbort: (() => void) | undefined
  private resolve: (hold: NodeHold | null) => void = () => {}
  private reject: (error: HoldfastError) => void = () => {}

  constructor(life: Life, waiter: NodeWaiter, waitMs: number | undefined, signal: Signal | undefined) {
    this.life = life
    this.waiter = waiter
    this.signal = signal
    this.over = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    if (waitMs !== undefined) this.timer = life.world.setTimer(waitMs, () => this.giveUp(this.deadlineError(waitMs)))
    if (signal === undefined) return
    this.onAbort = () => this.giveUp(abortedError(waiter.name, signal))
    watchAbort(signal, this.onAbort)
  }

  granted(hold: NodeHold | null): void {
    this.end()
    this.resolve(hold)
  }

  failed(error: HoldfastError): void {
    this.end()
    this.reject(error)
  }

  private giveUp(error: HoldfastError): void {
    this.end()
    this.waiter.givenUp()
    this.reject(error)
  }

  private end(): void {
    this.life.world.clearTimer(this.timer)
    if (this.signal !== undefined && this.onAbort !== undefined) unwatchAbort(this.signal, this.onAbort)
  }

  private deadlineError(waitMs: number): HoldfastError {
    const { name, ifFree } = this.waiter
    const { tenure } = this.life
    const unwell = this.life.health?.failure ?? null
    const text = `${notGranted(name, waitMs)}${unwell === null ? '' : `: ${unwell}`}`
    if (this.life.hasActiveView) {
      const doubtMs = Math.ceil(tenure?.locks.doubtMs(name) ?? 0)
      if (doubtMs === 0) return new TimeoutError(text)
      const doubt = `${text}: a node that is not a member any more may hold it, for ${doubtMs} ms more; wait that long`
      return ifFree ? new NoQuorumError(doubt) : new TimeoutError(doubt)
    }
    const trouble = tenure?.trouble ?? null
    return new NoQuorumError(`${text}: this node is in no active view${trouble === null ? '' : `; ${trouble}`}`)
  }
}
