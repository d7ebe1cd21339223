/**
 * A peer that has the secret and speaks the protocol, but says what it should not: every type of message, with contents
 * that fit the cluster of now. It is connected by real links, as an observer or as a node.
 */
import { Mode, modeKinds } from '../../lib/base/mode.ts'
import { Links, type LinkWatcher, type Receiver } from '../../lib/link/links.ts'
import type { PeerInfo, Role, Transport } from '../../lib/world/world.ts'
import type { Random } from '../../lib/base/random.ts'
import type { Node } from '../../lib/node/node.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import { type View, viewId } from '../../lib/view/view.ts'
import { algorithms } from '../../lib/mutex/algorithms.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import type { LockBody } from '../../lib/wire/bodies.ts'
import { incarnationMax, type Message, type MessageType } from '../../lib/wire/messages.ts'
import { senders } from '../../lib/wire/senders.ts'

/** What a liar knows of the cluster. */
export interface Facts {
  readonly view: View
  /** Ids that it names: of members, its own, and of no node. */
  readonly ids: readonly string[]
  readonly locks: readonly string[]
  readonly random: Random
}

export function factsOf(node: Node, self: string, locks: readonly string[], random: Random): Facts {
  const view = node.view as View
  return { view, ids: [...view.members.map(({ id }) => id), self, 'nobody.1'], locks, random }
}

export const messageTypes = Object.keys(senders) as MessageType[]

/** One message of a type, drawn anew at each call. A type without an entry does not compile. */
export const drawn: { readonly [Type in MessageType]: (facts: Facts) => Omit<Extract<Message, { type: Type }>, 'type'> } = {
  'swim.ping': (facts) => ({ sequence: number(facts), updates: updates(facts) }),
  'swim.ack': (facts) => ({ sequence: number(facts), updates: updates(facts) }),
  'swim.pingRequest': (facts) => ({
    sequence: number(facts),
    target: id(facts),
    remainingMs: number(facts),
    updates: updates(facts),
  }),
  'swim.nack': (facts) => ({ sequence: number(facts) }),
  'swim.gossip': (facts) => ({ updates: updates(facts) }),
  'swim.sync': (facts) => ({ answer: coin(facts), updates: updates(facts) }),
  'view.newest': (facts) => ({ view: otherView(facts) }),
  'view.decided': (facts) => ({ epoch: otherView(facts).epoch }),
  'view.join': (facts) => ({
    address: address(facts),
    config: facts.view.config,
    wallMs: pick(facts, [0, 1e15]),
    known: number(facts),
    floor: pick(facts, [0, 2 ** 35 - 1]),
  }),
  'view.refuse': (facts) => ({ code: pick(facts, ['ABSENT', 'CLOCK_SKEW', 'CONFIG_MISMATCH', 'x']), reason: 'algorithm' }),
  'view.leave': (facts) => ({ view: someViewId(facts) }),
  'view.claim': (facts) => ({ view: someViewId(facts), holds: carried(facts), testimonies: testimonies(facts) }),
  'view.ask': (facts) => ({ view: someViewId(facts) }),
  'view.activate': (facts) => ({
    view: someViewId(facts),
    carried: carried(facts),
    findings: testimonies(facts).map((one) => ({ ...one, uninformed: [id(facts)] })),
  }),
  'vote.prepare': (facts) => ({ after: after(facts), ballot: ballot(facts), config: number(facts) }),
  'vote.promise': (facts) => ({
    after: after(facts),
    ballot: ballot(facts),
    accepted: coin(facts) ? null : { ballot: ballot(facts), view: otherView(facts) },
    epochMax: epoch(facts),
    wallMs: pick(facts, [0, 1e15]),
    ages: facts.ids.map((each) => ({ id: each, ageMs: pick(facts, [0, 1e9]) })),
  }),
  'vote.accept': (facts) => ({ after: after(facts), ballot: ballot(facts), view: otherView(facts) }),
  'vote.accepted': (facts) => ({ after: after(facts), ballot: ballot(facts) }),
  'vote.reject': (facts) => ({ after: after(facts), ballot: ballot(facts), promised: ballot(facts) }),
  'session.renew': (facts) => ({ view: someViewId(facts), sequence: number(facts) }),
  'session.renewed': (facts) => ({ view: someViewId(facts), sequence: number(facts) }),
  lock: (facts) => ({
    view: someViewId(facts),
    lock: pick(facts, facts.locks),
    counter: facts.random.below(2 ** 20),
    body: body(facts),
  }),
  'query.ask': (facts) => ({
    sequence: number(facts),
    what: pick(facts, ['members', 'locks', 'explain', 'waits']),
    pattern: '*',
  }),
  'query.answer': (facts) => ({ sequence: number(facts), answer: { held: 'x', epoch: -1 } }),
  'recover.found': (facts) => ({ sequence: number(facts), join: [] }),
  'actor.tell': () => ({ actor: 'a', body: 1 }),
  'actor.ask': (facts) => ({ sequence: number(facts), actor: 'a', body: { x: 1 } }),
  'actor.answer': (facts) => ({ sequence: number(facts), ok: coin(facts), code: 'CLOSED', body: null }),
  'actor.watch': (facts) => ({ actor: 'a', watch: coin(facts) }),
  'actor.gone': () => ({ actor: 'a', reason: 'x' }),
  'watch.start': (facts) => ({ watch: facts.random.below(4), round: facts.random.below(4), pattern: pick(facts, ['*', 'door']) }),
  'watch.next': (facts) => ({ watch: facts.random.below(4) }),
  'watch.stop': (facts) => ({ watch: facts.random.below(4) }),
  'watch.news': (facts) => ({
    watch: facts.random.below(4),
    round: facts.random.below(4),
    isWhole: coin(facts),
    locks: facts.locks.map((name) => ({
      name,
      held: [{ mode: Mode.exclusive, fence: 2n ** 60n, owner: 1, ageMs: -1, meta: { x: 1 } }],
      pending: [{ mode: Mode.permits(3), owner: 2, ageMs: 1e15, meta: undefined }],
    })),
  }),
  'watch.refuse': (facts) => ({ watch: facts.random.below(4), round: facts.random.below(4) }),
  'revoke.order': (facts) => ({
    sequence: number(facts),
    lock: pick(facts, facts.locks),
    fence: pick(facts, [0n, 2n ** 62n, BigInt(facts.view.epoch) * 2n ** 28n + 1n]),
    isForced: coin(facts),
    reason: 'x\u0000\n',
  }),
  'revoke.answer': (facts) => ({
    sequence: number(facts),
    outcome: pick(facts, ['asked', 'released', 'forced', 'absent', 'refused', 'overloaded'] as const),
    isAlone: coin(facts),
  }),
}

