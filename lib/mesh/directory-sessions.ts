/**
 * This file notes how long each node's session can last, as the node said before its latest renewal. It counts by the clocks that
 * all processes of a machine share: the kernel's monotonic and boot clocks. An old note would be wrong, so when the latest cannot
 * be written the old one is removed.
 *
 * A note is written over the one before, since a renewal comes every second and a file beside it would cost several calls of the
 * system more. It is two equal lines of a fixed length: what a reader finds half written, or a killed writer left so, differs.
 */
import { constants, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionEnd } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { sharesBootClock } from './clock.ts'
import { openPlainFile, unmoved } from './plain-file.ts'
import { hrtimeNs, monotonicNowMs } from './real-time.ts'
import { closeSync, openSync } from './spared-files.ts'

export const sessionSuffix = '.session'
/** Digits of a time, with zeros before it: 30,000 years of milliseconds, and three digits of a fraction. */
const timeLength = 19
/** One byte longer than a note. Members read the notes of others a few times a second. */
const buffer = Buffer.alloc(4 * (timeLength + 1) + 1)

/** @throws what the file system says when the note can neither be written nor taken away. */
export function writeSession(folder: string, id: NodeId, { monotonicMs, bootMs }: SessionEnd): void {
  if (!sharesBootClock()) return
  const line = `${fixed(monotonicMs + kernelAheadMs())} ${fixed(bootMs)}\n`
  try {
    writeOver(join(folder, id + sessionSuffix), line + line)
  } catch (error) {
    // A full disk lets files go all the same.
    removeSession(folder, id, error)
  }
}

/** The note of a node, by the clocks of this process; null when it left none, or none that can be read. */
export function readSession(folder: string, id: NodeId): SessionEnd | null {
  if (!sharesBootClock()) return null
  try {
    const [kernelMs, bootMs] = parse(readShort(join(folder, id + sessionSuffix)))
    return kernelMs === undefined || bootMs === undefined ? null : { monotonicMs: kernelMs - kernelAheadMs(), bootMs }
  } catch {
    return null
  }
}

/** Takes a note away, if it is there. @throws `cause`, if there is one, when it stays. */
export function removeSession(folder: string, id: NodeId, cause?: unknown): void {
  try {
    unlinkSync(join(folder, id + sessionSuffix))
  } catch (error) {
    if (cause !== undefined && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}

/** The first bytes of a file; a file that is not ordinary is no note either. */
function readShort(path: string): string {
  const descriptor = openPlainFile(path)
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** Needs no free space where the file was written before. */
function writeOver(path: string, text: string): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | unmoved, 0o600)
  try {
    const length = writeSync(descriptor, text, 0, 'latin1')
    if (length < text.length) throw new Error(`only ${length} of ${text.length} bytes of ${path} could be written`)
  } finally {
    closeSync(descriptor)
  }
}

function fixed(ms: number): string {
  return ms.toFixed(3).padStart(timeLength, '0')
}

/** Both numbers, or nothing at all of what is not whole. */
function parse(text: string): readonly number[] {
  const match = /^((\d+\.\d+) (\d+\.\d+)\n)\1$/.exec(text)
  return match === null ? [] : match.slice(2).map(Number)
}

/** A process counts from its own start, the kernel from its own. */
function kernelAheadMs(): number {
  return Number(hrtimeNs()) / 1e6 - monotonicNowMs()
}
