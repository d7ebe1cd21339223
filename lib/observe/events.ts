import type { NodeId } from '../base/ids.ts'
import type { LossReason } from '../base/loss.ts'

/**
 * Everything that happened, in the past tense: the one feed from which the counters, `node.on`, the logs and the demo
 * are made. An event is a fact; nothing in the core depends on who listens. `reason` is always one stable word, `message` a
 * sentence for a person.
 */
export type Event =
  | { readonly type: 'linkOpened'; readonly peer: NodeId; readonly address: string }
  | { readonly type: 'linkClosed'; readonly peer: NodeId; readonly message: string }
  /** `reason`: the kind of refusal in one word, which is its code where the error has no reason. */
  | {
      readonly type: 'peerRefused'
      readonly from: string
      readonly code: string
      readonly reason: string
      readonly message: string
    }
  /** `reason`: the kind of refusal in one word, as for `peerRefused`; `unreached` where no node answered. */
  | { readonly type: 'dialFailed'; readonly address: string; readonly reason: string; readonly message: string }
  | { readonly type: 'messageRejected'; readonly peer: NodeId; readonly message: string }
  /** Somebody on the way to this peer altered, made up, repeated or left out a frame; the connection was ended. */
  | { readonly type: 'frameTampered'; readonly peer: NodeId; readonly message: string }
  /** The node could not take connections for the moment, for want of file descriptors for instance. */
  | { readonly type: 'listenerFailed'; readonly message: string }
  | { readonly type: 'peerFound'; readonly peer: NodeId; readonly address: string }
  | { readonly type: 'peerSuspected'; readonly peer: NodeId; readonly by: NodeId }
  | { readonly type: 'peerRefuted'; readonly peer: NodeId }
  /** Its process ended, or it does not answer. */
  | { readonly type: 'peerDown'; readonly peer: NodeId; readonly address: string }
  /** It was closed, and said so. */
  | { readonly type: 'peerLeft'; readonly peer: NodeId; readonly address: string }
  | { readonly type: 'viewDecided'; readonly epoch: number; readonly members: readonly NodeId[] }
  | { readonly type: 'viewInstalled'; readonly epoch: number; readonly members: readonly NodeId[] }
  | { readonly type: 'viewActivated'; readonly epoch: number; readonly members: readonly NodeId[] }
  | { readonly type: 'sessionRenewed'; readonly startedMs: number }
  | { readonly type: 'sessionSuspected' }
  | { readonly type: 'sessionEnded'; readonly reason: LossReason; readonly message: string }
  /** `dataDir` could not be written, so this voter gives no vote; told at most once in a session's length. */
  | { readonly type: 'voteUnsaved'; readonly message: string }
  /** The folder that remembers epochs and votes could not be used, so that they rest on the wall clock; told at most once a minute. */
  | { readonly type: 'stateUnsaved'; readonly message: string }
  /** The local directory could not be read or written for the moment: no renewal, or no proposal; it is tried again. */
  | { readonly type: 'directoryFailed'; readonly message: string }
  /** Every user of this host can join the cluster: no `secret` and no `tls` beside a join list on loopback. Once at the start. */
  | { readonly type: 'leftUnguarded'; readonly address: string; readonly advice: string }
  /**
   * This node's address is not in its join list, so it has no vote; and either none of the list answers, or one of its
   * addresses leads to this very node. `advice` says what to do.
   */
  | { readonly type: 'voteless'; readonly address: string; readonly advice: string }
  | { readonly type: 'clockSkewed'; readonly peer: NodeId; readonly offsetMs: number }
  | { readonly type: 'lockGranted'; readonly lock: string; readonly fence: bigint; readonly waitedMs: number }
  | { readonly type: 'lockReleased'; readonly lock: string; readonly fence: bigint }
  /** `reason` and `message` are those of the LOST error that the hold's `signal` has as its reason. */
  | {
      readonly type: 'lockLost'
      readonly lock: string
      readonly fence: bigint
      readonly reason: LossReason
      readonly message: string
    }
  | { readonly type: 'actorFailed'; readonly actor: string; readonly message: string; readonly restarted: boolean }
  | { readonly type: 'mailboxOverflowed'; readonly actor: string; readonly from: NodeId }

/** The names of what can happen. */
export type EventType = Event['type']
/** The event of one name. */
export type EventOf<Type extends EventType> = Extract<Event, { readonly type: Type }>

/** A type that is not named here does not compile. */
const types: { readonly [Type in EventType]: true } = {
  linkOpened: true,
  linkClosed: true,
  peerRefused: true,
  dialFailed: true,
  messageRejected: true,
  frameTampered: true,
  listenerFailed: true,
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
  actorFailed: true,
  mailboxOverflowed: true,
}
/** All names of events. */
export const eventTypes = Object.keys(types) as readonly EventType[]
