/** Breaks liveness: Maekawa 1985 as printed, where a waiting request that is displaced by an older one is not told so (Sanders 1987). */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type MaekawaMessage, SimpleMaekawa, simpleMaekawa } from './simple-maekawa.ts'

class MaekawaWithoutFail extends SimpleMaekawa {
  protected override displaced(): void {
    // Only newcomers are told that they have to wait.
  }
}

export const maekawaWithoutFail: Broken<MaekawaMessage> = {
  name: 'maekawa-without-fail',
  breaks: {
    property: 'liveness',
    nodes: 4,
    why: 'A request waits at an arbiter as the oldest, is displaced by an older one and not told. So it does not yield its votes elsewhere, and three sites wait for each other in a circle.',
  },
  kind: defineAlgorithm<MaekawaMessage>({ name: 'maekawa-without-fail', create: (site) => new MaekawaWithoutFail(site) }),
  mended: simpleMaekawa,
  cure: 'FAIL goes to the displaced as well.',
}
