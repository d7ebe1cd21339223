/**
 * Mistakes that whole nodes under drawn faults meet too seldom to be caught by them within reason: each needs one order of
 * events among thousands. The explorer, which tries every order, finds the first two at once; the others shorten a wait by
 * a part that only counts when detection is quicker than a session, and are the business of the model in `test/model`.
 */
import type { Context } from '../../actor/context.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Instant } from '../../clock/pessimistic.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import { CarvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Given, Pending } from '../../mutex/permission.ts'
import { tokenRing } from '../../mutex/token-ring.ts'
import { Acceptor } from '../../view/acceptor.ts'
import { Quarantine } from '../../view/quarantine.ts'
import { Session, type SessionTimer } from '../../view/session.ts'
import type { Bug } from './bug.ts'
import { replaceEntry, replaceMethod } from './replace.ts'

interface Keeping {
  readonly pending: Pending | null
  readonly given: Given
  receiveReply(from: NodeId, stamp: Stamp, using: number, keep: boolean): void
}

interface SessionParts {
  readonly context: Context<SessionTimer>
  renewed(started: Instant): void
}

interface QuarantineParts {
  readonly state: { longestMs: number }
  readonly context: { wallMs(): number }
  readonly flush: { readonly installed: Instant } | null
  remainingMs(waitMs?: number): number
}

/** Mistakes that only a search of every order, or a model, shows. */
export const subtleBugs: readonly Bug[] = [
  {
    name: 'late-reply-clears-note',
    breaks:
      'a reply to a withdrawn request proves nothing; one that clears the note of a permission given frees a lock that its receiver is in',
    apply: () =>
      replaceMethod<Keeping>()(
        CarvalhoRoucairol,
        'receiveReply',
        (original) =>
          function (from, stamp, using, keep) {
            if (this.pending === null || !sameStamp(this.pending.stamp, stamp)) this.given.taken(from)
            original.call(this, from, stamp, using, keep)
          },
      ),
  },
  {
    name: 'ignorance-frees-tokens',
    breaks:
      'who has no instance of a token lock knows nothing of it; one that says nobody is inside frees a lock that a dead node was given',
    apply: () => replaceEntry(tokenRing, 'untouched', () => () => false),
  },
  {
    name: 'session-from-answer',
    breaks:
      'a session counts from the start of its renewal; counted from the receipt of the answer it outlives what others wait out',
    apply: () =>
      replaceMethod<SessionParts>()(
        Session,
        'renewed',
        (original) =>
          function () {
            const { context } = this
            original.call(this, { monotonicMs: context.nowMs(), wallMs: context.wallMs(), bootMs: context.bootMs() })
          },
      ),
  },
  {
    name: 'quarantine-by-wall-clock',
    breaks: 'a quarantine goes by clocks that nobody sets; by the wall clock it is over when somebody sets that forward',
    apply: () =>
      replaceMethod<QuarantineParts>()(
        Quarantine,
        'remainingMs',
        () =>
          function (waitMs) {
            if (this.flush === null) return 0
            return Math.max(0, (waitMs ?? this.state.longestMs) - (this.context.wallMs() - this.flush.installed.wallMs))
          },
      ),
  },
  {
    name: 'promise-does-not-seal',
    breaks:
      'a voter that promised acknowledges no session of that view; one that still does renews whom the next view has evicted',
    apply: () =>
      replaceMethod<Pick<Acceptor, 'acknowledge'>>()(
        Acceptor,
        'acknowledge',
        () =>
          function () {
            return true
          },
      ),
  },
]
