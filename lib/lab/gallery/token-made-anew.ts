/** Breaks exclusion: a site that has waited long enough believes that the token is lost, and makes a new one. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type TokenMessage, SimpleToken } from './simple-token.ts'

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

export const tokenMadeAnew: Broken<TokenMessage> = {
  name: 'token-made-anew',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'A site times out while another is inside, or while the token is on its way to it. Slow and lost look the same.',
  },
  kind: defineAlgorithm<TokenMessage>({ name: 'token-made-anew', create: (site) => new TokenMadeAnew(site) }),
  mended: null,
  cure: 'No length of time mends it where delays have no bound. A group that agrees on who is in it (a view) may make a new token; a single site may not.',
}
