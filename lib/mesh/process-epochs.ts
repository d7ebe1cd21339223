/** This file gives the epochs of this process, which all copies of the package in it share. */
import { EnteredEpochs } from '../world/entered-epochs.ts'
import type { ProcessEpochs } from '../world/world.ts'
import { processWide } from './process-wide.ts'

/**
 * The epochs of this process, the same for each copy of the package: a second copy that did not know them could enter a lower
 * view.
 */
export function processEpochs(): ProcessEpochs {
  return new EnteredEpochs(processWide('epochs', () => new Map<string, number>()))
}
