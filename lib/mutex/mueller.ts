/**
 * Mueller 1998, "Prioritized Token-Based Mutual Exclusion for Distributed Systems" (IPPS/SPDP), and 1999, "Priority Inheritance and
 * Ceilings for Distributed Mutual Exclusion" (RTSS): the token and the pointers of Naimi and Tréhel, with priorities. A request
 * follows the pointers to the token. A site that waits itself keeps a request that comes after its own; a request that comes before
 * its own it sends on. What the sites keep are local queues, which together resemble one queue by priority. The token carries the
 * queue of the sites that it has come by, and goes to the first. A site that waits inherits the priority of a later user (`raise`).
 *
 * An entry costs O(log N) messages on average when requests come one at a time: as many as with Naimi and Tréhel, H(N−1), if the
 * priorities are equal and later requests have later stamps. Saturated it costs about two. From one holder to the next it is one
 * message. Links need not keep their order.
 *
 * Deviations. Two pointers take the place of one. `place` is where the token went, as far as this site knows, with the number of
 * that grant; each step along it leads to a later grant, so no request goes in circles. `notes` are the requests that waited as the
 * token left this site, and those that this site sent on since: a request that comes after some of them goes to the site of the
 * last of these, which keeps it or had the token later. Of one priority the earlier stamp is first. Priorities age, by the rule of
 * `lib/base/aging.ts`: the token counts its grants, and a request ages from the moment at which it joins the token's queue. A
 * site that withdraws keeps its place without wanting to enter: the token goes on from there, or rests. A request that is made
 * anew with a higher priority may leave an old one behind, which brings the token once more, and the token goes on. A try
 * (`ifFree`) follows `place` alone and is kept only where the token is about to come. A request may follow a token that moves on
 * before it for a while: no bound on the steps is proven for that, in which requests at other sites may be served first.
 */
