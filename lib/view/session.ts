/** This file keeps this member's own session: it renews it in time, and ends it by the clock that counts most time. */
import type { Context } from '../world/context.ts'
import { elapsedForOwnMs, type Instant } from '../clock/pessimistic.ts'

/** What a member knows of its own session. */
export interface SessionState {
  /** When the first view was installed, and so a renewal first asked for, by the monotonic clock. */
  memberSinceMs: number | null
  /** When a renewal was last asked for. */
  askedMs: number
  /** When the latest successful renewal began; null before the first. */
  started: Instant | null
  suspected: boolean
}

export interface SessionListener {
  /** Whether anything rests on the session: a hold, or a request. */
  isNeeded(): boolean
  /** Asks the register whether this node is still in the newest view; its yes comes back as `renewed`. */
  ask(): void
  suspected(suspected: boolean): void
  /** D has passed, and why. Told once; the session is never used again. */
  over(message: string): void
}

export type SessionTimer = { readonly type: 'renew' } | { readonly type: 'session' }

/** How long after a renewal the next one is asked for. */
export function renewalMs(sessionMs: number): number {
  return sessionMs / 5
}

/** A member that renewed is expected to do so again within this time. */
export function renewedAgainMs(sessionMs: number): number {
  return 1.2 * renewalMs(sessionMs)
}

/** A larger difference of two clocks than reading them one after the other explains. */
const disagreementMs = 5
/** A grant uses a reading of the boot clock that is at most this old: reading it costs a system call. */
const bootAgeMs = 1
/**
 * How often a session that is needed is checked although no timer is due: after a sleep, monotonic timers do not show the time that passed.
 * One on which nothing rests is checked when it is renewed, and by each grant.
 */
const lookMs = 200

/** The three clocks now. Costs a system call, for the boot clock. */
export function instantNow(context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'bootMs'>): Instant {
  return { monotonicMs: context.nowMs(), wallMs: context.wallMs(), bootMs: context.bootMs() }
}

/**
 * A member's right to hold locks. It is valid until D after the *start* of the latest successful renewal; the node asks for one
 * every D/5. Membership alone gives no session. One's own session is judged by the clock that says that most time has passed, so
 * that suspending the machine or setting a clock can only end it early.
 */
export class Session {
  readonly state: SessionState = { memberSinceMs: null, askedMs: Number.NEGATIVE_INFINITY, started: null, suspected: false }
  private readonly context: Context<SessionTimer>
  private readonly sessionMs: number
  private readonly listener: SessionListener
  /** The boot clock as it was last read, and the monotonic clock at that moment. */
  private lastBoot = { bootMs: 0, monotonicMs: Number.NEGATIVE_INFINITY }
  /** When the session is looked at next, by the monotonic clock. */
  private lookDueMs = 0

  constructor(context: Context<SessionTimer>, sessionMs: number, listener: SessionListener) {
    this.context = context
    this.sessionMs = sessionMs
    this.listener = listener
  }

  /** The rest of the session by the clock that says that most time has passed. */
  remainingMs(): number {
    const { started } = this.state
    return started === null ? 0 : Math.max(0, this.sessionMs - elapsedForOwnMs(started, instantNow(this.context)))
  }

  /**
   * Whether anything is left: the check of the hot path. It reads the boot clock once in a millisecond, and whenever the
   * monotonic and the wall clock disagree: then the machine slept, or the wall clock was set. When the session is over,
   * the timer that ends it is set to now: a grant is refused in the middle of other work, and must not end it itself.
   */
  isValid(): boolean {
    const { started } = this.state
    if (started === null) return false
    const nowMs = this.context.nowMs()
    const wallMs = this.context.wallMs() - started.wallMs
    const agree = Math.abs(wallMs - (nowMs - started.monotonicMs)) <= disagreementMs
    if (!agree || nowMs - this.lastBoot.monotonicMs >= bootAgeMs) {
      this.lastBoot = { bootMs: this.context.bootMs(), monotonicMs: nowMs }
    }
    const elapsedMs = Math.max(nowMs - started.monotonicMs, wallMs, this.lastBoot.bootMs - started.bootMs)
    if (elapsedMs >= this.sessionMs) this.lookIn(0)
    else if (this.lookDueMs - nowMs > lookMs) this.lookIn(lookMs)
    return elapsedMs < this.sessionMs
  }

  /** Judges the session now, for a reader that needs its true state: it becomes suspect, or ends, inside this call. */
  look(): void {
    const { started } = this.state
    if (started !== null) this.judge(elapsedForOwnMs(started, instantNow(this.context)))
  }

  /** Asks for a renewal: at once in a new view, then again and again. */
  renew(): void {
    const nowMs = this.context.nowMs()
    this.state.memberSinceMs ??= nowMs
    this.state.askedMs = nowMs
    // The view has no majority that acknowledges, and never had one: only a new start helps.
    if (this.state.started === null && nowMs - this.state.memberSinceMs >= this.sessionMs)
      return this.listener.over('no renewal of the session ever succeeded')
    this.context.setTimer('renew', renewalMs(this.sessionMs), { type: 'renew' })
    this.listener.ask()
  }

  /**
   * Another member renews now. All members come to renew together by this: a frame costs a node that does nothing else several
   * times as much when it comes alone, since it wakes the process, and the answer goes out with this node's own question.
   */
  renewTogether(): void {
    if (this.context.nowMs() - this.state.askedMs >= renewalMs(this.sessionMs) / 2) this.renew()
  }

  /** A renewal that began then has succeeded. An older one than the latest changes nothing. */
  renewed(started: Instant): void {
    const now = instantNow(this.context)
    // The session is over by one of the clocks: a late answer does not revive it, because the holds are lost already.
    if (this.state.started !== null && elapsedForOwnMs(this.state.started, now) >= this.sessionMs) return this.timer()
    if (elapsedForOwnMs(started, now) >= this.sessionMs) return
    if (this.state.started !== null && this.state.started.monotonicMs >= started.monotonicMs) return
    this.state.started = started
    this.context.emit({ type: 'sessionRenewed', startedMs: started.monotonicMs })
    this.timer()
  }

  /** Looks how much of the session has gone by, and again when it becomes suspect or is over. */
  timer(): void {
    if (this.state.started === null) return
    const elapsedMs = elapsedForOwnMs(this.state.started, instantNow(this.context))
    const isDue = elapsedMs >= this.suspectAfterMs
    const nextMs = Math.max(1, (isDue ? this.sessionMs : this.suspectAfterMs) - elapsedMs)
    this.lookIn(this.listener.isNeeded() ? Math.min(lookMs, nextMs) : nextMs)
    this.judge(elapsedMs)
  }

  private lookIn(delayMs: number): void {
    this.lookDueMs = this.context.nowMs() + delayMs
    this.context.setTimer('session', delayMs, { type: 'session' })
  }

  private get suspectAfterMs(): number {
    return (this.sessionMs * 2) / 3
  }

  private judge(elapsedMs: number): void {
    if (elapsedMs >= this.sessionMs) {
      this.context.clearTimer('session')
      return this.listener.over('no renewal of the session succeeded in time')
    }
    const suspected = elapsedMs >= this.suspectAfterMs
    if (suspected === this.state.suspected) return
    this.state.suspected = suspected
    this.listener.suspected(suspected)
  }

  stop(): void {
    for (const key of ['renew', 'session']) this.context.clearTimer(key)
  }
}
