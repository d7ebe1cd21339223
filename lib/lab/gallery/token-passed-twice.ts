/** Breaks exclusion: a site that leaves passes the token to every site that waits for it. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type TokenMessage, SimpleToken, simpleToken } from './simple-token.ts'

class TokenPassedTwice extends SimpleToken {
  protected override passOn(): void {
    for (const next of this.queue.splice(0)) this.pass(next)
  }
}

export const tokenPassedTwice: Broken<TokenMessage> = {
  name: 'token-passed-twice',
  breaks: {
    property: 'exclusion',
    nodes: 3,
    why: 'Two sites wait while a third is inside. It leaves, answers both requests, and now there are two tokens.',
  },
  kind: defineAlgorithm<TokenMessage>({ name: 'token-passed-twice', create: (site) => new TokenPassedTwice(site) }),
  mended: simpleToken,
  cure: 'Pass it to the first, and send the queue with it.',
}
