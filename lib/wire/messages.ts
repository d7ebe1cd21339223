/**
 * This file lists every message that one node sends to another, in one table. The order of the entries is the protocol: a type
 * travels as its place here. A change of a shape or of the order raises `protocolVersion`. What algorithms say to each other is
 * not in this file: it is the body of `lock`, and each algorithm declares its own (`lib/mutex`).
 */
import type { LockBody } from './bodies.ts'
import { id, mode, safe } from './fields.ts'
import {
  bigUint,
  bool,
  data,
  finite,
  type Infer,
  int,
  list,
  nullable,
  oneOf,
  pair,
  prose,
  record,
  type Schema,
  text,
} from './schema.ts'

/** Raised at every incompatible change; nodes of different versions refuse each other at the handshake. */
export const protocolVersion = 7

/** The bounds of what is accepted from a peer. */
export const wireBounds = {
  /** A lock's or actor's name, in UTF-16 units; the API checks 256 bytes. */
  nameMax: 256,
  addressMax: 512,
  membersMax: 4096,
  carriedMax: 250_000,
  patternsMax: 256,
  /** Locks in one message to a watcher. */
  newsMax: 4096,
  /** Holders, and waiters, that one node tells of one lock. */
  rowsMax: 10_000,
} as const

/** Far above the incarnation that any node reaches by refuting suspicions. */
export const incarnationMax = 2 ** 48

const address = text(wireBounds.addressMax)
const name = text(wireBounds.nameMax)
const code = text(64)
const reason = prose(2048)

/** Fences have room only for epochs below 2³⁵: a larger number is not an epoch. */
const epoch = int(0, 2 ** 35 - 1)
/** The identity of a view. */
const viewId = record({ epoch, digest: safe })

const config = record({
  algorithm: name,
  algorithms: list(pair(text(wireBounds.nameMax), name), wireBounds.patternsMax),
  permits: list(pair(text(wireBounds.nameMax), int(1, 2 ** 31)), wireBounds.patternsMax),
  clock: oneOf('hlc', 'lamport'),
  sessionMs: finite(),
  joinList: list(address, wireBounds.membersMax),
})

const view = record({
  cluster: name,
  epoch,
  members: list(record({ id, address, since: epoch }), wireBounds.membersMax),
  voters: list(nullable(id), wireBounds.membersMax),
  quarantine: list(record({ id, remainingMs: finite(), lastEpoch: epoch }), wireBounds.membersMax),
  config,
})

const carried = list(record({ lock: name, holder: id, mode, fence: bigUint() }), wireBounds.carriedMax)
const ids = list(id, wireBounds.membersMax)
const lockNames = list(name, wireBounds.carriedMax)

/** A piece of gossip about a node. */
const update = record({
  id,
  address,
  state: oneOf('alive', 'suspect', 'down', 'left'),
  /** A node raises its own incarnation by one at a time; below this bound one more always fits. */
  incarnation: int(0, incarnationMax),
  /** The source: the node that suspects, or the node itself when it leaves. */
  by: id,
})
const updates = list(update, wireBounds.membersMax)

/** The holders and waiters that one node has of one lock. */
const lockState = record({
  name,
  held: list(record({ mode, fence: bigUint(), owner: safe, ageMs: finite(), meta: data() }), wireBounds.rowsMax),
  pending: list(record({ mode, owner: safe, ageMs: finite(), meta: data() }), wireBounds.rowsMax),
})

/** A ballot of single-decree Paxos: a round, made unique by its proposer. */
const ballot = record({ round: safe, proposer: id })

/** A view alone: the fields of `view.newest`, and the content of a view's file. */
export const newestView = record({ view })

