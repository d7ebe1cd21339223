/**
 * This file notes how long each node's session can last, as the node said before its latest renewal. It counts by the clocks that
 * all processes of a machine share: the kernel's monotonic and boot clocks. An old note would be wrong, so when the latest cannot
 * be written the old one is removed.
 */
import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionEnd } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { sharesBootClock } from './clock.ts'
import { readPlainFile, writeOwnFile } from './plain-file.ts'
import { hrtimeNs, monotonicNowMs } from './real-time.ts'

export const sessionSuffix = '.session'
const temporarySuffix = '.new'
/** Longer than any note. */
const noteLengthMax = 100

/** @throws what the file system says when the note can neither be written nor taken away. */
export function writeSession(folder: string, id: NodeId, { monotonicMs, bootMs }: SessionEnd): void {
  if (!sharesBootClock()) return
  const path = join(folder, id + sessionSuffix)
  const temporary = path + temporarySuffix
  try {
    writeOwnFile(temporary, `${monotonicMs + kernelAheadMs()} ${bootMs}\n`)
    renameSync(temporary, path)
  } catch (error) {
    // A full disk lets files go all the same.
    removeSession(folder, id, error)
  }
}

/** The note of a node, by the clocks of this process; null when it left none, or none that can be read. */
export function readSession(folder: string, id: NodeId): SessionEnd | null {
  if (!sharesBootClock()) return null
  try {
    const [kernelMs, bootMs] = parse(readPlainFile(join(folder, id + sessionSuffix), noteLengthMax).content.toString('latin1'))
    return kernelMs === undefined || bootMs === undefined ? null : { monotonicMs: kernelMs - kernelAheadMs(), bootMs }
  } catch {
    return null
  }
}

/** Takes a note away, if it is there, and what of it was being written. @throws `cause`, if there is one, when it stays. */
export function removeSession(folder: string, id: NodeId, cause?: unknown): void {
  removeTemporary(join(folder, id + sessionSuffix + temporarySuffix))
  try {
    unlinkSync(join(folder, id + sessionSuffix))
  } catch (error) {
    if (cause !== undefined && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}

function removeTemporary(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // As a rule the file does not exist.
  }
}

/** Both numbers, or nothing at all of what was cut off. */
function parse(text: string): readonly number[] {
  const match = /^(\d+(?:\.\d+)?) (\d+(?:\.\d+)?)\n$/.exec(text)
  return match === null ? [] : match.slice(1).map(Number)
}

/** A process counts from its own start, the kernel from its own. */
function kernelAheadMs(): number {
  return Number(hrtimeNs()) / 1e6 - monotonicNowMs()
}
