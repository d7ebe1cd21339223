import type { Context } from '../../lib/actor/context.ts'
import { EnteredEpochs } from '../../lib/actor/entered-epochs.ts'
import { Epochs } from '../../lib/view/epochs.ts'

/** What a node of a test remembers, whose cluster ends with the test. */
export function memoryEpochs(context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'emit'>): Epochs {
  return new Epochs(context, { process: new EnteredEpochs(), name: 'test', marks: null, isTransient: true })
}
