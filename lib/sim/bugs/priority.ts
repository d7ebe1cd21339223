/** This file has the mistakes with the local queues and the token of Mueller 1998. */
import type { NodeId } from '../../base/ids.ts'
import { type MuellerMessage, mueller } from '../../mutex/mueller.ts'
import type { Bug } from './bug.ts'
import { AlgorithmPort, atPortOf } from './port.ts'

const kinds = [mueller] as const
const source = 'Mueller 1998'

class KeptRequestForgotten extends AlgorithmPort<MuellerMessage> {
  override receive(from: NodeId, message: MuellerMessage): void {
    const isForgotten = message.kind === 'ranked' && !message.ifFree && this.pending?.ifFree === false
    if (!isForgotten) super.receive(from, message)
  }
}

class QueueLeftBehind extends AlgorithmPort<MuellerMessage> {
  override sends(to: NodeId, message: MuellerMessage): void {
    super.sends(to, message.kind === 'precedence' ? { ...message, queue: [] } : message)
  }
}

class HolderPreempted extends AlgorithmPort<MuellerMessage> {
  override receive(from: NodeId, message: MuellerMessage): void {
    const { token } = this.inner.describe()
    if (message.kind === 'ranked' && !message.ifFree && message.priority > 0 && this.entries > 0) {
      const { stamp, grants } = message
      return this.site.send(stamp.id, { kind: 'precedence', stamp, grants, queue: [] })
    }
    // The site takes the token that comes back for a token that never left.
    if (message.kind !== 'precedence' || !token) super.receive(from, message)
  }
}

/** The lab gives no request a priority, so its checks do not show them. */
export const priorityBugs: readonly Bug[] = [
  {
    name: 'kept-request-forgotten',
    property: 'lost wake-up',
    breaks:
      'A site that waits keeps the requests that come after its own until the token comes. If it forgets one, that request waits for ever.',
    source,
    apply: atPortOf(kinds, KeptRequestForgotten).apply,
  },
  {
    name: 'queue-left-behind',
    property: 'lost wake-up',
    breaks: 'The token carries the queue of the sites that wait. If it goes on without the queue, they wait for ever.',
    source,
    apply: atPortOf(kinds, QueueLeftBehind).apply,
  },
  {
    name: 'holder-preempted',
    property: 'exclusion',
    breaks: 'A priority counts among those that wait. If a holder hands the token to a request above it, both are inside.',
    source,
    apply: atPortOf(kinds, HolderPreempted).apply,
  },
]
