/**
 * This file has the mistakes that whole nodes under drawn faults meet too seldom: each needs one order of events among thousands.
 * `shownBy` says what shows each of them; docs/testing.md says why.
 */
import { tokenRing } from '../../mutex/token-ring.ts'
import { Acceptor } from '../../view/acceptor.ts'
import { Proposer } from '../../view/proposer.ts'
import { Quarantine } from '../../view/quarantine.ts'
import { instantNow, Session } from '../../view/session.ts'
import { DirectoryHub } from '../directory.ts'
import type { Bug } from './bug.ts'
import { lateReplyClearsNote } from './kept.ts'
import { withdrawnBySite } from './queue.ts'
import { revokeBugs } from './revoke.ts'
import { replaceEntry, replaceMethod, together } from './replace.ts'
import { takenForCurrent } from './view.ts'

const explorer = 'the explorer'
const model = 'the model of the view change'
const unitTest = 'a unit test'

export const subtleBugs: readonly Bug[] = [
  ...revokeBugs,
  lateReplyClearsNote,
  withdrawnBySite,
  {
    name: 'ignorance-frees-tokens',
    property: 'exclusion',
    breaks:
      'A member without an instance of a token lock knows nothing of that lock. If it says that no node is inside, it frees a lock that a dead node was given.',
    shownBy: explorer,
    apply: () => replaceEntry(tokenRing, 'untouched', () => () => false),
  },
  {
    name: 'session-from-answer',
    property: 'exclusion',
    breaks: 'A session counts from the start of its renewal. If it counts from the answer, it lasts longer than the others wait.',
    source: 'Gray and Cheriton 1989',
    shownBy: model,
    apply: () => replaceMethod(Session, 'renewed', (session, original) => original(instantNow(session['context']))),
  },
  {
    name: 'quarantine-by-wall-clock',
    property: 'exclusion',
    breaks:
      'A quarantine is measured by clocks that cannot be set. By the wall clock it is over when an administrator sets that clock forward.',
    shownBy: model,
    apply: () => {
      const startedMs = new WeakMap<Quarantine, number>()
      return together(
        replaceMethod(Quarantine, 'installed', (quarantine, original, flush) => {
          startedMs.set(quarantine, flush.installed.wallMs)
          original(flush)
        }),
        replaceMethod(Quarantine, 'remainingMs', (quarantine, _original, waitMs = quarantine.state.longestMs) => {
          const wallMs = quarantine['context'].wallMs()
          return Math.max(0, waitMs - (wallMs - (startedMs.get(quarantine) ?? 0)))
        }),
      )
    },
  },
  {
    name: 'promise-does-not-seal',
    property: 'exclusion',
    breaks:
      'A voter that promised acknowledges no session of that view. If it still does, it renews the session of a member that the next view has evicted.',
    shownBy: model,
    apply: () => replaceMethod(Acceptor, 'acknowledge', () => true),
  },
  {
    name: 'votes-of-another-ballot',
    property: 'views',
    breaks:
      'A vote counts for its own ballot. If a vote of an older ballot counts for a newer one, a value is decided that no majority voted for.',
    source: 'Lamport 2001',
    shownBy: unitTest,
    apply: () =>
      replaceMethod(Proposer, 'accepted', ({ state }, original, from, message) =>
        original(from, { ...message, ballot: state.attempt?.ballot ?? message.ballot }),
      ),
  },
  {
    name: 'note-after-reading',
    property: 'exclusion',
    breaks:
      'A member notes its session before it reads the chain. If it notes it afterwards, the session outlives what the others read while its process stood still.',
    shownBy: 'a scenario',
    apply: () =>
      replaceMethod(DirectoryHub, 'open', (_hub, original, ...args) => {
        const directory = original(...args)
        let note = (): void => undefined
        return {
          ...directory,
          noteSession(id, end) {
            note = () => directory.noteSession(id, end)
          },
          read(name) {
            const content = directory.read(name)
            // This was the end of the chain.
            if (content === null) note()
            if (content === null) note = () => undefined
            return content
          },
        }
      }),
  },
  {
    name: 'ages-of-earlier-views',
    property: 'exclusion',
    breaks: 'Nothing: an acknowledgement in an earlier view is one all the same, and as long ago as the voter says.',
    shownBy: unitTest,
    apply: () =>
      replaceMethod(Acceptor, 'installed', ({ state }, original, view, id) => {
        const before = [...state.acknowledgedMs]
        original(view, id)
        for (const [member, ms] of before) state.acknowledgedMs.set(member, ms)
      }),
  },
  {
    name: 'digest-ignored',
    property: 'exclusion',
    breaks: 'Nothing while no two views are decided with one epoch. Of two such views, messages of one would count in the other.',
    shownBy: unitTest,
    apply: () => takenForCurrent((named, current) => named.epoch === current.epoch && named.digest !== current.digest),
  },
]