/** Every message, by type. `body` is the schema of what algorithms say. */
export function messageTable(body: Schema<LockBody>) {
  return {
    'swim.ping': record({ sequence: safe, updates }),
    'swim.ack': record({ sequence: safe, updates }),
    /** Asks a helper to probe; `remainingMs` is the time until the asking node decides. */
    'swim.pingRequest': record({ sequence: safe, target: id, remainingMs: finite(), updates }),
    'swim.nack': record({ sequence: safe }),
    'swim.gossip': record({ updates }),
    /** The full exchange: all beliefs of the sender; `answer` asks for the receiver's in return. */
    'swim.sync': record({ answer: bool(), updates }),

    /** The newest view that the sender knows to be decided. */
    'view.newest': newestView,
    /** The same, by its number, to a node that can read which view that is. */
    'view.decided': record({ epoch }),
    /**
     * A node without a membership asks a member to list it. `wallMs` lets the member judge its clock. `known` is the epoch of the
     * newest view that it knows, 0 if it knows none. Its process enters no view below `floor`.
     */
    'view.join': record({ address, config, wallMs: finite(), known: safe, floor: epoch }),
    /** Why a member will not propose the joining node. */
    'view.refuse': record({ code, reason }),
    /** The sender leaves: it has given up its holds and grants itself no lock any more. */
    'view.leave': record({ view: viewId }),
    /** The sender's holds, and what it knows of evicted nodes: `Testimony` in view/flush-host.ts. */
    'view.claim': record({
      view: viewId,
      holds: carried,
      testimonies: list(record({ about: id, gone: ids, exceptions: lockNames }), wireBounds.membersMax),
    }),
    /** An entrant that has nothing to claim asks whether the view has begun. */
    'view.ask': record({ view: viewId }),
    'view.activate': record({
      view: viewId,
      carried,
      findings: list(record({ about: id, gone: ids, uninformed: ids, exceptions: lockNames }), wireBounds.membersMax),
    }),

    /** Quorum register. `after` names the view to be succeeded, null a founding; `config` is the digest of the proposer's configuration. */
    'vote.prepare': record({ after: nullable(viewId), ballot, config: safe }),
    'vote.promise': record({
      after: nullable(viewId),
      ballot,
      accepted: nullable(record({ ballot, view })),
      epochMax: epoch,
      wallMs: finite(),
      /** Age of the latest acknowledgement of each session, in milliseconds by the voter's clock. */
      ages: list(record({ id, ageMs: finite() }), wireBounds.membersMax),
    }),
    'vote.accept': record({ after: nullable(viewId), ballot, view }),
    'vote.accepted': record({ after: nullable(viewId), ballot }),
    /** A higher ballot was promised. */
    'vote.reject': record({ after: nullable(viewId), ballot, promised: ballot }),
    'session.renew': record({ view: viewId, sequence: safe }),
    'session.renewed': record({ view: viewId, sequence: safe }),

    /** A lock's message: its counter merges into the receiver's, and so the fences rise. */
    lock: record({ view: viewId, lock: name, counter: int(0, 2 ** 28), body }),

    /** A question of an observer or of `node.query`, and its answer. */
    'query.ask': record({ sequence: safe, what: oneOf('members', 'locks', 'explain', 'waits'), pattern: name }),
    'query.answer': record({ sequence: safe, answer: data() }),
    /** An observer's order to a survivor: found anew with this shorter join list. Answered by `query.answer`. */
    'recover.found': record({ sequence: safe, join: list(address, wireBounds.membersMax) }),

    /** Actors of the user. */
    'actor.tell': record({ actor: name, body: data() }),
    'actor.ask': record({ sequence: safe, actor: name, body: data() }),
    'actor.answer': record({ sequence: safe, ok: bool(), code, body: data() }),
    'actor.watch': record({ actor: name, watch: bool() }),
    'actor.gone': record({ actor: name, reason }),

    /** A watcher of locks asks a peer to tell it of those that fit the pattern; `watch` and `round` are its own numbers. */
    'watch.start': record({ watch: safe, round: safe, pattern: name }),
    /** The latest news came: the next one may follow. */
    'watch.next': record({ watch: safe }),
    'watch.stop': record({ watch: safe }),
    /** The states of locks at the sender, which replace what it told of them before. `isWhole`: nothing else changed until now. */
    'watch.news': record({ watch: safe, round: safe, isWhole: bool(), locks: list(lockState, wireBounds.newsMax) }),
    /** The sender has too many watchers. */
    'watch.refuse': record({ watch: safe, round: safe }),

    /** A member asks for the holds of that lock with that fence, or ends them by force. `sequence` is a number of its own. */
    'revoke.order': record({ sequence: safe, lock: name, fence: bigUint(), isForced: bool(), reason: prose(256) }),
    /**
     * What became of it at the sender. `asked` comes first if the hold goes on for the moment. `isAlone`: the hold is exclusive, so no other
     * member has one with that fence.
     */
    'revoke.answer': record({
      sequence: safe,
      outcome: oneOf('asked', 'released', 'revoked', 'forced', 'lost', 'absent', 'refused', 'overloaded'),
      isAlone: bool(),
    }),
  } as const
}

type MessageTable = ReturnType<typeof messageTable>
export type MessageType = keyof MessageTable
export type Message = { [K in MessageType]: { readonly type: K } & Infer<MessageTable[K]> }[MessageType]
export type MessageOf<Type extends MessageType> = Extract<Message, { readonly type: Type }>
/** The messages of a family: those whose type begins with its name and a dot. */
export type MessagesOf<Family extends string> = MessageOf<Extract<MessageType, `${Family}.${string}`>>

export type Update = Infer<typeof update>
export type Ballot = Infer<typeof ballot>
