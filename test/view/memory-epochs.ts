import type { Context } from '../../lib/world/context.ts'
import { EnteredEpochs } from '../../lib/world/entered-epochs.ts'
import type { ProcessEpochs } from '../../lib/world/world.ts'
import { Epochs } from '../../lib/view/epochs.ts'

/** What a node of a test remembers, whose cluster ends with the test, unless its process is handed in. */
export function memoryEpochs(
  context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'emit'>,
  process: ProcessEpochs = new EnteredEpochs(),
): Epochs {
  return new Epochs(context, { process, name: 'test', marks: null, isTransient: true })
}
