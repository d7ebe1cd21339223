/**
 * This file publishes requests and holds on channels of `node:diagnostics_channel`, for every engine, as long as a channel has a subscriber. The channels have the
 * names and the order of Node's tracing channels `holdfast:acquire` and `holdfast:hold`. Without a subscriber a request reads one field of one channel.
 */
import { channel } from 'node:diagnostics_channel'
import type { AcquireCall } from './acquire-options.ts'
import type { LockEvent } from './events.ts'
import type { Hold } from './hold.ts'
import { LevelHold } from './level.ts'

/** What the channels of `holdfast:acquire` publish: one object for each request, from `start` to `asyncEnd`. */
export interface AcquireTrace {
  /** The id of the node or client. */
  readonly client: string
  /** The name of the lock, as the caller gave it. */
  readonly lock: string
  /** Which call it was. */
  readonly call: AcquireCall
  /** The hold once it is granted; null if `tryAcquire` found the lock taken. */
  result?: Hold | null
  /** Why it was not granted. */
  error?: unknown
}

/** What the channels of `holdfast:hold` publish: one object for each hold, from its grant to its end. */
export interface HoldTrace {
  /** The request. */
  readonly acquire: AcquireTrace
  /** The hold. */
  readonly hold: Hold
  /** The LOST error, if the hold was lost. */
  error?: unknown
}

/** A client of an engine, as far as its requests are traced. */
export interface TracedClient {
  readonly id: string
  readonly feed: HoldFeed
}

interface HoldFeed {
  on(
    type: 'lockReleased' | 'lockLost',
    listener: (event: Extract<LockEvent, { type: 'lockReleased' | 'lockLost' }>) => void,
  ): () => void
}

const channelsOf = (name: string) => ({
  start: channel(`tracing:${name}:start`),
  end: channel(`tracing:${name}:end`),
  asyncStart: channel(`tracing:${name}:asyncStart`),
  asyncEnd: channel(`tracing:${name}:asyncEnd`),
  error: channel(`tracing:${name}:error`),
})
const requests = channelsOf('holdfast:acquire')
const holds = channelsOf('holdfast:hold')

/** Has subscribers if requests are to be traced. */
export const acquireStarted = requests.start

/** Makes a request, and publishes it and its hold. */
export function traced<Held extends Hold | null>(
  client: TracedClient,
  lock: string,
  call: AcquireCall,
  request: () => Promise<Held>,
): Promise<Held> {
  const trace: AcquireTrace = { client: client.id, lock, call }
  return requests.start.runStores(trace, () => {
    const outcome = request().then(
      (hold) => {
        trace.result = hold
        settled(requests, trace)
        if (hold !== null) begin(client.feed, { acquire: trace, hold })
        return hold
      },
      (error: unknown) => {
        trace.error = error
        requests.error.publish(trace)
        settled(requests, trace)
        throw error
      },
    )
    requests.end.publish(trace)
    return outcome
  })
}

/** The holds of each client that are traced, by name and fence. */
const open = new WeakMap<HoldFeed, OpenHolds>()

function begin(feed: HoldFeed, trace: HoldTrace): void {
  const { hold } = trace
  let ofClient = open.get(feed)
  if (ofClient === undefined) open.set(feed, (ofClient = new OpenHolds(feed)))
  // A nested level of a reentrant hold is no hold of its own.
  if (hold instanceof LevelHold && ofClient.has(hold.name, hold.fence)) return
  holds.start.publish(trace)
  holds.end.publish(trace)
  // It may have been lost between the grant and this turn.
  if (hold.state === 'lost') over(trace, true)
  else ofClient.add(trace)
}

class OpenHolds {
  private readonly feed: HoldFeed
  private readonly traces = new Map<string, HoldTrace[]>()
  private stops: readonly (() => void)[] = []

  constructor(feed: HoldFeed) {
    this.feed = feed
  }

  has(lock: string, fence: bigint): boolean {
    return this.traces.has(keyOf(lock, fence))
  }

  /** Listens to the client as long as a hold is open. */
  add(trace: HoldTrace): void {
    const { name, fence } = trace.hold
    const key = keyOf(name, fence)
    const same = this.traces.get(key)
    if (same !== undefined) same.push(trace)
    else this.traces.set(key, [trace])
    if (this.stops.length === 0) this.stops = [this.feed.on('lockReleased', this.onEnd), this.feed.on('lockLost', this.onEnd)]
  }

  private readonly onEnd = ({
    type,
    lock,
    fence,
  }: {
    readonly type: string
    readonly lock: string
    readonly fence: bigint
  }): void => {
    const key = keyOf(lock, fence)
    const same = this.traces.get(key)
    const trace = same?.shift()
    if (same?.length === 0) this.traces.delete(key)
    if (this.traces.size === 0) {
      for (const stop of this.stops) stop()
      this.stops = []
    }
    if (trace !== undefined) over(trace, type === 'lockLost')
  }
}

function over(trace: HoldTrace, isLost: boolean): void {
  if (isLost) {
    trace.error = trace.hold.signal.reason
    holds.error.publish(trace)
  }
  settled(holds, trace)
}

function settled({ asyncStart, asyncEnd }: ReturnType<typeof channelsOf>, trace: object): void {
  asyncStart.publish(trace)
  asyncEnd.publish(trace)
}

function keyOf(lock: string, fence: bigint): string {
  return `${fence} ${lock}`
}
