/**
 * What the mutual exclusion algorithms say to each other, in one table: one record for each kind. A request is named by its
 * stamp. The order of the entries is the protocol, as in `messages.ts`.
 */
import type { Mode } from '../base/mode.ts'
import type { Stamp } from '../clock/stamp.ts'
import { bool, type Infer, int, list, nullable, pair, record, type Schema, text, variants, WireError } from './schema.ts'

export const safe = int(0, Number.MAX_SAFE_INTEGER)
export const id = text(64)

const stamp: Schema<Stamp> = record({ time: int(0, 2 ** 48 - 1), count: int(0, 2 ** 16 - 1), id })

/** `exclusive` travels as 0, `shared` as -1, permits as their number. */
export const mode: Schema<Mode> = {
  pack: (value) => (value === 'exclusive' ? 0 : value === 'shared' ? -1 : value),
  unpack(raw) {
    if (raw === 0) return 'exclusive'
    if (raw === -1) return 'shared'
    if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < 1 || raw > 2 ** 31) throw new WireError('expected a mode')
    return raw
  },
}

/** As many sites as a view has members. */
const sitesMax = 4096

export const lockBody = variants({
  /** May I enter? With `ifFree` the answer to "not now" is `busy`, and nothing is kept of the request. */
  request: record({ stamp, mode, ifFree: bool() }),
  /** Permission for that request; `using` permits stay in use at the sender, `keep` says that it may be kept. */
  reply: record({ stamp, using: safe, keep: bool() }),
  /** Fewer permits are in use at the sender than its reply to that request said. */
  freed: record({ stamp, using: safe }),
  /** That request is withdrawn. */
  withdraw: record({ stamp }),
  /** The permission given to that request has been dropped. */
  done: record({ stamp }),
  /** Somebody else is inside or before you: the answer to `ifFree`. */
  busy: record({ stamp }),
  /** Token ring: the token, so many hops after `starter` set it going; `homing` on its way to its first place. */
  token: record({ starter: id, hops: safe, homing: bool() }),
  /** A request that looks for the token: along the ring, or along the pointers that lead to it. */
  chase: record({ stamp, ifFree: bool() }),

  /** Home queue: the request so named comes after you; with `ifFree` it is to have the token if that rests, or to hear `busy`. */
  follow: record({ stamp, ifFree: bool() }),
  /** The token, to the request so named. */
  baton: record({ stamp }),
  /** Home queue: the token goes home, for that one who tried, or because it has rested. */
  homeward: record({ claimant: nullable(stamp) }),
  /** Home queue: the token is home; whatever was told to its former place has arrived there. */
  settled: record({}),
  /** Home queue: that one was said to follow me, and I had sent the token home. */
  astray: record({ stamp, ifFree: bool() }),
  /** Home queue, Naimi and Tréhel: is anybody inside, or waiting? Whoever is says `busy` to the try so named. */
  anybody: record({ stamp }),
  /** Home queue: the token is home, to its first place in a view that began with a hold; and from there, that it has it. */
  homecoming: record({}),

  /** Quorums: this arbiter is locked for that request. */
  locked: record({ stamp }),
  /** Quorums: that request waits at this arbiter, behind an older one. */
  failed: record({ stamp }),
  /** Quorums: an older request waits here; can the one so named, for which this arbiter is locked, still enter? `ifFree`: the
   * older one is a try, and the one so named answers `inside` if it is inside, or once it is. */
  inquire: record({ stamp, ifFree: bool() }),
  /** Quorums: it cannot at present, and gives its lock back until its turn comes again. */
  relinquish: record({ stamp }),
  /** The request so named has been inside, and has left. */
  release: record({ stamp }),

  /** Lamport: that request is in the sender's queue, and whatever it sent before has arrived. */
  acknowledge: record({ stamp }),

  /** Lodha and Kshemkalyani: the reply to that request, and which request of its sender's was served last. */
  served: record({ stamp, last: nullable(stamp) }),
  /** The request so named has left, and with it all before it: it is your turn, as far as those are concerned. */
  flush: record({ stamp }),

  /** Raymond: send me the privilege, for me or for whoever asks me. */
  ask: record({}),
  /** Raymond: the privilege, to a neighbour; `asks` that it come back, or on its way to that one who tried. */
  privilege: record({ asks: bool(), claimant: nullable(stamp) }),

  /** Suzuki and Kasami, Singhal: the number of my request, for whoever has the token or will have it. */
  want: record({ stamp, number: safe, ifFree: bool() }),
  /** Suzuki and Kasami: the token, with the number for which each site was served last, and who comes next. */
  succession: record({ served: list(pair(id, safe), sitesMax), queue: list(id, sitesMax) }),
  /** Singhal: your request came here after the token that had served it; ask me as well. */
  overtaken: record({}),

  /** Singhal 1992: if the permission given to that request of yours is not in use, I should like to be asked again. */
  recall: record({ stamp }),

  /** Quorums: the request so named is inside: the answer to an inquiry for a try. */
  inside: record({ stamp }),
})

export type LockBody = Infer<typeof lockBody>