export function draw(type: MessageType, facts: Facts): Message {
  return { type, ...drawn[type](facts) } as Message
}

export class Hostile {
  readonly links: Links
  readonly world: SimWorld
  readonly id: string
  /** Who is connected. */
  readonly peers = new Map<string, PeerInfo>()
  /** What members said to it. */
  readonly heard: Message[] = []
  private transport: Transport | null = null

  private constructor(world: SimWorld, id: string) {
    this.world = world
    this.id = id
    this.links = new Links({
      world,
      self: this.id,
      limits: { unacknowledgedMax: 10_000, frameBytesMax: 65_536 },
      format: nodeFormat,
      emit: () => {},
    })
    const user: Receiver & LinkWatcher = {
      deliver: (_from, message) => void this.heard.push(message),
      opened: (peer) => void this.peers.set(peer.id, peer),
      closed: (peer) => void this.peers.delete(peer),
      overflowed: () => {},
      dialFailed: () => {},
    }
    this.links.serve(user, user)
  }

  static async connect(world: SimWorld, role: Role, nodes: readonly Node[], as: { readonly id?: string } = {}): Promise<Hostile> {
    const hostile = new Hostile(world, as.id ?? world.newId())
    const isLocal = nodes[0]?.view?.config.joinList.length === 0
    const secret = isLocal ? await secretOf(world) : {}
    const transport = await world.openTransport({ id: hostile.id, cluster: 'default', role, ...secret }, hostile.links)
    hostile.transport = transport
    hostile.links.attach(transport)
    hostile.links.seek(nodes.map(({ address }) => address))
    return hostile
  }

  /** Sends a frame that the links would never make. */
  raw(to: string, frame: Uint8Array): void {
    this.transport?.send(to, frame, false)
  }

  async close(): Promise<void> {
    this.links.close()
    await this.transport?.close()
  }
}

/** The local directory's. */
async function secretOf(world: SimWorld): Promise<{ secret?: string }> {
  const directory = await world.findDirectory('default')
  const secret = directory?.secret
  directory?.close()
  return secret === undefined ? {} : { secret }
}

