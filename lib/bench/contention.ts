/** This file computes what the logs of several processes that contended for one lock show together: rates, waits and handoffs. */
import { jainIndex, percentile, sorted, sum } from '../observe/statistics.ts'
import type { ContentionLog } from './protocol.ts'

/** The logs of all processes that contended for one lock, and when all of them did. */
export interface ContentionWindow {
  readonly logs: readonly ContentionLog[]
  readonly fromMs: number
  readonly untilMs: number
}

/** The result of the logs of all processes that contended for one lock. */
export interface Contention {
  readonly entries: number
  readonly perSec: number
  /** From the release at one process to the grant at another. */
  readonly handoffP50Ms: number
  readonly handoffP99Ms: number
  readonly jain: number
  readonly longestWaitMs: number
  readonly sameHolderAgain: number
}

interface Entry {
  readonly process: number
  readonly askedMs: number
  readonly grantedMs: number
  readonly releasedMs: number
}

/**
 * Combines the processes' logs by the clock that they share. Only grants in the windows in which all of them contended count.
 * Handoffs are between different processes; a process that enters again is not counted.
 */
export function contention(windows: readonly ContentionWindow[]): Contention {
  const shares = new Array<number>(windows[0]?.logs.length ?? 0).fill(0)
  const handoffs: number[] = []
  let again = 0
  let successions = 0
  let longestWaitMs = 0
  for (const { logs, fromMs, untilMs } of windows) {
    const entries = logs.flatMap(entriesOf).filter((entry) => entry.grantedMs >= fromMs && entry.grantedMs < untilMs)
    entries.sort((a, b) => a.grantedMs - b.grantedMs)
    for (const [i, entry] of entries.entries()) {
      shares[entry.process] = (shares[entry.process] as number) + 1
      longestWaitMs = Math.max(longestWaitMs, entry.grantedMs - entry.askedMs)
      const before = entries[i - 1]
      if (before === undefined) continue
      successions += 1
      if (before.process === entry.process) again += 1
      else handoffs.push(entry.grantedMs - before.releasedMs)
    }
  }
  const ascending = sorted(handoffs)
  const entries = sum(shares)
  return {
    entries,
    perSec: entries / (sum(windows.map(({ fromMs, untilMs }) => untilMs - fromMs)) / 1000),
    handoffP50Ms: percentile(ascending, 50),
    handoffP99Ms: percentile(ascending, 99),
    jain: jainIndex(shares),
    longestWaitMs,
    sameHolderAgain: successions === 0 ? 0 : again / successions,
  }
}

function entriesOf(log: ContentionLog, process: number): Entry[] {
  return Array.from(log.grantedMs, (grantedMs, i) => ({
    process,
    grantedMs,
    askedMs: log.askedMs[i] as number,
    releasedMs: log.releasedMs[i] as number,
  }))
}
