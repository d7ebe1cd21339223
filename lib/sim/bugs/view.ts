/** Mistakes at a view change: quarantines cut short, claims made too early or merged too soon, what the old view knew lost. */
import type { NodeId } from '../../base/ids.ts'
import type { LazyMap } from '../../base/lazy.ts'
import type { Instant } from '../../clock/pessimistic.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { Lock } from '../../lock/lock.ts'
import { NodeLocks } from '../../lock/locks.ts'
import type { LockView } from '../../lock/site.ts'
import { Witness } from '../../lock/witness.ts'
import type { Algorithm } from '../../mutex/contract.ts'
import { Flush, type FlushState } from '../../view/flush.ts'
import { Proposing } from '../../view/proposing.ts'
import { Quarantine } from '../../view/quarantine.ts'
import { Succession } from '../../view/succession.ts'
import type { View } from '../../view/view.ts'
import { Views } from '../../view/views.ts'
import type { MessageOf } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together } from './replace.ts'

interface QuarantineParts {
  readonly state: { longestMs: number }
  readonly context: { wallMs(): number }
  readonly flush: { readonly installed: Instant } | null
  remainingMs(waitMs?: number): number
}

interface LocksParts {
  readonly view: LockView | null
  stop(): void
  end(reason: string): void
  receive(from: NodeId, message: MessageOf<'lock'>): void
}

interface WitnessParts {
  readonly lastView: LockView | null
  readonly found: Map<NodeId, unknown>
  investigate(view: View, ...rest: readonly unknown[]): void
}

interface FlushParts {
  readonly state: FlushState
  missing(): readonly NodeId[]
  claimed(from: NodeId, message: MessageOf<'view.claim'>): void
  activate(from: NodeId, message: MessageOf<'view.activate'>): void
  merge(): void
}

interface LockParts {
  instance: Algorithm | null
  begin(instance: Algorithm, entriesCarried: number): void
  stop(): void
}