import { rankOf } from '../base/aging.ts'
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { compareStamps, sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { id, safe, stamp } from '../wire/fields.ts'
import { bool, finite, list, record } from '../wire/schema.ts'
import { common, sitesMax } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { tokenStart } from './order.ts'

/** What the sites say to each other. */
const messages = {
  busy: common.busy,
  /** A request that looks for the token. Grant number `grants` was to `place`, as far as the sites on its way know. */
  ranked: body(37, { stamp, priority: finite(), ifFree: bool(), place: id, grants: safe }),
  /**
   * The token, by grant number `grants`, and the queue of those that wait further. It names the latest request that it has met: the next
   * request of the receiver is later than all of them.
   */
  precedence: body(38, { stamp, grants: safe, queue: list(record({ stamp, priority: finite(), since: safe }), sitesMax) }),
}
export type MuellerMessage = BodyOf<typeof messages>
type Message = MuellerMessage
type Ranked = Extract<Message, { readonly kind: 'ranked' }>
type Token = Extract<Message, { readonly kind: 'precedence' }>

export const mueller: WiredKind<Message> = {
  name: 'mueller',
  messages,
  modes: ['exclusive'],
  hasPriorities: true,
  asksAlways: false,
  create: (site) => new Mueller(site),
  // The token may be anywhere unless it is still where it began, and that is here.
  untouched: (carried, firstPlace, self) => tokenStart(carried, firstPlace) !== self,
}

/** A request, and its priority. */
interface Request {
  readonly stamp: Stamp
  readonly priority: number
}

/** A request in the queue that the token carries. */
interface Queued extends Request {
  /** How many grants had been made when it joined the queue. */
  readonly since: number
}

export class Mueller implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly start: NodeId
  /** The site that had grant number `grants`, the latest of which this site knows. */
  private place: NodeId
  private grants = 0
  private hasToken: boolean
  private inside: boolean
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** This site's place among those that wait; its request may be withdrawn. */
  private asked: Request | null = null
  /** Requests of other sites that were in the queue as the token left, or were sent on since; those of a site by the latest. */
  private notes: Request[] = []
  /** The local queue, and tries that wait for the token here. */
  private readonly kept: Ranked[] = []
  /** What the token carries, only where it is: the queue, and the latest request that it has met. */
  private queue: Queued[] = []
  private latest: Stamp | null = null

  constructor(site: Site<Message>) {
    this.site = site
    this.start = tokenStart(site.carried, site.firstPlace)
    this.place = this.start
    this.hasToken = this.start === site.self
    this.inside = site.carried[0]?.holder === site.self
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean, priority = 0): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    if (this.hasToken) return this.enter()
    if (ifFree) return this.seek({ stamp, priority }, true)
    if (this.asked !== null) return this.raise(priority)
    this.asked = { stamp, priority }
    this.seek(this.asked, false)
  }

  raise(priority: number): void {
    if (this.asked === null || priority <= this.asked.priority) return
    this.asked = { stamp: this.asked.stamp, priority }
    this.seek(this.asked, false)
  }

  receive(_from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'ranked':
        return this.receiveRequest(message)
      case 'precedence':
        return this.receiveToken(message)
      case 'busy':
        if (this.pending?.ifFree !== true || !sameStamp(this.pending.stamp, message.stamp)) return
        this.pending = null
        return this.site.refused()
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    this.handOver()
  }

  cancel(): void {
    // The place stays, and what a try brings has no effect.
    this.pending = null
  }

  wanted(): boolean {
    return this.queue.length > 0
  }

  mayReenter(priority: number): boolean {
    const line = firstLine(this.queue)
    if (line !== null && rankOf(line.first.priority, line.since) >= rankOf(priority, this.grants)) return false
    this.grants = after(this.grants)
    return true
  }

  mayHold(peer: NodeId): boolean {
    return peer !== this.site.self && !this.hasToken
  }

  idle(): boolean {
    const isUnused = this.pending === null && !this.inside && this.asked === null && this.kept.length === 0
    return isUnused && this.grants === 0 && this.notes.length === 0 && this.hasToken === (this.start === this.site.self)
  }

  rest(): void {
    // Pointers only turn: an instance that was used stays until the next view.
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  /** A request of this site sets out, unless the token is on its way here. */
  private seek({ stamp, priority }: Request, ifFree: boolean): void {
    const { place, grants } = this
    if (place !== this.site.self) this.sendOn({ kind: 'ranked', stamp, priority, ifFree, place, grants })
  }

  private receiveRequest(message: Ranked): void {
    const { self } = this.site
    if (!this.hasToken && message.grants > this.grants) {
      this.place = message.place
      this.grants = message.grants
    }
    if (message.stamp.id === self && !this.isPending(message)) return
    if (this.hasToken) return this.serve(message)
    if (this.place === self) this.kept.push(message)
    else if (message.ifFree && this.pending?.ifFree === false) this.refuse(message)
    else if (!message.ifFree && this.asked !== null && isBefore(this.asked, message)) this.kept.push(message)
    else this.sendOn(message)
  }

  /** A request of this site has come back: false if it is over, or the token is on its way here. */
  private isPending({ stamp, ifFree }: Ranked): boolean {
    if (this.hasToken || this.place === this.site.self) return false
    const own = ifFree ? this.pending : this.asked
    return own !== null && sameStamp(own.stamp, stamp)
  }

  /** A request has come to the token. */
  private serve(message: Ranked): void {
    if (message.ifFree) {
      if (this.inside) this.refuse(message)
      else this.pass(message.stamp)
      return
    }
    this.enqueue(message)
    if (!this.inside) this.handOver()
  }

  private receiveToken({ stamp: latest, grants, queue }: Token): void {
    invariant(!this.hasToken, 'there is one token')
    this.hasToken = true
    this.place = this.site.self
    this.grants = grants
    this.asked = null
    this.notes = []
    this.latest = latest
    this.queue = queue.filter(({ stamp }) => stamp.id !== this.site.self)
    for (const message of this.kept.splice(0)) {
      if (message.ifFree) this.kept.push(message)
      else this.enqueue(message)
    }
    if (this.pending !== null) this.enter()
    else this.handOver()
  }

  private enter(): void {
    if (this.pending !== null) this.latest = laterOf(this.latest, this.pending.stamp)
    this.pending = null
    this.inside = true
    for (const tried of this.kept.splice(0)) this.refuse(tried)
    this.site.granted()
  }

  /** The unused token goes to the first in the queue, or to a site that tries, or rests. */
  private handOver(): void {
    const next = firstLine(this.queue)?.first ?? this.kept[0]
    if (next !== undefined) this.pass(next.stamp)
  }

  private pass(stamp: Stamp): void {
    const queue = this.queue.filter((each) => each.stamp.id !== stamp.id)
    const latest = laterOf(this.latest, stamp)
    this.queue = []
    this.latest = null
    this.hasToken = false
    this.place = stamp.id
    this.grants = after(this.grants)
    this.notes = [...queue]
    this.site.send(stamp.id, { kind: 'precedence', stamp: latest, grants: this.grants, queue })
    for (const tried of this.kept.splice(0)) if (tried.stamp.id !== stamp.id) this.sendOn(tried)
  }

  /** Towards the token, or to the last site that waits before this request, as far as this one knows. */
  private sendOn(message: Ranked): void {
    const { place, grants } = this
    const { stamp, priority, ifFree } = message
    let last: Request | null = null
    if (!ifFree) {
      this.notes = this.notes.filter((each) => each.stamp.id !== stamp.id)
      for (const each of this.notes) if (isBefore(each, message) && (last === null || isBefore(last, each))) last = each
      if (stamp.id !== this.site.self) this.notes.push({ stamp, priority })
    }
    this.site.send(last?.stamp.id ?? place, { ...message, place, grants })
  }

  private refuse({ stamp }: Ranked): void {
    this.site.send(stamp.id, { kind: 'busy', stamp })
  }

  /** A site has one place in the queue, by the highest priority that it asked with. */
  private enqueue({ stamp, priority }: Request): void {
    this.latest = laterOf(this.latest, stamp)
    const at = this.queue.findIndex((each) => each.stamp.id === stamp.id)
    const known = this.queue[at]
    if (known === undefined) this.queue.push({ stamp, priority, since: this.grants })
    else if (priority > known.priority) this.queue[at] = { ...known, priority }
  }
}

