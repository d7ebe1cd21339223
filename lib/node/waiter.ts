/** This file keeps a request of a user until it is granted, refused, or given up. Then the public hold takes its place. */
import type { HoldfastError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import type { Owner, Waiter } from '../lock/waiter.ts'
import { NodeHold } from './hold.ts'
import type { Life } from './life.ts'
import { Wait } from './wait.ts'

export class NodeWaiter implements Waiter {
  readonly name: string
  readonly mode: Mode
  readonly owner: Owner
  readonly priority: number
  readonly meta: unknown
  /** True for `tryAcquire`, which is refused instead of waiting. */
  readonly ifFree: boolean
  sinceMs = 0
  order = 0
  grantsBefore = 0
  /** Null as long as it has not been granted. */
  hold: NodeHold | null = null
  protected readonly life: Life
  private isRefused = false
  private failure: HoldfastError | undefined
  private wait: Wait | undefined

  constructor(life: Life, name: string, mode: Mode, owner: Owner, priority: number, meta: unknown, ifFree: boolean) {
    this.life = life
    this.name = name
    this.mode = mode
    this.owner = owner
    this.priority = priority
    this.meta = meta
    this.ifFree = ifFree
  }

  granted(fence: bigint, sinceMs: number): NodeHold {
    const hold = this.held(fence, sinceMs)
    this.hold = hold
    this.wait?.granted(hold)
    return hold
  }

  protected held(fence: bigint, sinceMs: number): NodeHold {
    return new NodeHold(this.life, this.name, this.mode, this.owner, this.meta, fence, sinceMs)
  }

  /** `tryAcquire`: another request has the lock. */
  refused(): void {
    this.isRefused = true
    this.wait?.granted(null)
  }

  /** A limit was reached, or the node is closing: the waiter gets an error. */
  failed(error: HoldfastError): void {
    this.failure = error
    this.wait?.failed(error)
  }

  /** A promise of the grant; null when it was refused because the lock is taken. Called at most once, while waiting. */
  pending(waitMs: number | undefined, signal: Signal | undefined): Promise<NodeHold | null> {
    // Refused or failed in the very call that asked.
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.isRefused) return Promise.resolve(null)
    this.wait = new Wait(this.life, this, waitMs, signal)
    return this.wait.over
  }

  /** Its caller waits no longer: the request is withdrawn. */
  givenUp(): void {
    this.life.requests.withdraw(this)
  }
}