export const viewBugs: readonly Bug[] = [
  {
    name: 'no-quarantine',
    breaks:
      'the session of an evicted member is waited out; without that its lock is granted while it still believes in its session',
    apply: () => replaceMethod<QuarantineParts>()(Quarantine, 'remainingMs', () => () => 0),
  },
  {
    name: 'quarantine-not-carried',
    breaks: 'a later view carries the rest of each quarantine; one that begins without grants what an evicted node still holds',
    apply: () =>
      replaceMethod<{ propose(view: View, successor: View): void }>()(
        Proposing,
        'propose',
        (original) =>
          function (view, successor) {
            const isOld = (id: string): boolean => view.quarantine.some((before) => before.id === id)
            const quarantine = successor.quarantine.filter(({ id }) => !isOld(id))
            original.call(this, view, { ...successor, quarantine })
          },
      ),
  },
  {
    name: 'granting-during-flush',
    breaks: 'instances stop before the claim is made; one that goes on grants a hold that no claim tells of',
    apply: () => {
      const ending = new WeakSet<object>()
      const replace = replaceMethod<LocksParts>()
      return together(
        replace(
          NodeLocks,
          'end',
          (original) =>
            function (reason) {
              ending.add(this)
              original.call(this, reason)
            },
        ),
        replace(
          NodeLocks,
          'stop',
          (original) =>
            function () {
              if (ending.has(this)) original.call(this)
            },
        ),
        replaceMethod<Views>()(
          Views,
          'mayGrant',
          () =>
            function () {
              return this.sessionRemainingMs() > 0
            },
        ),
      )
    },
  },
  {
    name: 'claims-not-awaited',
    breaks: 'a view begins when all survivors have claimed; begun without one, its hold is free for the others',
    apply: () => replaceMethod<FlushParts>()(Flush, 'missing', () => () => []),
  },
  {
    name: 'carried-holds-dropped',
    breaks: 'a view begins with the holds of its survivors inside; begun without them, a survivor is overlooked',
    apply: () =>
      replaceMethod<NodeLocks>()(
        NodeLocks,
        'activate',
        (original) =>
          function (view, id, _carried, ...rest) {
            original.call(this, view, id, [], ...rest)
          },
      ),
  },
  {
    name: 'claim-of-nothing',
    breaks: 'a survivor claims what it holds; one that claims nothing holds what the others believe to be free',
    apply: () =>
      replaceMethod<NodeLocks>()(
        NodeLocks,
        'claim',
        (original) =>
          function (view) {
            return { ...original.call(this, view), holds: [] }
          },
      ),
  },
  {
    name: 'older-epochs-kept',
    breaks: 'messages of older views are dropped; a reply of then that counts now lets a request in that nobody answered',
    apply: () =>
      replaceMethod<LocksParts>()(
        NodeLocks,
        'receive',
        (original) =>
          function (from, message) {
            const { view } = this
            const isOld = view !== null && message.view.epoch < view.id.epoch
            original.call(this, from, isOld ? { ...message, view: view.id, counter: 0 } : message)
          },
      ),
  },
  {
    name: 'departed-still-asked',
    breaks: 'a view has no peers but its members; where those that are gone are asked as well, every request waits for ever',
    apply: () => {
      const peers = new WeakMap<object, readonly NodeId[]>()
      return replaceMethod<NodeLocks>()(
        NodeLocks,
        'activate',
        (original) =>
          function (view, id, carried, ...rest) {
            const before = peers.get(this) ?? []
            const gone = before.filter((each) => !view.members.some((member) => member.id === each))
            const members = [...view.members, ...gone.map((each) => ({ id: each, address: '', since: view.epoch }))]
            peers.set(
              this,
              view.members.map((member) => member.id),
            )
            original.call(this, { ...view, members }, id, carried, ...rest)
          },
      )
    },
  },
  {
    name: 'permissions-kept-across-views',
    breaks:
      'permissions end with their view; a site that goes on with all it ever had, given away or not, enters beside the site that it gave them to',
    apply: () => {
      const former = new WeakMap<object, Algorithm>()
      const replace = replaceMethod<LockParts>()
      return together(
        replace(
          Lock,
          'stop',
          (original) =>
            function () {
              if (this.instance !== null) former.set(this, this.instance)
              original.call(this)
            },
        ),
        replace(
          Lock,
          'begin',
          (original) =>
            function (instance, entriesCarried) {
              const before = former.get(this) as (Algorithm & Keeping) | undefined
              const now = instance as Algorithm & Keeping
              if (before?.kept !== undefined && now.kept !== undefined) {
                for (const permissions of [before.kept, before.given.stamps])
                  for (const [peer, stamp] of permissions) if (now.site.peers.includes(peer)) now.kept.set(peer, stamp)
              }
              original.call(this, instance, entriesCarried)
            },
        ),
      )
    },
  },
  {
    name: 'eviction-unnoticed',
    breaks: 'a decided view without this node ends it; one that goes on answers and grants in a view that is over',
    apply: () =>
      replaceMethod<{ digest(view: View): void; readonly context: { readonly self: NodeId } }>()(
        Succession,
        'digest',
        (original) =>
          function (view) {
            if (view.members.some((member) => member.id === this.context.self)) original.call(this, view)
          },
      ),
  },
  {
    name: 'doubts-read-anew',
    breaks:
      'what was found about an evicted node stays as it was when the last view with it stopped; later instances know nothing of it',
    apply: () =>
      replaceMethod<WitnessParts>()(
        Witness,
        'investigate',
        (original) =>
          function (view, ...rest) {
            const { lastView } = this
            this.found.clear()
            const epoch = lastView?.id.epoch ?? 0
            const quarantine = view.quarantine.map((each) => ({ ...each, lastEpoch: epoch }))
            original.call(this, { ...view, quarantine }, ...rest)
          },
      ),
  },
  {
    name: 'uninformed-testifies',
    breaks:
      'only a member of the last view with an evicted node can tell what it held; one that was not there, and knows of nothing, frees its locks',
    apply: () =>
      replaceMethod<WitnessParts>()(
        Witness,
        'investigate',
        (original) =>
          function (view, ...rest) {
            const epoch = this.lastView?.id.epoch ?? 0
            original.call(this, { ...view, quarantine: view.quarantine.map((each) => ({ ...each, lastEpoch: epoch })) }, ...rest)
          },
      ),
  },
  {
    name: 'nobody-informed-frees-all',
    breaks: 'where no survivor can testify every lock is in doubt; taken for free, it is granted beside a holder that is cut off',
    apply: () =>
      replaceMethod<NodeLocks>()(
        NodeLocks,
        'activate',
        (original) =>
          function (view, id, carried, findings, waits) {
            const known = waits.filter((wait) => findings.some(({ about }) => about === wait.id))
            original.call(this, view, id, carried, findings, known)
          },
      ),
  },
]

interface Keeping {
  readonly site: { readonly peers: readonly NodeId[] }
  readonly kept?: LazyMap<NodeId, Stamp>
  readonly given: { readonly stamps: LazyMap<NodeId, Stamp> }
}
