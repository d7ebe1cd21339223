/** This file has the mistakes with the queue of `home-queue` (Mellor-Crummey and Scott 1991), and with the loans of its token. */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { type HomeQueueMessage, homeQueue } from '../../mutex/home-queue.ts'
import type { Bug } from './bug.ts'
import { AlgorithmPort, atPortOf } from './port.ts'

const kinds = [homeQueue] as const
const source = 'Mellor-Crummey and Scott 1991'

class LentWhileInside extends AlgorithmPort<HomeQueueMessage> {
  override receive(from: NodeId, message: HomeQueueMessage): void {
    const isEarly = message.kind === 'follow' && !message.ifFree && !message.mode.isAlone && this.excludes(message.mode)
    if (!isEarly || message.stamp.id === this.site.self) return super.receive(from, message)
    this.site.send(message.stamp.id, { kind: 'lend', stamp: message.stamp, mayKeep: false })
  }
}

class LoanUsedAfterReturn extends AlgorithmPort<HomeQueueMessage> {
  /** The mode in which this site was inside last. */
  private latest: Mode | null = null
  /** The mode of a loan that this site has returned. */
  private returned: Mode | null = null
  private isInsideInvalidly = false

  override receive(from: NodeId, message: HomeQueueMessage): void {
    if (message.kind === 'reclaim' && this.pending === null && this.entries === 0) this.returned = this.latest
    super.receive(from, message)
  }

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    if (this.returned?.equals(mode) !== true) return super.request(stamp, mode, ifFree)
    this.returned = null
    this.isInsideInvalidly = true
    this.site.granted()
  }

  override release(mode: Mode): void {
    if (!this.isInsideInvalidly) {
      this.latest = mode
      return super.release(mode)
    }
    this.isInsideInvalidly = false
  }
}

class FollowerForgotten extends AlgorithmPort<HomeQueueMessage> {
  override receive(from: NodeId, message: HomeQueueMessage): void {
    const isForgotten = message.kind === 'follow' && !message.ifFree && this.entries > 0 && message.stamp.id !== this.site.self
    if (!isForgotten) super.receive(from, message)
  }
}

class PassedRequestLost extends AlgorithmPort<HomeQueueMessage> {
  override receive(from: NodeId, message: HomeQueueMessage): void {
    if (message.kind !== 'past') super.receive(from, message)
  }
}

export const queueBugs: readonly Bug[] = [
  {
    name: 'lent-while-inside',
    property: 'exclusion',
    breaks:
      'A holder that is alone inside lends the token after it has left. If it lends at once, a reader enters beside a writer.',
    source,
    shownIn: 'shared',
    ...atPortOf(kinds, LentWhileInside),
  },
  {
    name: 'loan-used-after-return',
    property: 'exclusion',
    breaks: 'A borrower that has returned its loan asks again. If it enters once more by the old loan, a writer may be inside.',
    source,
    shownIn: 'shared',
    ...atPortOf(kinds, LoanUsedAfterReturn),
  },
  {
    name: 'follower-forgotten',
    property: 'lost wake-up',
    breaks: 'A holder remembers the site that follows it. If it forgets that, the token rests while a request waits for it.',
    source,
    ...atPortOf(kinds, FollowerForgotten),
  },
  {
    name: 'passed-request-lost',
    property: 'lost wake-up',
    breaks:
      'A request that hangs on a withdrawn place is passed on to the place before. If the home drops it, its site waits for ever.',
    shownIn: 'shared',
    // The lab looks at holds that end, and a request that is passed on waits for one that does not.
    apply: atPortOf(kinds, PassedRequestLost).apply,
  },
]

/** A site that withdraws one request withdraws all that it has made. */
class WithdrawnBySite extends AlgorithmPort<HomeQueueMessage> {
  override cancel(stamp: Stamp): void {
    super.cancel(stamp)
    for (const other of [...this.asked]) super.cancel(other.stamp)
  }
}

/** Seeds meet it too seldom: a waiter gives up while several requests of its site are pending. */
export const withdrawnBySite: Bug = {
  name: 'withdrawn-by-site',
  property: 'liveness',
  breaks:
    'A withdrawal names one request of its site. If it withdraws all that the site has made, the waiters of the others wait for ever.',
  shownBy: 'the explorer',
  // The lab looks at one request of a site at a time, and so cannot show it.
  apply: atPortOf(kinds, WithdrawnBySite).apply,
}
