/** Mistakes in what the papers take for granted: links that deliver in order, exactly once. */
import type { NodeId } from '../../base/ids.ts'
import { Inbox } from '../../link/inbox.ts'
import { Link } from '../../link/link.ts'
import type { OrderedFrame } from '../../wire/frame.ts'
import type { Message } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { replaceMethod } from './replace.ts'

interface LinkParts {
  handedOver: number
  acknowledged: number
  delivered: number
  theirLink: number
  accept(frame: OrderedFrame): number
  rewind(): void
}

export const linkBugs: readonly Bug[] = [
  {
    name: 'resent-delivered-twice',
    breaks: 'what is sent again after a reconnect is delivered once; twice, a stale request or a token comes out of nowhere',
    apply: () =>
      replaceMethod<LinkParts>()(
        Link,
        'accept',
        (original) =>
          function (frame) {
            const isRepeated = frame.link === this.theirLink && frame.sequence <= this.delivered
            if (isRepeated && frame.messages.length > 0) this.delivered = frame.sequence - 1
            return original.call(this, frame)
          },
      ),
  },
  {
    name: 'cut-loses-messages',
    breaks:
      'what was under way when a connection broke is sent again; what is not is lost, and the member that waits for it waits for ever',
    apply: () => replaceMethod<LinkParts>()(Link, 'rewind', () => forgetTheRest),
  },
  {
    name: 'messages-overtake',
    breaks: 'links keep their order; a message that overtakes another arrives before what it follows from',
    apply: () =>
      replaceMethod<{ deliver(from: NodeId, message: Message): void }>()(Inbox, 'deliver', (original) => {
        const early = new WeakMap<object, { readonly from: NodeId; readonly message: Message }>()
        return function (from, message) {
          const kept = early.get(this)
          if (kept === undefined && message.type === 'lock' && message.counter % 3 === 0) {
            early.set(this, { from, message })
            return
          }
          early.delete(this)
          original.call(this, from, message)
          if (kept !== undefined) original.call(this, kept.from, kept.message)
        }
      }),
  },
]

/** Everything that was handed to the broken path counts as delivered. */
function forgetTheRest(this: LinkParts): void {
  const sent = this.handedOver
  const parts = this as LinkParts & {
    unacknowledged: { readonly length: number }[]
    unacknowledgedBytes: number
    handedOverMax: number
  }
  const lost = parts.unacknowledged.splice(0, sent - this.acknowledged)
  for (const packed of lost) parts.unacknowledgedBytes -= packed.length
  this.acknowledged = sent
}
