/**
 * The resource under test: a file with a count and the highest fence that it has seen. Reading and writing are two steps
 * with a gap between them, so that two who enter at once lose an update; and every entry is logged with its fence.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

export interface Ledger {
  /** How many entries added one to the count. */
  readonly count: number
  /** The fences of the entries, in the order in which they wrote. */
  readonly fences: readonly bigint[]
}

export function openLedger(path: string): void {
  writeFileSync(path, '0')
  writeFileSync(`${path}.fences`, '')
}

export async function enterLedger(path: string, fence: bigint): Promise<void> {
  const count = Number(readFileSync(path, 'utf8'))
  await setImmediate()
  // The log first: a process killed between the two leaves one entry logged and not counted, never the other way round.
  appendFileSync(`${path}.fences`, `${fence}\n`)
  writeFileSync(`${path}.new`, String(count + 1))
  renameSync(`${path}.new`, path)
}

export function readLedger(path: string): Ledger {
  const fences = readFileSync(`${path}.fences`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(BigInt)
  return { count: Number(readFileSync(path, 'utf8')), fences }
}

/** The places at which the fences do not rise. */
export function regressions({ fences }: Ledger): number {
  return fences.filter((fence, index) => index > 0 && fence <= (fences[index - 1] as bigint)).length
}
