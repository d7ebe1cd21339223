/**
 * This file reads what the directories of former boots, beside a cluster's own, say of its epochs. The folder for temporary files
 * may outlive a boot, and the clock may not know the time yet. Then these epochs keep the first view of this boot above those of
 * the last.
 */
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { highestEpochIn } from '../world/chain-names.ts'

/** The highest epoch that any of them names; 0 if no directory names one. Path: this boot's directory. */
export function formerBootsEpoch(path: string): number {
  const parent = dirname(path)
  let highest = 0
  for (const boot of readdirSync(parent)) {
    if (boot === basename(path)) continue
    const folder = join(parent, boot)
    const list = (place?: string): readonly string[] => namesIn(place === undefined ? folder : join(folder, place))
    highest = Math.max(highest, highestEpochIn({ list }))
  }
  return highest
}

/** None where nothing can be read: it tells nothing then. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