/** Those of one priority in the queue: the first of them by stamp, and since when the line has waited. */
interface Line {
  readonly first: Queued
  readonly since: number
}

/** The line whose turn it is, by aged priority: it is as old as its oldest request. */
function firstLine(queue: readonly Queued[]): Line | null {
  const lines = new LazyMap<number, Line>()
  for (const each of queue) {
    const line = lines.get(each.priority)
    const first = line !== undefined && compareStamps(line.first.stamp, each.stamp) < 0 ? line.first : each
    lines.set(each.priority, { first, since: Math.min(each.since, line?.since ?? each.since) })
  }
  let best: Line | null = null
  for (const [, line] of lines) if (best === null || compareLines(line, best) < 0) best = line
  return best
}

function compareLines(a: Line, b: Line): number {
  const [mine, theirs] = [a.first.priority, b.first.priority]
  return rankOf(theirs, b.since) - rankOf(mine, a.since) || theirs - mine
}

/** The order of two requests on their way: one that waits behind another's site waits behind no request of a lower priority. */
function isBefore(a: Request, b: Request): boolean {
  return a.priority > b.priority || (a.priority === b.priority && compareStamps(a.stamp, b.stamp) < 0)
}

function laterOf(a: Stamp | null, b: Stamp): Stamp {
  return a !== null && compareStamps(b, a) < 0 ? a : b
}

/** The number of the next grant; it stays one that can travel. */
function after(grants: number): number {
  return Math.min(grants + 1, Number.MAX_SAFE_INTEGER)
}
