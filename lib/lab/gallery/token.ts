/** This file has the mistakes with one token that all sites are asked for: each changes one method of `simple-token.ts`. */
import type { NodeId } from '../../base/ids.ts'
import { type Broken, brokenOf, sameAs } from './broken.ts'
import { type TokenMessage, SimpleToken, simpleToken } from './simple-token.ts'

const source = 'Suzuki and Kasami 1985'

class TokenPassedTwice extends SimpleToken {
  protected override passOn(): void {
    for (const next of this.queue.splice(0)) this.pass(next)
  }
}

class TokenMadeAnew extends SimpleToken {
  override request(): void {
    super.request()
    if (this.isWaiting) this.site.pause()
  }

  wake(): void {
    if (!this.isWaiting) return
    this.hasToken = true
    this.enter()
  }
}

class OldRequest extends SimpleToken {
  protected override isOutstanding(peer: NodeId): boolean {
    return (this.asked[peer] ?? 0) > 0
  }
}

export const tokenMistakes: readonly Broken<TokenMessage>[] = [
  brokenOf(TokenPassedTwice, simpleToken, {
    name: 'token-passed-twice',
    property: 'exclusion',
    breaks: 'A site that leaves passes the token to one site. If it answers two requests, there are two tokens.',
    source,
    nodes: 3,
    cure: 'Pass it to the first, and send the queue with it.',
  }),
  brokenOf(TokenMadeAnew, null, {
    name: 'token-made-anew',
    ...sameAs('token-made-anew'),
    nodes: 2,
    cure: 'No length of time mends it where delays have no bound. A group that agrees on its members (a view) may make a new token; a single site may not.',
  }),
  brokenOf(OldRequest, simpleToken, {
    name: 'old-request',
    property: 'wrong move',
    breaks:
      'A request is served once. If a site sends the token for a request that was served before, the token counts as a grant at a site that does not ask.',
    source,
    nodes: 2,
    cure: 'Number the requests, and let the token carry how many of each site have been served.',
  }),
]
