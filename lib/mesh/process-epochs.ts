import { EnteredEpochs } from '../actor/entered-epochs.ts'
import type { ProcessEpochs } from '../actor/world.ts'

const key = Symbol.for('holdfast.epochs')

/** Of this process, whichever copy of the package asks: a second copy that did not know could enter a lower view. */
export function processEpochs(): ProcessEpochs {
  const shared = globalThis as { [key]?: Map<string, number> }
  shared[key] ??= new Map()
  return new EnteredEpochs(shared[key])
}
