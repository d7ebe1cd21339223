/** This file gives each waiter of a report its place in the line of its lock. */
import type { PendingReport } from './reports.ts'

/** A waiter as its client tells of it. */
export type UnplacedWaiter = Omit<PendingReport, 'place'>

/**
 * The same rows with the place of each, from 1. The rows of one client come in its own order, which stays; of several clients the one that has
 * waited longest is first.
 */
export function placed(rows: readonly UnplacedWaiter[]): PendingReport[] {
  const lines = new Map<string, { readonly at: number; readonly waitedMs: number }[]>()
  /** Nobody stands before one of the same client that came earlier in its order. */
  const latest = new Map<string, number>()
  rows.forEach(({ name, node, waitedMs }, at) => {
    const client = `${node} ${name}`
    const atMostMs = Math.min(waitedMs, latest.get(client) ?? waitedMs)
    latest.set(client, atMostMs)
    const line = lines.get(name)
    if (line === undefined) lines.set(name, [{ at, waitedMs: atMostMs }])
    else line.push({ at, waitedMs: atMostMs })
  })
  const places = new Map<number, number>()
  for (const line of lines.values()) {
    // The sort is stable: rows of one client stay in their order.
    line.sort((a, b) => b.waitedMs - a.waitedMs)
    for (const [before, { at }] of line.entries()) places.set(at, before + 1)
  }
  return rows.map((row, at) => ({ ...row, place: places.get(at) as number }))
}
