/** Mistakes in what decides views and vouches for sessions: votes of too few, promises that do not bind, files written twice. */
import type { NodeId } from '../../base/ids.ts'
import { Acceptor, type AcceptorState } from '../../view/acceptor.ts'
import { Proposer, type Candidacy } from '../../view/proposer.ts'
import { QuorumRegister } from '../../view/quorum-register.ts'
import { LocalRegister } from '../../view/local-register.ts'
import type { RegisterListener } from '../../view/register.ts'
import { instantNow } from '../../view/session.ts'
import type { View, ViewId } from '../../view/view.ts'
import { Renewals } from '../../view/renewals.ts'
import type { Instant } from '../../clock/pessimistic.ts'
import type { Context } from '../../world/context.ts'
import type { Message, MessageOf } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { replaceMethod } from './replace.ts'

interface AcceptorParts {
  readonly state: AcceptorState
  acknowledge(from: NodeId): boolean
  accept(message: MessageOf<'vote.accept'>): unknown
  prepare(message: MessageOf<'vote.prepare'>): unknown
}

interface QuorumParts {
  readonly wish: View | null
  choose(attempt: Candidacy): View | null
}

interface Acknowledging {
  send(to: NodeId, message: Message): void
  acknowledge(from: NodeId, message: MessageOf<'session.renew'>): void
}

interface RenewalsParts {
  readonly state: Renewals['state']
  answered: Renewals['answered']
}

type Answered = (from: NodeId, view: ViewId, sequence: number, isQuorum: (yes: ReadonlySet<NodeId>) => boolean) => Instant | null

interface ProposerParts {
  readonly state: { readonly attempt: Candidacy | null }
  readonly port: { decided(view: View): void }
  stop(): void
  accepted(from: NodeId, message: MessageOf<'vote.accepted'>): void
}

interface LocalParts {
  readonly context: Context<never>
  readonly listener: RegisterListener | null
  propose(current: View, successor: View): void
  renew(current: View): void
}

export const registerBugs: readonly Bug[] = [
  {
    name: 'minority-renews',
    breaks:
      'a majority of the list vouches for a session; by one voter alone a cut-off holder goes on while the others decide without it',
    apply: () =>
      replaceMethod<{ answered: Answered }>()(
        Renewals,
        'answered',
        (original) =>
          function (from, view, sequence) {
            return original.call(this, from, view, sequence, () => true)
          },
      ),
  },
  {
    name: 'old-answer-renews',
    breaks:
      'an answer renews from the start of its own question; one that counts for the newest question makes a session longer than others wait for',
    apply: () =>
      replaceMethod<RenewalsParts>()(
        Renewals,
        'answered',
        (original) =>
          function (from, view, _sequence, isQuorum) {
            return original.call(this, from, view, this.state.sequence, isQuorum)
          },
      ),
  },
  {
    name: 'minority-decides',
    breaks: 'a majority of the list decides; where one vote suffices a view has two successors',
    apply: () =>
      replaceMethod<ProposerParts>()(
        Proposer,
        'accepted',
        (original) =>
          function (from, message) {
            const { attempt } = this.state
            const isVote = attempt?.step === 'accept' && attempt.ballot.round === message.ballot.round
            if (!isVote || attempt.value === null) return original.call(this, from, message)
            const { value } = attempt
            this.stop()
            this.port.decided(value)
          },
      ),
  },
  {
    name: 'promise-not-kept',
    breaks: 'who promised a ballot votes for none below it; one that forgets its promise lets two proposers both win',
    apply: () =>
      replaceMethod<AcceptorParts>()(
        Acceptor,
        'accept',
        (original) =>
          function (message) {
            this.state.promised = null
            this.state.accepted = null
            return original.call(this, message)
          },
      ),
  },
  {
    name: 'accepted-value-ignored',
    breaks: 'of values already accepted that of the highest ballot is proposed; a proposer that insists on its own decides twice',
    apply: () =>
      replaceMethod<QuorumParts>()(
        QuorumRegister,
        'choose',
        (original) =>
          function (attempt) {
            return attempt.after === null ? original.call(this, attempt) : (this.wish ?? original.call(this, attempt))
          },
      ),
  },
  {
    name: 'everybody-acknowledged',
    breaks:
      'a voter vouches for members of the newest view it knows; one that acknowledges everybody renews whom a later view has left out',
    apply: () =>
      replaceMethod<Acknowledging>()(
        QuorumRegister,
        'acknowledge',
        () =>
          function (from, message) {
            this.send(from, { type: 'session.renewed', view: message.view, sequence: message.sequence })
          },
      ),
  },
  {
    name: 'founding-without-quarantine',
    breaks: 'a founded view waits out everybody unknown; one that grants at once grants beside the sessions of those before',
    apply: () =>
      replaceMethod<QuorumParts>()(
        QuorumRegister,
        'choose',
        (original) =>
          function (attempt) {
            const view = original.call(this, attempt)
            return view === null || attempt.after !== null ? view : { ...view, quarantine: [] }
          },
      ),
  },
  {
    name: 'epoch-from-memory',
    breaks:
      'a founded epoch lies above the wall clocks of its founders; from their memory alone it begins again, and fences fall',
    apply: () =>
      replaceMethod<QuorumParts>()(
        QuorumRegister,
        'choose',
        (original) =>
          function (attempt) {
            const view = original.call(this, attempt)
            if (view === null || attempt.after !== null) return view
            const epoch = 1 + Math.max(...[...attempt.promises.values()].map(({ epochMax }) => epochMax))
            return { ...view, epoch, members: view.members.map((member) => ({ ...member, since: epoch })) }
          },
      ),
  },
  {
    name: 'own-proposal-believed',
    breaks:
      'what the file says is decided, whichever proposer wrote it; one that came second and believes in its own has another view',
    apply: () =>
      replaceMethod<LocalParts>()(
        LocalRegister,
        'propose',
        (original) =>
          function (current, successor) {
            const { listener } = this
            listener?.decided(successor)
            original.call(this, current, successor)
          },
      ),
  },
  {
    name: 'renewal-without-reading',
    breaks: 'a renewal is a read of the chain of files; one that reads nothing goes on renewing whom a later view has left out',
    apply: () =>
      replaceMethod<LocalParts>()(
        LocalRegister,
        'renew',
        () =>
          function () {
            this.listener?.renewed(instantNow(this.context))
          },
      ),
  },
]
