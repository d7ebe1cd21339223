/** Breaks exclusion: the request counts as over once it is granted. */
import type { NodeId } from '../../base/ids.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class ReplyWhileInside extends SimpleRicartAgrawala {
  protected override replied(from: NodeId, time: number): void {
    if (time !== this.asked || !this.missing.delete(from) || this.missing.size > 0) return
    this.asked = null
    this.site.granted()
  }
}

export const replyWhileInside: Broken<RicartAgrawalaMessage> = {
  name: 'reply-while-inside',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'A site that is inside has no request to compare with, so it replies at once, and the other enters beside it.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'reply-while-inside', create: (site) => new ReplyWhileInside(site) }),
  mended: simpleRicartAgrawala,
  cure: 'The request lasts until the site leaves.',
}
