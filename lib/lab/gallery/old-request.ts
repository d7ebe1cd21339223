/** Breaks the rule that a site enters only if it has asked: the token answers requests that were served long ago. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type TokenMessage, SimpleToken, simpleToken } from './simple-token.ts'
import type { NodeId } from '../../base/ids.ts'

class OldRequest extends SimpleToken {
  protected override isOutstanding(peer: NodeId): boolean {
    return (this.asked[peer] ?? 0) > 0
  }
}

export const oldRequest: Broken<TokenMessage> = {
  name: 'old-request',
  breaks: {
    property: 'wrong move',
    nodes: 2,
    why: 'The site that leaves remembers a request that has been served, sends the token to somebody who does not want it, and there it counts as a grant.',
  },
  kind: defineAlgorithm<TokenMessage>({ name: 'old-request', create: (site) => new OldRequest(site) }),
  mended: simpleToken,
  cure: 'Number the requests, and let the token carry how many of each site have been served.',
}
