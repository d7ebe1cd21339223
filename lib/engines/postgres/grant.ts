/** This file keeps an advisory lock in a session of its own, and asks that session from time to time whether it is still the same backend. */
import type { Loss } from '../../base/loss.ts'
import { messageOf } from '../../base/message-of.ts'
import { answered } from '../common/late.ts'
import type { ServerGrant } from '../client/server.ts'
import { endless, type TimeLeft } from '../../port/time-left.ts'
import { clearSystemTimeout, setSystemTimeout, sinceStartMs } from '../common/time.ts'
import type { PgSession } from './sessions.ts'

const checkText = 'SELECT pg_backend_pid()::text AS pid'
const unlockText = 'SELECT pg_advisory_unlock($1::bigint)::text AS had, pg_backend_pid()::text AS pid'

/** PostgreSQL keeps a lock as long as its session, and tells nobody how long that is. */
const leaseless: TimeLeft = { remainingMs: endless.ms, renewedMs: endless.ms, bound: endless }

export class PostgresGrant implements ServerGrant {
  readonly fence: bigint
  private readonly session: PgSession
  private readonly key: string
  private readonly pid: string
  private readonly checkMs: number
  private askedMs: number | null = null
  private loss: Loss | null = null
  private isOver = false
  private listener: (loss: Loss) => void = () => {}
  private timer: ReturnType<typeof setSystemTimeout>
  private checking: Promise<void> | null = null

  /** @param pid the backend that has the lock */
  constructor(fence: bigint, session: PgSession, key: string, pid: string, checkMs: number) {
    this.fence = fence
    this.session = session
    this.key = key
    this.pid = pid
    this.checkMs = checkMs
    this.timer = setSystemTimeout(this.check, checkMs)
    session.onEnd(() => this.end('its connection to PostgreSQL ended'))
  }

  standing(): 'held' | 'suspect' | Loss {
    if (this.loss !== null) return this.loss
    const isLate = this.askedMs !== null && sinceStartMs() - this.askedMs >= (this.checkMs * 2) / 3
    return isLate ? 'suspect' : 'held'
  }

  timeLeft(): TimeLeft {
    return leaseless
  }

  async confirm(): Promise<void> {
    clearSystemTimeout(this.timer)
    await this.check()
  }

  onLoss(listener: (loss: Loss) => void): void {
    this.listener = listener
  }

  async release(): Promise<Loss | null> {
    if (this.loss !== null) return this.loss
    this.stop()
    try {
      const { had, pid } = await answered(
        this.session.query(unlockText, [this.key], 'holdfast_unlock'),
        this.checkMs,
        'PostgreSQL',
      )
      const isWhole = had === 'true' && pid === this.pid
      this.session.release(!isWhole)
      return isWhole ? null : this.lossOf('another session answered for it')
    } catch {
      // The lock ends with the session.
      this.session.release(true)
      return null
    }
  }

  /** Asks once at a time: a second caller waits for the answer to the question that is under way. */
  private readonly check = (): Promise<void> => {
    this.checking ??= this.checkOnce().finally(() => {
      this.checking = null
    })
    return this.checking
  }

  private async checkOnce(): Promise<void> {
    if (this.isOver) return
    this.askedMs = sinceStartMs()
    try {
      const { pid } = await answered(this.session.query(checkText, []), this.checkMs, 'PostgreSQL')
      if (pid !== this.pid) this.end('its connection to PostgreSQL ended, and the client opened another')
    } catch (error) {
      this.end(messageOf(error))
    }
    this.askedMs = null
    if (!this.isOver) this.timer = setSystemTimeout(this.check, this.checkMs)
  }

  private end(message: string): void {
    if (this.isOver) return
    this.loss = this.lossOf(message)
    this.stop()
    this.session.release(true)
    this.listener(this.loss)
  }

  private stop(): void {
    this.isOver = true
    clearSystemTimeout(this.timer)
  }

  private lossOf(message: string): Loss {
    return { reason: 'session', message: `its session is over: ${message}` }
  }
}
