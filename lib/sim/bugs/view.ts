/** This file has the mistakes at a view change: waits cut short, claims that are missing, wrong or not heard, members forgotten. */
import type { NodeId } from '../../base/ids.ts'
import { NodeLocks } from '../../lock/locks.ts'
import { Tenure } from '../../node/tenure.ts'
import { Flush } from '../../view/flush.ts'
import { LocalRegister } from '../../view/local-register.ts'
import { Quarantine } from '../../view/quarantine.ts'
import { QuorumRegister } from '../../view/quorum-register.ts'
import type { View, ViewId } from '../../view/view.ts'
import { Views } from '../../view/views.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together, type Undo } from './replace.ts'

const birmanJoseph = 'Birman and Joseph 1987'
const grayCheriton = 'Gray and Cheriton 1989'

/** Locks that take some messages for messages of the active view, though they name another. */
export function takenForCurrent(isTaken: (named: ViewId, current: ViewId) => boolean): Undo {
  const ids = new WeakMap<NodeLocks, ViewId>()
  return together(
    replaceMethod(NodeLocks, 'stop', (locks, original) => {
      ids.delete(locks)
      original()
    }),
    replaceMethod(NodeLocks, 'activate', (locks, original, view, id, ...rest) => {
      ids.set(locks, id)
      original(view, id, ...rest)
    }),
    replaceMethod(NodeLocks, 'receive', (locks, original, from, message) => {
      const current = ids.get(locks)
      const isOther = current !== undefined && isTaken(message.view, current)
      original(from, isOther ? { ...message, view: current, counter: 0 } : message)
    }),
  )
}

export const viewBugs: readonly Bug[] = [
  {
    name: 'no-quarantine',
    property: 'exclusion',
    breaks:
      'The others wait until the session of an evicted member is over. Without that wait they grant its lock while it still believes in its session.',
    source: grayCheriton,
    apply: () => replaceMethod(Quarantine, 'remainingMs', () => 0),
  },
  {
    name: 'quarantine-not-carried',
    property: 'exclusion',
    breaks:
      'A view takes over what is left of the quarantines of the view before it. A view that begins without them grants what an evicted node still holds.',
    apply: () => {
      const propose = (_register: object, original: (current: View, next: View) => void, current: View, next: View): void => {
        const isOld = (id: string): boolean => current.quarantine.some((before) => before.id === id)
        original(current, { ...next, quarantine: next.quarantine.filter(({ id }) => !isOld(id)) })
      }
      return together(replaceMethod(LocalRegister, 'propose', propose), replaceMethod(QuorumRegister, 'propose', propose))
    },
  },
  {
    name: 'granting-during-flush',
    property: 'exclusion',
    breaks: 'Instances stop before the member makes its claim. An instance that goes on grants a hold that no claim names.',
    source: birmanJoseph,
    apply: () => {
      const ending = new WeakSet<NodeLocks>()
      return together(
        replaceMethod(NodeLocks, 'end', (locks, original, loss) => {
          ending.add(locks)
          original(loss)
        }),
        replaceMethod(NodeLocks, 'stop', (locks, original) => {
          if (ending.has(locks)) original()
        }),
        replaceMethod(Views, 'mayGrant', (views) => views.sessionRemainingMs() > 0),
      )
    },
  },
  {
    name: 'claims-not-awaited',
    property: 'exclusion',
    breaks:
      'A view begins when every survivor has claimed its holds. If it begins earlier, the others take a lock that is held for free.',
    source: birmanJoseph,
    apply: () => replaceMethod(Flush, 'missing', () => []),
  },
  {
    name: 'carried-holds-dropped',
    property: 'exclusion',
    breaks:
      'The instances of a view begin with the holds of its survivors. If they begin with none, they grant what a survivor holds.',
    apply: () =>
      replaceMethod(NodeLocks, 'activate', (_locks, original, view, id, _carried, ...rest) => original(view, id, [], ...rest)),
  },
  {
    name: 'claim-of-nothing',
    property: 'exclusion',
    breaks: 'A survivor claims what it holds. If it claims nothing, the others take its locks for free.',
    apply: () => replaceMethod(NodeLocks, 'claim', (_locks, original, view) => ({ ...original(view), holds: [] })),
  },
  {
    name: 'older-epochs-kept',
    property: 'errors',
    breaks:
      'A member drops messages of older views. If it takes one for a message of the present view, an old reply lets in a request that it does not answer.',
    source: birmanJoseph,
    apply: () => takenForCurrent((named, current) => named.epoch < current.epoch),
  },
  {
    name: 'departed-still-asked',
    property: 'lost wake-up',
    breaks: 'The peers of a view are its members. If an algorithm also asks those that are gone, every request waits for ever.',
    apply: () => {
      const members = new WeakMap<NodeLocks, readonly NodeId[]>()
      return replaceMethod(NodeLocks, 'activate', (locks, original, view, ...rest) => {
        const gone = (members.get(locks) ?? []).filter((id) => !view.members.some((member) => member.id === id))
        members.set(
          locks,
          view.members.map(({ id }) => id),
        )
        const ghosts = gone.map((id) => ({ id, address: '', since: view.epoch }))
        original({ ...view, members: [...view.members, ...ghosts] }, ...rest)
      })
    },
  },
  {
    name: 'eviction-unnoticed',
    property: 'agreement',
    breaks:
      'A decided view without this node ends its membership. A node that goes on answers and grants in a view that is over.',
    apply: () => {
      const ids = new WeakMap<Views, NodeId>()
      return together(
        replaceMethod(Tenure, 'start', (tenure, original) => {
          ids.set(tenure.views, tenure.id)
          original()
        }),
        replaceMethod(Views, 'decided', (views, original, view) => {
          if (view.members.some(({ id }) => id === ids.get(views))) original(view)
        }),
      )
    },
  },
]
