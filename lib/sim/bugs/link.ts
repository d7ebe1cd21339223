/** This file has the mistakes in what the papers take for granted: links that deliver in order, exactly once. */
import type { NodeId } from '../../base/ids.ts'
import { Inbox } from '../../link/inbox.ts'
import { Link } from '../../link/link.ts'
import type { Message } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together } from './replace.ts'

export const linkBugs: readonly Bug[] = [
  {
    name: 'resent-delivered-twice',
    property: 'errors',
    breaks:
      'A message that is sent again after a reconnect is delivered once. If it is delivered twice, an old request or a second token appears.',
    apply: () => {
      let repeated: Message[] = []
      return together(
        replaceMethod(Link, 'accept', (_link, original, frame) => {
          const first = original(frame)
          for (const message of frame.messages.slice(0, first)) if (message.type !== 'part') repeated.push(message)
          return first
        }),
        replaceMethod(Inbox, 'take', (inbox, original, from, bytes) => {
          repeated = []
          original(from, bytes)
          for (const message of repeated) inbox.deliver(from, message)
        }),
      )
    },
  },
  {
    name: 'cut-loses-messages',
    property: 'liveness',
    breaks:
      'What was under way when a connection broke is sent again. If it is not, it is lost, and a member that waits for it waits for ever.',
    apply: () =>
      together(
        replaceMethod(Link, 'rewind', () => undefined),
        // The receiver does not notice that frames are missing before this one.
        replaceMethod(Link, 'accept', (_link, original, frame) => original({ ...frame, ahead: 0 })),
      ),
  },
  {
    name: 'messages-overtake',
    property: 'lost wake-up',
    breaks: 'Links keep their order. A message that overtakes another arrives before its cause.',
    source: 'Lamport 1978',
    apply: () => {
      const early = new WeakMap<Inbox, { readonly from: NodeId; readonly message: Message }>()
      return replaceMethod(Inbox, 'deliver', (inbox, original, from, message) => {
        const kept = early.get(inbox)
        if (kept === undefined && message.type === 'lock' && message.counter % 3 === 0) {
          early.set(inbox, { from, message })
          return
        }
        early.delete(inbox)
        original(from, message)
        if (kept !== undefined) original(kept.from, kept.message)
      })
    },
  },
]
