/** This file checks that a call with a deadline is answered in time, and that it does not time out too early. */
import { type Property, type Report, callText } from '../property.ts'
import type { CallState, Watched } from '../watched.ts'

/** A hundredth for the clock's rate, another for rounding; and a busy process's timers. */
const rateSlack = 0.02
const lateMsMax = 500
const earlyMsMax = 5

/**
 * A call with a deadline is answered at most half a second after it. Time in which its process was paused, or a fault of
 * clocks or timers was on, does not count. It never says TIMEOUT before the deadline. Judged while clocks keep their rates,
 * and not of calls that were made while timers were late: theirs stay so.
 */
export function deadlines(): Property {
  /** No deadline passes before this time. */
  let nextMs = Infinity
  const told = new Set<number>()
  return {
    before(event, run, report) {
      if (!run.run.timely) return
      // Late by this very line, if it is the answer.
      if (event.atMs >= nextMs) look(run, event.atMs, report)
      if (event.type !== 'failed' || event.code !== 'TIMEOUT') return
      const call = run.call(event.call)
      if (call === undefined || call.state !== 'waiting') return
      const waitedMs = event.atMs - call.invokedAtMs
      if (call.waitMs === undefined) return report('deadlines', `${callText(call)} had no deadline and says TIMEOUT`, [call.call])
      if (waitedMs < call.waitMs * (1 - rateSlack) - earlyMsMax)
        report('deadlines', `${callText(call)} says TIMEOUT after ${waitedMs.toFixed(0)} ms of ${call.waitMs}`, [call.call])
    },
    after(event) {
      if (event.type === 'invoked' && event.waitMs !== undefined)
        nextMs = Math.min(nextMs, event.atMs + event.waitMs * (1 + rateSlack) + lateMsMax)
    },
  }

  function look(run: Watched, atMs: number, report: Report): void {
    nextMs = Infinity
    for (const call of run.waiting.values()) {
      if (call.hasLateTimer) continue
      const process = run.process(call.process)
      const waitedMs = run.waitedMs(call) + (process.stoppedAtMs === null ? atMs - run.nowMs : 0)
      const leftMs = leftOf(call, waitedMs)
      if (leftMs === null || told.has(call.call) || !run.isAlive(call.process)) continue
      if (leftMs >= 0) {
        nextMs = Math.min(nextMs, atMs + Math.max(1, leftMs))
        continue
      }
      told.add(call.call)
      const text = `${callText(call)} was to be answered within ${call.waitMs} ms and still waits after`
      report('deadlines', `${text} ${waitedMs.toFixed(0)} ms`, [call.call])
    }
  }
}

/** What is left until a call must have been answered; null when it has no deadline. */
function leftOf({ waitMs }: CallState, waitedMs: number): number | null {
  return waitMs === undefined ? null : waitMs * (1 + rateSlack) + lateMsMax - waitedMs
}
