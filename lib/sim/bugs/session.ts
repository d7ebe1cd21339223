/** Mistakes with sessions: those that are measured from the wrong moment, by the wrong clock, or not looked at in time. */
import type { Context } from '../../world/context.ts'
import type { Instant } from '../../clock/pessimistic.ts'
import type { Loss } from '../../base/loss.ts'
import { NodeLocks } from '../../lock/locks.ts'
import { NodeHold } from '../../node/hold.ts'
import type { HoldState } from '../../port/hold.ts'
import { Session, type SessionState, type SessionTimer } from '../../view/session.ts'
import { Views } from '../../view/views.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together, type Undo } from './replace.ts'

type SessionContext = Context<SessionTimer>

interface SessionParts {
  readonly state: SessionState
  context: SessionContext
  readonly sessionMs: number
  remainingMs(): number
  isValid(): boolean
  look(): void
  renewed(started: Instant): void
  timer(): void
}

interface HoldParts {
  phase: HoldState
  readonly name: string
  stands(): boolean
  signalLost(): void
}

/** Sessions that go by one clock alone, whatever the other two say. */
function byOneClock(read: (context: SessionContext) => number, of: (instant: Instant) => number): Undo {
  const contexts = new WeakMap<SessionContext, SessionContext>()
  const within = <Result>(session: SessionParts, task: () => Result): Result => {
    const { context } = session
    let other = contexts.get(context)
    if (other === undefined) {
      const nowMs = (): number => read(context)
      contexts.set(context, (other = { ...context, nowMs, wallMs: nowMs, bootMs: nowMs }))
    }
    session.context = other
    try {
      return task()
    } finally {
      session.context = context
    }
  }
  const replace = replaceMethod<SessionParts>()
  return together(
    replace(
      Session,
      'remainingMs',
      (original) =>
        function () {
          return within(this, () => original.call(this))
        },
    ),
    replace(
      Session,
      'isValid',
      (original) =>
        function () {
          return within(this, () => original.call(this))
        },
    ),
    replace(
      Session,
      'look',
      (original) =>
        function () {
          within(this, () => original.call(this))
        },
    ),
    replace(
      Session,
      'timer',
      (original) =>
        function () {
          within(this, () => original.call(this))
        },
    ),
    replace(
      Session,
      'renewed',
      (original) =>
        function (started) {
          const ms = of(started)
          within(this, () => original.call(this, { monotonicMs: ms, wallMs: ms, bootMs: ms }))
        },
    ),
  )
}

export const sessionBugs: readonly Bug[] = [
  {
    name: 'session-by-wall-clock',
    breaks:
      'of three clocks the one that says most counts; by the wall clock alone a session lasts as long as somebody sets it back',
    apply: () =>
      byOneClock(
        (context) => context.wallMs(),
        ({ wallMs }) => wallMs,
      ),
  },
  {
    name: 'session-without-boot-clock',
    breaks:
      'the boot clock runs on while a machine sleeps; without it and the wall clock a session survives a sleep that others waited out',
    apply: () =>
      byOneClock(
        (context) => context.nowMs(),
        ({ monotonicMs }) => monotonicMs,
      ),
  },
  {
    name: 'session-unchecked-at-grant',
    breaks: 'the session is checked at every grant; a process that wakes grants itself what others have by then',
    apply: () =>
      replaceMethod<Views>()(
        Views,
        'mayGrant',
        () =>
          function () {
            return this.phase === 'active'
          },
      ),
  },
  {
    name: 'session-unchecked-at-use',
    breaks:
      'a hold asks for the session at each use; one that waits for its timer is believed in by a process that has just woken',
    apply: () =>
      replaceMethod<HoldParts>()(
        NodeHold,
        'stands',
        () =>
          function () {
            return this.phase === 'held' || this.phase === 'suspect'
          },
      ),
  },
  {
    name: 'signal-not-aborted',
    breaks: 'the signal of a lost hold is aborted; without that its user works on, and calls the lock its own',
    apply: () => replaceMethod<HoldParts>()(NodeHold, 'signalLost', () => () => {}),
  },
  {
    name: 'holds-outlive-session',
    breaks: 'a hold ends with the session under which it was granted; one that lives on passes for valid under the next',
    apply: () => replaceMethod<NodeLocks>()(NodeLocks, 'end', (original) => endWithoutLoss(original)),
  },
]

type End = (this: NodeLocks, loss: Loss) => void

function endWithoutLoss(_original: End): End {
  return function () {
    this.stop()
  }
}
