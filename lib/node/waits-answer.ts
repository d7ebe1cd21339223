/** This file is the answer of a member about the waits of its owners, as it travels: cut to the size of a message, and checked by the member that asked. */
import { Mode } from '../base/mode.ts'
import type { BlockedHold, OwnerWait } from '../port/waits.ts'

/** So many holds and requests together an answer tells. */
const rowsMax = 1_000

/** The waits as plain data. A deadlock of which a part is cut off is found when less waits. */
export function fitWaitsAnswer(waits: readonly OwnerWait[]): unknown {
  let left = rowsMax
  const rows: unknown[] = []
  for (const { request, lock, mode, sinceMs, level, blocks } of waits) {
    left -= 1 + blocks.length
    if (left < 0) break
    rows.push({
      request,
      lock,
      mode: mode.plain,
      sinceMs,
      level,
      blocks: blocks.map((hold) => ({ ...hold, mode: hold.mode.plain })),
    })
  }
  return rows
}

/** Accepts only data with the shape of such an answer: it came from a peer. */
export function readWaitsAnswer(raw: unknown): readonly OwnerWait[] {
  return listOf(raw).flatMap((row) => {
    const mode = Mode.from(row.mode)
    const { request, lock, sinceMs, level } = row
    if (mode === null || typeof lock !== 'string' || !isWhole(request) || !Number.isFinite(sinceMs) || !isWhole(level)) return []
    return [{ request, lock, mode, sinceMs: sinceMs as number, level, blocks: listOf(row.blocks).flatMap(holdOf) }]
  })
}

function holdOf({ lock, mode: raw, level }: Row): readonly BlockedHold[] {
  const mode = Mode.from(raw)
  return mode === null || typeof lock !== 'string' || !isWhole(level) ? [] : [{ lock, mode, level }]
}

type Row = Readonly<Record<string, unknown>>

function listOf(raw: unknown): readonly Row[] {
  if (!Array.isArray(raw)) return []
  return raw.slice(0, rowsMax).filter((row): row is Row => row !== null && typeof row === 'object' && !Array.isArray(row))
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
