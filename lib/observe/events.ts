/**
 * This file declares every event, in the past tense, with its fields. Counters, `node.on`, the log and the demo are made from
 * these events.
 */
import type { NodeId } from '../base/ids.ts'
import type { LossReason } from '../base/loss.ts'
import type { LockEvent } from '../port/events.ts'

/**
 * All events, in the past tense: the one feed from which the counters, `node.on`, the logs and the demo are made. An event is a
 * fact; the core does not depend on its listeners. `reason` is always one stable word, `message` a sentence for a person.
 */
export type Event =
  /** A connection to another node is open. */
  | {
      readonly type: 'linkOpened'
      /** The id of the other node. */
      readonly peer: NodeId
      /** Where the other node is reached. */
      readonly address: string
    }
  /** The connection to another node ended. */
  | {
      readonly type: 'linkClosed'
      /** The id of the other node. */
      readonly peer: NodeId
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** This node refused a node that dialled it. */
  | {
      readonly type: 'peerRefused'
      /** The address from which it came. */
      readonly from: string
      /** The code of the error. */
      readonly code: string
      /** The kind of refusal in one word, which is its code where the error has no reason. */
      readonly reason: string
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** A node that this one dialled did not answer, or refused it. */
  | {
      readonly type: 'dialFailed'
      /** The address that was dialled. */
      readonly address: string
      /** The kind of refusal in one word; `unreached` where no node answered. */
      readonly reason: string
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** A message of another node was malformed and its connection was ended; or one to it could not be encoded and was not sent. */
  | {
      readonly type: 'messageRejected'
      /** The id of the other node. */
      readonly peer: NodeId
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** A relay on the way to this peer altered, invented, repeated or dropped a frame; the connection was ended. */
  | {
      readonly type: 'frameTampered'
      /** The id of the other node. */
      readonly peer: NodeId
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** The node cannot accept connections at present, for example because it has no file descriptor left. */
  | {
      readonly type: 'listenerFailed'
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** This node listens at a port of loopback, since it can have no unix socket. */
  | {
      readonly type: 'listenedAtPort'
      /** Where it listens. */
      readonly address: string
      /** Why it has no socket, as a sentence for a person. */
      readonly message: string
    }
  /** Gossip reported a node that was not known here. */
  | {
      readonly type: 'peerFound'
      /** The id of the other node. */
      readonly peer: NodeId
      /** Where that node is reached. */
      readonly address: string
    }
  /** A node did not answer in time, here or at another member. */
  | {
      readonly type: 'peerSuspected'
      /** The id of the other node. */
      readonly peer: NodeId
      /** The id of the node that suspects it. */
      readonly by: NodeId
    }
  /** A suspected node is alive. */
  | {
      readonly type: 'peerRefuted'
      /** The id of the other node. */
      readonly peer: NodeId
    }
  /** Another node's process ended, or the node does not answer. */
  | {
      readonly type: 'peerDown'
      /** The id of the other node. */
      readonly peer: NodeId
      /** Where that node is reached. */
      readonly address: string
    }
  /** Another node was closed, and said so. */
  | {
      readonly type: 'peerLeft'
      /** The id of the other node. */
      readonly peer: NodeId
      /** Where that node is reached. */
      readonly address: string
    }
  /** The register decided a view. */
  | {
      readonly type: 'viewDecided'
      /** The number of the view. */
      readonly epoch: number
      /** The ids of its members, the most senior first. */
      readonly members: readonly NodeId[]
    }
  /** This node learned of a view and stopped granting in the former one. */
  | {
      readonly type: 'viewInstalled'
      /** The number of the view. */
      readonly epoch: number
      /** The ids of its members, the most senior first. */
      readonly members: readonly NodeId[]
    }
  /** This node grants locks in the view from now on. */
  | {
      readonly type: 'viewActivated'
      /** The number of the view. */
      readonly epoch: number
      /** The ids of its members, the most senior first. */
      readonly members: readonly NodeId[]
    }
  /** The session of this node was renewed. */
  | {
      readonly type: 'sessionRenewed'
      /** When the renewal began, by the monotonic clock of this process: the session is counted from there. */
      readonly startedMs: number
    }
  /** The session was not renewed for two thirds of its length; it may still be renewed. */
  | { readonly type: 'sessionSuspected' }
  /** The session of this node ended, and with it every hold. */
  | {
      readonly type: 'sessionEnded'
      /** Why, in one stable word. */
      readonly reason: LossReason
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** `dataDir` could not be written, so this voter gives no vote. Emitted at most once in a session's length. */
  | {
      readonly type: 'voteUnsaved'
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** The folder for epochs and votes could not be used, so that they depend on the wall clock. Emitted at most once a minute. */
  | {
      readonly type: 'stateUnsaved'
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /** The local directory could not be read or written, so a renewal or a proposal failed; the node tries again. */
  | {
      readonly type: 'directoryFailed'
      /** What happened, as a sentence for a person. */
      readonly message: string
    }
  /**
   * Every user of this host can join the cluster: it has a join list on loopback without `secret` and `tls`. Emitted once at the
   * start.
   */
  | {
      readonly type: 'leftUnguarded'
      /** Where this node listens. */
      readonly address: string
      /** What to do. */
      readonly advice: string
    }
  /**
   * This node's address is not in its join list, so it has no vote; and either none of the list answers, or one of its
   * addresses leads to this very node. `advice` says what to do.
   */
  | {
      readonly type: 'voteless'
      /** The address of this node. */
      readonly address: string
      /** What to do. */
      readonly advice: string
    }
  /** The clocks of this node and another differ by more than `maxClockOffset`. */
  | {
      readonly type: 'clockSkewed'
      /** The id of the other node. */
      readonly peer: NodeId
      /** How far the other node's clock is ahead of this one's; below 0 if it is behind. */
      readonly offsetMs: number
    }
  /** A request of this node was granted; a hold of this node was released, or lost. */
  | LockEvent
  /** An actor of this node, or a watcher of one, threw. */
  | {
      readonly type: 'actorFailed'
      /** The name of the actor. */
      readonly actor: string
      /** What happened, as a sentence for a person. */
      readonly message: string
      /** Whether the actor begins anew; else it has ended. */
      readonly restarted: boolean
    }
  /** A message to an actor of this node was dropped or answered OVERLOADED, because its mailbox was full. */
  | {
      readonly type: 'mailboxOverflowed'
      /** The name of the actor. */
      readonly actor: string
      /** The id of the node whose message was dropped. */
      readonly from: NodeId
    }

/** The names of all events. */
export type EventType = Event['type']
/** The event of one name. */
export type EventOf<Type extends EventType> = EventTable[Type]

/** A table, so that compilers see that an event of a lock is the same here as at the port. */
type EventTable = { readonly [Each in Event as Each['type']]: Each }

/** A type that is not named here does not compile. */
const types: { readonly [Type in EventType]: true } = {
  linkOpened: true,
  linkClosed: true,
  peerRefused: true,
  dialFailed: true,
  messageRejected: true,
  frameTampered: true,
  listenerFailed: true,
  listenedAtPort: true,
  peerFound: true,
  peerSuspected: true,
  peerRefuted: true,
  peerDown: true,
  peerLeft: true,
  viewDecided: true,
  viewInstalled: true,
  viewActivated: true,
  sessionRenewed: true,
  sessionSuspected: true,
  sessionEnded: true,
  voteUnsaved: true,
  stateUnsaved: true,
  directoryFailed: true,
  leftUnguarded: true,
  voteless: true,
  clockSkewed: true,
  lockGranted: true,
  lockReleased: true,
  lockLost: true,
  revokeAsked: true,
  revokeEnded: true,
  actorFailed: true,
  mailboxOverflowed: true,
}
/** All names of events. */
export const eventTypes = Object.keys(types) as readonly EventType[]
