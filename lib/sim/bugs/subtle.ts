/**
 * Mistakes that whole nodes under drawn faults meet too seldom to be caught by them within reason: each needs one order of
 * events among thousands. The explorer, which tries every order, finds the first two at once; the others shorten a wait by
 * a part that only counts when detection is quicker than a session, and are the business of the model in `test/model`. Of the
 * last four, one has a scenario (`test/sim/bugs/subtle.test.ts`) and the others fail unit tests of `view`; docs/testing.md says why.
 */
import type { Context } from '../../world/context.ts'
import type { Directory } from '../../world/world.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Instant } from '../../clock/pessimistic.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import { carvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Common } from '../../mutex/common-messages.ts'
import { tokenRing } from '../../mutex/token-ring.ts'
import { Acceptor } from '../../view/acceptor.ts'
import type { Chain } from '../../view/chain.ts'
import { LocalRegister } from '../../view/local-register.ts'
import { Proposer } from '../../view/proposer.ts'
import { Quarantine } from '../../view/quarantine.ts'
import { Session, type SessionTimer } from '../../view/session.ts'
import type { View } from '../../view/view.ts'
import { Views } from '../../view/views.ts'
import type { MessageOf } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { PermissionPort, type PermissionMessage } from './permission.ts'
import { atPortOf } from './port.ts'
import { replaceEntry, replaceMethod } from './replace.ts'

/** A reply to a withdrawn request makes this site believe that its own permission, given to that peer, is done with. */
class LateReplyClearsNote extends PermissionPort {
  private readonly given = new Map<NodeId, Stamp>()

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'reply') this.given.set(to, message.stamp)
    super.sends(to, message)
  }

  protected override replied(from: NodeId, reply: Common<'reply'>): void {
    const given = this.given.get(from)
    const isLate = this.pending === null || !sameStamp(this.pending.stamp, reply.stamp)
    if (isLate && given !== undefined) this.inner.receive(from, { kind: 'done', stamp: given })
    super.replied(from, reply)
  }
}

interface SessionParts {
  readonly context: Context<SessionTimer>
  renewed(started: Instant): void
}

interface ProposerParts {
  readonly state: Proposer['state']
  accepted(from: NodeId, message: MessageOf<'vote.accepted'>): void
}

interface LocalParts {
  directory: Directory
  chain: Chain
  renew(current: View): void
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
    ...atPortOf([carvalhoRoucairol], LateReplyClearsNote),
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
  {
    name: 'votes-of-another-ballot',
    breaks:
      'a vote counts for its own ballot; one of an older ballot that counts for a newer decides a value for which no majority voted',
    apply: () =>
      replaceMethod<ProposerParts>()(
        Proposer,
        'accepted',
        (original) =>
          function (from, message) {
            const { attempt } = this.state
            original.call(this, from, attempt === null ? message : { ...message, ballot: attempt.ballot })
          },
      ),
  },
  {
    name: 'note-after-reading',
    breaks:
      'a session is noted before the chain is read; noted afterwards, it outlives what the others read there while its process stood still',
    apply: () =>
      replaceMethod<LocalParts>()(
        LocalRegister,
        'renew',
        (original) =>
          function (current) {
            const { directory, chain } = this
            let note = (): void => undefined
            const restore = (): void => {
              this.directory = directory
              this.chain = chain
            }
            this.directory = Object.assign(Object.create(directory) as Directory, {
              noteSession: (...args: Parameters<Directory['noteSession']>): void => {
                note = () => directory.noteSession(...args)
              },
            })
            this.chain = Object.assign(Object.create(chain) as Chain, {
              after: (...args: Parameters<Chain['after']>): ReturnType<Chain['after']> => {
                const later = chain.after(...args)
                restore()
                note()
                return later
              },
            })
            try {
              original.call(this, current)
            } finally {
              restore()
            }
          },
      ),
  },
  {
    name: 'ages-of-earlier-views',
    breaks: 'nothing: an acknowledgement in an earlier view is one all the same, and as long ago as the voter says',
    apply: () =>
      replaceMethod<Pick<Acceptor, 'installed' | 'state'>>()(
        Acceptor,
        'installed',
        (original) =>
          function (view, id) {
            const before = [...this.state.acknowledgedMs]
            original.call(this, view, id)
            for (const [member, ms] of before) this.state.acknowledgedMs.set(member, ms)
          },
      ),
  },
  {
    name: 'digest-ignored',
    breaks: 'nothing, while no two views are decided with one epoch: of such two, messages of one would count in the other',
    apply: () =>
      replaceMethod<Pick<Views, 'isCurrent' | 'id'>>()(
        Views,
        'isCurrent',
        (original) =>
          function (id) {
            const { id: current } = this
            return original.call(this, current?.epoch === id.epoch ? current : id)
          },
      ),
  },
]
