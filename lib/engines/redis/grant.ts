/** This file keeps a lock that Redis granted for the length of a lease, and renews the lease. */
import type { Loss } from '../../base/loss.ts'
import type { ServerGrant } from '../client/server.ts'
import type { TimeLeft } from '../../port/time-left.ts'
import { clearSystemTimeout, setSystemTimeout, sinceStartMs } from '../common/time.ts'

/** How a grant reaches Redis. */
export interface LeaseCommands {
  /** Resolves with false if Redis has no such lease. */
  renew(): Promise<boolean>
  /** Resolves with false if Redis had no such lease. */
  drop(): Promise<boolean>
}

/** The clocks of two machines may differ by this part of a lease in its length. */
const driftRatio = 0.01

export class RedisGrant implements ServerGrant {
  readonly fence: bigint
  private readonly commands: LeaseCommands
  private readonly leaseMs: number
  /** When the command was sent that Redis confirmed last: its lease began after that. */
  private confirmedMs: number
  private loss: Loss | null = null
  private isOver = false
  private listener: (loss: Loss) => void = () => {}
  private timer: ReturnType<typeof setSystemTimeout>
  private renewing: Promise<void> | null = null

  /** @param sentMs when the request was sent */
  constructor(fence: bigint, leaseMs: number, sentMs: number, commands: LeaseCommands) {
    this.fence = fence
    this.leaseMs = leaseMs
    this.confirmedMs = sentMs
    this.commands = commands
    this.timer = setSystemTimeout(this.renew, leaseMs / 3)
  }

  standing(): 'held' | 'suspect' | Loss {
    if (this.loss !== null) return this.loss
    const silentMs = sinceStartMs() - this.confirmedMs
    if (!this.isOver && silentMs >= this.validMs) return this.lossOf(`its lease of ${this.leaseMs} ms was not renewed in time`)
    return silentMs >= (this.leaseMs * 2) / 3 ? 'suspect' : 'held'
  }

  timeLeft(): TimeLeft {
    const { validMs } = this
    const remainingMs = Math.max(0, this.confirmedMs + validMs - sinceStartMs())
    return { remainingMs, renewedMs: validMs, bound: { ms: validMs, what: 'a lease (lease)' } }
  }

  async confirm(): Promise<void> {
    clearSystemTimeout(this.timer)
    await this.renew()
  }

  onLoss(listener: (loss: Loss) => void): void {
    this.listener = listener
  }

  async release(): Promise<Loss | null> {
    this.stop()
    const { loss } = this
    // Without an answer the lease ends by itself.
    const had = await this.commands.drop().catch(() => true)
    return loss ?? (had ? null : this.gone())
  }

  /** For how long the lease is certain to last after it was confirmed. */
  private get validMs(): number {
    return this.leaseMs * (1 - driftRatio)
  }

  /** Renews once at a time: a second caller waits for the renewal that is under way. */
  private readonly renew = (): Promise<void> => {
    this.renewing ??= this.renewOnce().finally(() => {
      this.renewing = null
    })
    return this.renewing
  }

  private async renewOnce(): Promise<void> {
    if (this.judge()) return
    const sentMs = sinceStartMs()
    // A lost connection ends the lease only when no renewal comes through in time.
    const retryMs = this.leaseMs / 10
    const timer = setSystemTimeout(() => void this.judge(), Math.max(0, this.confirmedMs + this.validMs - sentMs))
    const isThere = await this.commands.renew().catch(() => null)
    clearSystemTimeout(timer)
    if (this.isOver || this.judge()) return
    if (isThere === false) {
      this.end(this.gone())
      return
    }
    if (isThere === true) this.confirmedMs = sentMs
    const restMs = Math.max(0, this.confirmedMs + this.validMs - sinceStartMs())
    this.timer = setSystemTimeout(this.renew, isThere === true ? this.leaseMs / 3 : Math.min(retryMs, restMs))
  }

  /** Ends the grant if its lease is over. */
  private judge(): boolean {
    if (this.isOver) return true
    const standing = this.standing()
    if (typeof standing !== 'object') return false
    this.end(standing)
    return true
  }

  private end(loss: Loss): void {
    this.loss = loss
    this.stop()
    this.commands.drop().catch(() => {})
    this.listener(loss)
  }

  private stop(): void {
    this.isOver = true
    clearSystemTimeout(this.timer)
  }

  private gone(): Loss {
    return this.lossOf('Redis has no lease of it any more: it ended, or the server restarted or lost its data')
  }

  private lossOf(message: string): Loss {
    return { reason: 'session', message }
  }
}
