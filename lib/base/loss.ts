/** This file lists the reasons for which a session ends and its holds are lost. The table in docs/errors.md is made from it. */
export const lossRegistry = {
  session: {
    summary:
      'The session was not renewed in time: the event loop was blocked, the process or the host stood still, or no majority (on one host: the local directory) answered.',
    advice: 'Stop. If it happens often, find what blocks the event loop, or raise `profile.session`.',
  },
  evicted: {
    summary:
      'The other members decided on a view without this node, because they could not reach it for the length of a session or had a proof that its process is dead.',
    advice: 'Stop. Check the network between the hosts. The node comes back by itself under a new id.',
  },
  directory: {
    summary: 'The local directory of this host was deleted or replaced, or cannot be read.',
    advice: 'Stop. Keep cleaners of temporary files away from the folder, or set `directory`; the node comes back by itself.',
  },
  refused: {
    summary: 'The cluster or the local directory now refuses this node; the message contains the refusal.',
    advice: 'Stop. Correct what the message names and start the process again.',
  },
  failed: {
    summary: 'The node could not handle a message or a timer, so it ended its own session.',
    advice: 'Stop. The message names the sender: check that it runs the same version, and report the error.',
  },
  founding: {
    summary:
      'The node was in no view yet and starts anew: the first view that it voted for was not founded, or an operator shortened the join list. No hold is lost.',
    advice: 'Do nothing: the node tries again by itself, under a new id.',
  },
  maxHold: {
    summary: 'The hold lasted as long as the option `maxHold` of its request allows. The session goes on.',
    advice: 'Stop. Pass `hold.signal` to the work, or give the request a longer `maxHold`.',
  },
  revoked: {
    summary:
      'Another client asked for the hold (`admin.revoke`), and its owner did not release it within the grace that the option `revocable` of its request gives. The session goes on.',
    advice: 'Stop. Release the lock when `hold.onRevoke` tells of it, or give the request a longer `grace`.',
  },
  forced: {
    summary: 'Another client ended the hold by force (`admin.force`). The session goes on.',
    advice: 'Stop. The message names the client and its reason: ask there before you acquire the lock again.',
  },
  unhealthy: {
    summary:
      "The user's own check (option `health`) failed, threw, rejected or did not settle in time. The session goes on, and the node's requests wait.",
    advice: 'Stop. Requests go on by themselves when the check passes again; the message says why it failed.',
  },
  closed: {
    summary: '`close()` was called on the node and its `drain` passed before the owner released the hold.',
    advice: 'Stop. Pass `hold.signal` to the work, or give `close` a longer `drain`.',
  },
} as const satisfies Record<string, { readonly summary: string; readonly advice: string }>

/** Why a hold was lost or a session ended, in one stable word; branch on it, never on the message. */
export type LossReason = keyof typeof lossRegistry

/** Why a session and its holds ended. It is made once, where the end is decided, and every hold and event gives the same. */
export interface Loss {
  readonly reason: LossReason
  /** What happened, for a person. */
  readonly message: string
}
