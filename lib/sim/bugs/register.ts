/** This file has the mistakes of registers: votes of too few decide, promises do not bind, files are not read. */
import { largest } from '../../observe/statistics.ts'
import { Tenure } from '../../node/tenure.ts'
import { Acceptor } from '../../view/acceptor.ts'
import { Chain, type ChainedView } from '../../view/chain.ts'
import { Founding } from '../../view/founding.ts'
import { LocalRegister } from '../../view/local-register.ts'
import { Proposer } from '../../view/proposer.ts'
import type { RegisterListener } from '../../view/register.ts'
import { Renewals } from '../../view/renewals.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together } from './replace.ts'

const paxos = 'Lamport 2001'

export const registerBugs: readonly Bug[] = [
  {
    name: 'minority-renews',
    property: 'liveness',
    breaks:
      'A majority of the join list renews a session. If one voter is enough, a holder that is cut off goes on while the others decide without it.',
    apply: () =>
      replaceMethod(Renewals, 'answered', (_renewals, original, from, view, sequence) =>
        original(from, view, sequence, () => true),
      ),
  },
  {
    name: 'old-answer-renews',
    property: 'exclusion',
    breaks:
      'An answer renews a session from the start of its own question. If it counts for the newest question, the session lasts longer than the others wait.',
    apply: () =>
      replaceMethod(Renewals, 'answered', (renewals, original, from, view, _sequence, isQuorum) =>
        original(from, view, renewals.state.sequence, isQuorum),
      ),
  },
  {
    name: 'minority-decides',
    property: 'views',
    breaks: 'A majority of the join list decides. If one vote is enough, a view has two successors.',
    source: paxos,
    apply: () =>
      replaceMethod(Proposer, 'accepted', (proposer, original, from, message) => {
        const { value, after = null } = proposer.state.attempt ?? {}
        original(from, message)
        for (const voter of (after ?? value)?.voters ?? []) if (voter !== null) original(voter, message)
      }),
  },
  {
    name: 'promise-not-kept',
    property: 'liveness',
    breaks: 'A voter that promised a ballot votes for none below it. If it forgets the promise, two proposers both win.',
    source: paxos,
    apply: () =>
      replaceMethod(Acceptor, 'accept', ({ state }, original, message) => {
        state.promised = null
        state.accepted = null
        return original(message)
      }),
  },
  {
    name: 'accepted-value-ignored',
    property: 'views',
    breaks:
      'A proposer proposes the accepted value of the highest ballot, if there is one. A proposer that insists on its own value decides a second time.',
    source: paxos,
    apply: () =>
      replaceMethod(Proposer, 'promised', (_proposer, original, from, message) =>
        original(from, message.after === null ? message : { ...message, accepted: null }),
      ),
  },
  {
    name: 'everybody-acknowledged',
    property: 'exclusion',
    breaks:
      'A voter acknowledges the members of the newest view that it knows. If it acknowledges all, it renews the session of a member that a later view has left out.',
    apply: () =>
      replaceMethod(Tenure, 'deliver', ({ links }, original, from, message) => {
        if (message.type !== 'session.renew') return original(from, message)
        links.send(from, { type: 'session.renewed', view: message.view, sequence: message.sequence })
      }),
  },
  {
    name: 'founding-without-quarantine',
    property: 'exclusion',
    breaks:
      'A founded view waits until the sessions of all unknown nodes are over. If it grants at once, it grants beside a session of before.',
    apply: () =>
      replaceMethod(Founding, 'viewOf', (_founding, original, promises) => {
        const view = original(promises)
        return view && { ...view, quarantine: [] }
      }),
  },
  {
    name: 'epoch-from-memory',
    property: 'views',
    breaks:
      'The epoch of a founded view lies above the wall clocks of its founders. From their memory alone it begins again, and fences fall.',
    apply: () =>
      replaceMethod(Founding, 'viewOf', (_founding, original, promises) => {
        const view = original(promises)
        const epoch = 1 + largest([...promises.values()].map(({ epochMax }) => epochMax))
        return view && { ...view, epoch, members: view.members.map((member) => ({ ...member, since: epoch })) }
      }),
  },
  {
    name: 'own-proposal-believed',
    property: 'views',
    breaks:
      'A view that stands in the file is decided, no matter which process wrote it. A proposer that believes in its own view has another view than the rest.',
    apply: () => {
      const listeners = new WeakMap<LocalRegister, RegisterListener>()
      return together(
        replaceMethod(LocalRegister, 'start', (register, original, listener) => {
          listeners.set(register, listener)
          original(listener)
        }),
        replaceMethod(LocalRegister, 'propose', (register, original, current, successor) => {
          listeners.get(register)?.decided(successor)
          original(current, successor)
        }),
      )
    },
  },
  {
    name: 'renewal-without-reading',
    property: 'exclusion',
    breaks:
      'A renewal reads the chain of files. If it reads nothing, it renews the session of a member that a later view has left out.',
    source: 'Gray and Cheriton 1989',
    apply: () => {
      const renewed = new WeakSet<ChainedView>()
      return together(
        replaceMethod(Chain, 'checkDecided', (_chain, original, link) => {
          renewed.add(link)
          original(link)
        }),
        replaceMethod(Chain, 'after', (_chain, original, link) => (link !== null && renewed.delete(link) ? [] : original(link))),
      )
    },
  },
]