function pick<T>({ random }: Facts, values: readonly T[]): T {
  return values[random.below(values.length)] as T
}

function coin({ random }: Facts): boolean {
  return random.below(2) === 0
}

function number(facts: Facts): number {
  return pick(facts, [0, 1, 2, 3, facts.random.below(100), Number.MAX_SAFE_INTEGER])
}

function id(facts: Facts): string {
  return pick(facts, facts.ids)
}

function address(facts: Facts): string {
  return pick(facts, [...facts.view.members.map((member) => member.address), 'elsewhere:1', ''])
}

function epoch(facts: Facts): number {
  return Math.max(0, facts.view.epoch + pick(facts, [-1, 0, 1, 1000]))
}

function someViewId(facts: Facts): { epoch: number; digest: number } {
  const now = viewId(facts.view)
  return pick(facts, [now, now, now, { ...now, digest: 7 }, { epoch: epoch(facts), digest: 7 }])
}

function after(facts: Facts): { epoch: number; digest: number } | null {
  return coin(facts) ? null : someViewId(facts)
}

function ballot(facts: Facts): { round: number; proposer: string } {
  return { round: number(facts), proposer: id(facts) }
}

function updates(facts: Facts) {
  return facts.ids.map((about) => ({
    id: about,
    address: address(facts),
    state: pick(facts, ['alive', 'suspect', 'down', 'left'] as const),
    incarnation: pick(facts, [0, 1, 5, incarnationMax]),
    by: id(facts),
  }))
}

function carried(facts: Facts) {
  return facts.locks.map((lock) => ({
    lock,
    holder: id(facts),
    mode: anyMode(facts),
    fence: 2n ** 62n,
  }))
}

function testimonies(facts: Facts) {
  return facts.ids.map((about) => ({ about, gone: [id(facts)], exceptions: [...facts.locks] }))
}

/** A view like the present one: the same again, older, or a successor with a member less, with one more, or of another digest. */
function otherView(facts: Facts): View {
  const { view } = facts
  const stranger = { id: 'nobody.1', address: 'elsewhere:1', since: view.epoch + 1 }
  return pick(facts, [
    view,
    { ...view, epoch: Math.max(0, view.epoch - 1) },
    { ...view, epoch: view.epoch + 1, members: view.members.slice(1) },
    { ...view, epoch: view.epoch + 1, members: [...view.members, stranger] },
    { ...view, epoch: view.epoch + 1, members: [] },
    { ...view, epoch: view.epoch + 1, voters: [], quarantine: [{ id: '*', remainingMs: 1e12, lastEpoch: 0 }] },
  ])
}

function anyMode(facts: Facts): Mode {
  return Mode.from(pick(facts, [...modeKinds.filter((kind) => kind !== 'permits'), 3])) as Mode
}

/** Every kind that an algorithm declares. */
const kinds = [...new Set(algorithms.flatMap(({ messages }) => Object.keys(messages)))]

function body(facts: Facts): LockBody {
  const stamp = { time: facts.random.below(2 ** 40), count: 0, id: id(facts) }
  const rest = {
    stamp: coin(facts) ? stamp : { ...stamp, time: 0 },
    mode: anyMode(facts),
    ifFree: coin(facts),
    using: number(facts),
    keep: coin(facts),
    starter: id(facts),
    hops: number(facts),
    homing: coin(facts),
    claimant: coin(facts) ? null : stamp,
    last: coin(facts) ? null : stamp,
    asks: coin(facts),
    number: number(facts),
    served: facts.ids.map((each): [string, number] => [each, number(facts)]),
    priority: pick(facts, [0, -1e300, 1e300]),
    place: stamp,
    grants: number(facts),
    queue: [...facts.ids],
    skipped: [...facts.ids],
    isContended: coin(facts),
    mayKeep: coin(facts),
    returned: [{ mode: anyMode(facts), entries: number(facts), carried: number(facts) }],
  }
  const kind = pick(facts, kinds)
  // The place of a request by priority is a site, and the queue of its token has requests in it.
  if (kind === 'ranked') return { kind, ...rest, place: id(facts) } as unknown as LockBody
  const queue = rest.queue.map((asker) => ({ stamp: { ...stamp, id: asker }, priority: rest.priority, since: number(facts) }))
  return { kind, ...rest, ...(kind === 'precedence' ? { queue } : {}) } as unknown as LockBody
}
