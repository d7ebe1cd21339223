/**
 * This file declares the messages that several algorithms have in common. A request is named by its stamp. Each algorithm takes
 * from here what it says, and declares in its own file what only it says.
 */
import { body, type BodyOf } from '../wire/bodies.ts'
import { id, mode, safe, stamp } from '../wire/fields.ts'
import { bool, list, pair } from '../wire/schema.ts'

/** The most sites: as many as a view has members. */
export const sitesMax = 4096

/** Every message that is in the messages of more than one algorithm. */
export const common = {
  /** May I enter? With `ifFree` the answer "not now" is `busy`, and the request is not kept. */
  request: body(0, { stamp, mode, ifFree: bool() }),
  /** Permission for that request; `using` permits stay in use at the sender, `keep` says that it may be kept. */
  reply: body(1, { stamp, using: safe, keep: bool() }),
  /** Fewer permits are in use at the sender than its reply to that request said. */
  freed: body(2, { stamp, using: safe }),
  /** That request is withdrawn. */
  withdraw: body(3, { stamp }),
  /** The permission given to that request has been dropped. */
  done: body(4, { stamp }),
  /** Another site is inside or before you: the answer to `ifFree`. */
  busy: body(5, { stamp }),
  /** A request that looks for the token: along the ring, or along the pointers that lead to it. */
  chase: body(7, { stamp, ifFree: bool() }),
  /** Is any site inside, or waiting? A site that is answers `taken`. */
  anybody: body(13, { stamp }),
  /** A site is inside, or waits: the answer to the question about that try. */
  taken: body(36, { stamp }),
  /** The sender is locked for that request. */
  locked: body(15, { stamp }),
  /** The request so named has been inside, and has left. */
  release: body(19, { stamp }),
  /** The number of my request, for the site that has the token or will have it. */
  want: body(25, { stamp, number: safe, ifFree: bool() }),
  /** The token, with the number of each site's request that was served last, and the sites that come next. */
  succession: body(26, { served: list(pair(id, safe), sitesMax), queue: list(id, sitesMax) }),
}

/** One of them, by its kind. */
export type Common<Kind extends keyof typeof common> = Extract<BodyOf<typeof common>, { readonly kind: Kind }>
