/**
 * Raymond 1989, "A Tree-Based Algorithm for Distributed Mutual Exclusion" (ACM TOCS 7, 1). The sites are a tree, and every site's
 * `holder` is the neighbour in whose direction the privilege is. A site asks its holder once, for itself and for all neighbours
 * that have asked it, in order. The privilege goes from neighbour to neighbour and turns the pointers round behind it. After
 * every event: ASSIGN_PRIVILEGE, then MAKE_REQUEST (§4).
 *
 * An entry costs 2·d messages, d edges away from the privilege; saturated, 4(N−1)/N on average, as one round of the privilege
 * goes twice over every edge. From one holder to the next it takes as many messages as there are edges between them.
 *
 * Links must keep their order here, though not in the paper: a request that overtakes the privilege counts for nothing.
 *
 * Options: the tree is `binary` unless it is `line` or `star`. `piggyback`: a request that follows the privilege
 * rides on it. `greedy`: a site that the privilege passes enters first itself (§5).
 *
 * Deviations. A site that withdraws leaves its own queue; the privilege may still come, and goes on or rests. A try (`ifFree`) is
 * in no queue: as a `chase` it follows the holders to the privilege. An unused privilege is then sent to the try edge by edge,
 * unless others come in between. A privilege that has rested goes home likewise, and then every site is as new.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { bool, nullable } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { tokenStart } from './order.ts'
import { type Tree, treeShapeOf, treeShapes, treesOf } from './trees.ts'

/** What the sites say to each other. */
const messages = {
  busy: common.busy,
  chase: common.chase,
  /** Send me the privilege, for me or for a site that asks me. */
  ask: body(23, {}),
  /** The privilege, to a neighbour; `asks` that it come back, or on its way to that one who tried. */
  privilege: body(24, { asks: bool(), claimant: nullable(stamp) }),
}
type Message = BodyOf<typeof messages>

interface Variant {
  readonly piggyback: boolean
  readonly greedy: boolean
}

export const raymond: WiredKind<Message> = {
  ...kindOf('raymond', []),
  options: [...treeShapes, 'piggyback', 'greedy'],
  withOptions(options) {
    const known = options.every((option) => raymond.options?.includes(option))
    const shapes = options.filter((option) => option !== 'piggyback' && option !== 'greedy')
    const once = new Set(options).size === options.length
    return known && once && shapes.length <= 1 ? kindOf(`raymond:${options.join('+')}`, options) : null
  },
}

function kindOf(name: string, options: readonly string[]): WiredKind<Message> {
  const treeOf = treesOf<Message>(treeShapeOf(options))
  const variant = { piggyback: options.includes('piggyback'), greedy: options.includes('greedy') }
  return {
    name,
    messages,
    modes: ['exclusive'],
    asksAlways: false,
    create: (site) => new Raymond(site, treeOf(site), variant),
    // Without the tree: the privilege may be anywhere unless it is still where it began, and that is here.
    untouched: (carried, firstPlace, self) => tokenStart(carried, firstPlace) !== self,
  }
}

export class Raymond implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly tree: Tree
  private readonly variant: Variant
  private readonly start: NodeId
  /** Where the privilege is: here, or in that neighbour's direction. */
  private holder: NodeId
  private using: boolean
  /** The neighbours that get the privilege when it comes, and this site itself. */
  private readonly queue: NodeId[] = []
  /** The holder was asked, and the privilege has not come. */
  private asked = false
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null

  constructor(site: Site<Message>, tree: Tree, variant: Variant) {
    this.site = site
    this.tree = tree
    this.variant = variant
    this.start = tokenStart(site.carried, site.firstPlace)
    this.holder = tree.towards(site.self, this.start)
    this.using = site.carried[0]?.holder === site.self
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.using, 'one request at a time')
    this.pending = { stamp, ifFree }
    const { self } = this.site
    if (ifFree && this.holder !== self) return this.site.send(this.holder, { kind: 'chase', stamp, ifFree })
    if (this.variant.greedy) this.queue.unshift(self)
    else this.queue.push(self)
    this.assignThenRequest()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'ask':
        // On its way to a site that tries, the privilege may have gone to a neighbour before that neighbour asked.
        if (this.holder !== from) this.queue.push(from)
        return this.assignThenRequest()
      case 'privilege':
        this.holder = this.site.self
        this.asked = false
        if (message.asks) this.queue.push(from)
        if (message.claimant !== null) this.serve(message.claimant)
        return this.assignThenRequest()
      case 'chase':
        return this.receiveChase(message.stamp)
      case 'busy':
        if (this.pending?.ifFree !== true || !sameStamp(this.pending.stamp, message.stamp)) return
        this.pending = null
        return this.site.refused()
    }
  }

  release(): void {
    invariant(this.using, 'only who is inside can leave')
    this.using = false
    this.assignThenRequest()
  }

  cancel(): void {
    this.pending = null
    const at = this.queue.indexOf(this.site.self)
    if (at !== -1) this.queue.splice(at, 1)
  }

  wanted(): boolean {
    return this.queue.length > 0
  }

  mayHold(peer: NodeId): boolean {
    // To a site that is not in the holder's direction the privilege would have come through here.
    const { self } = this.site
    return peer !== self && this.holder !== self && this.tree.towards(self, peer) === this.holder
  }

  idle(): boolean {
    const isUnused = this.pending === null && !this.using && this.queue.length === 0 && !this.asked
    return isUnused && this.holder === this.tree.towards(this.site.self, this.start)
  }

  rest(): void {
    const { self } = this.site
    if (this.holder !== self || this.using || self === this.start) return
    this.serve({ time: 0, count: 0, id: this.start })
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.holder === this.site.self, permissions: [] }
  }

  private assignThenRequest(): void {
    this.assignPrivilege()
    this.makeRequest()
  }

  private assignPrivilege(): void {
    const { self } = this.site
    if (this.holder !== self || this.using) return
    const first = this.queue.shift()
    if (first === undefined) {
      // It came here for no request, or for a try.
      if (this.pending !== null) this.enter()
    } else if (first === self) this.enter()
    else this.pass(first, null)
  }

  private makeRequest(): void {
    if (this.holder === this.site.self || this.queue.length === 0 || this.asked) return
    this.asked = true
    this.site.send(this.holder, { kind: 'ask' })
  }

  private enter(): void {
    this.pending = null
    this.using = true
    this.site.granted()
  }

  private pass(to: NodeId, claimant: Stamp | null): void {
    this.holder = to
    const asks = this.variant.piggyback && this.queue.length > 0
    if (asks) this.asked = true
    this.site.send(to, { kind: 'privilege', asks, claimant })
  }

  /** The privilege is here, and a site that is in no queue would have it. */
  private serve(claimant: Stamp): void {
    const { self } = this.site
    if (claimant.id === self) {
      if (this.pending?.ifFree === true && sameStamp(this.pending.stamp, claimant)) this.enter()
      return
    }
    const next = this.tree.towards(self, claimant.id)
    if (this.queue.length === 0 && this.pending === null) return this.pass(next, claimant)
    // Another request has come in between: the site to which the privilege goes decides whether it still wants it.
    this.assignPrivilege()
    this.receiveChase(claimant)
  }

  private receiveChase(stamp: Stamp): void {
    if (this.holder !== this.site.self) this.site.send(this.holder, { kind: 'chase', stamp, ifFree: true })
    else if (!this.using) this.serve(stamp)
    else if (stamp.id !== this.site.self) this.site.send(stamp.id, { kind: 'busy', stamp })
  }
}
