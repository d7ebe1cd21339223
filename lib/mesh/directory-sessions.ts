/**
 * How long each node's session can last, as it said before its latest renewal, by the clock that all processes of a
 * machine share. A note that is not the latest would be a lie, so one that cannot be written is taken away.
 */
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../base/ids.ts'
import { sharesBootClock } from './clock.ts'

const suffix = '.session'

/** @throws what the file system says when the note can neither be written nor taken away. */
export function writeSession(folder: string, id: NodeId, endsAtBootMs: number): void {
  if (!sharesBootClock()) return
  const path = join(folder, id + suffix)
  const temporary = `${path}.new`
  try {
    writeFileSync(temporary, `${endsAtBootMs}\n`, { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    // A full disk lets files go all the same.
    removeSession(folder, id, error)
  }
}

/** The note of a node; null when it left none, or none that can be read. */
export function readSession(folder: string, id: NodeId): number | null {
  if (!sharesBootClock()) return null
  try {
    const text = readFileSync(join(folder, id + suffix), 'latin1')
    const endsAtBootMs = text.endsWith('\n') ? Number(text) : Number.NaN
    return Number.isFinite(endsAtBootMs) && endsAtBootMs > 0 ? endsAtBootMs : null
  } catch {
    return null
  }
}

/** Takes a note away, if it is there. @throws `cause`, if there is one, when it stays. */
export function removeSession(folder: string, id: NodeId, cause?: unknown): void {
  try {
    unlinkSync(join(folder, id + suffix))
  } catch (error) {
    if (cause !== undefined && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}
