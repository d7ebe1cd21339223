/**
 * Why a session ended and its holds were lost: one closed set of words. The docs' table is made from this one.
 */
export const lossRegistry = {
  session: {
    summary:
      'The session was not renewed in time: the event loop was blocked, the process or the host stood still, or no majority (on one host: the local directory) answered.',
    advice: 'Stop. If it happens often, look for what blocks the event loop, or raise `profile.session`.',
  },
  evicted: {
    summary:
      'The other members decided on a view without this node, because they could not reach it for a session or held its process for dead.',
    advice: 'Stop. Look at the links between the hosts; the node comes back by itself under a new id.',
  },
  directory: {
    summary: 'The local directory of this host was deleted, replaced or is not readable.',
    advice: 'Stop. Keep cleaners of temporary files away from the folder, or set `directory`; the node comes back by itself.',
  },
  refused: {
    summary: 'The cluster or the local directory does not take this node any more; the message carries the refusal.',
    advice: 'Stop. Mend what the message names and start the process again.',
  },
  failed: {
    summary: 'The node could not handle a message or a timer, so it ended its own session rather than go on in doubt.',
    advice: 'Stop. The message names the sender: look whether it runs the same version, and report the error.',
  },
  founding: {
    summary:
      'The node was in no view yet and starts anew: a first view that it voted for did not come about, or an operator shortened the join list. No hold is lost.',
    advice: 'Nothing: the node tries again by itself, under a new id.',
  },
  closed: {
    summary: '`close()` was called on the node and its `drain` passed before the owner released the hold.',
    advice: 'Stop. Pass `hold.signal` to the work, or give `close` a longer `drain`.',
  },
} as const satisfies Record<string, { readonly summary: string; readonly advice: string }>

/** Why a hold was lost or a session ended, in one stable word; branch on it, never on the message. */
export type LossReason = keyof typeof lossRegistry

/** Why a session and its holds ended: made once where it is decided, and told alike by every hold and event. */
export interface Loss {
  readonly reason: LossReason
  /** What happened, for a person. */
  readonly message: string
}
