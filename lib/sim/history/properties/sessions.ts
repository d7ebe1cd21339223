/**
 * What sessions promise to the process itself. After a hold of it was signalled `lost` because the session had ended, a process
 * is granted nothing until it is a member under a new id. A hold whose session has ended is told so. Its `lost` follows
 * `expired`, or the `lost` of another hold of that session, within one session, counted while the process runs. And `release`
 * says what was the case: `lost` after the signal however often, never `lost` without one, `already` the second time.
 */
import { callText, lookByType, type Property, type Report } from '../property.ts'
import type { CallState, Watched } from '../watched.ts'

/** A hold that is over and whose owner has not been told. */
interface Untold {
  readonly call: CallState
  readonly sinceMs: number
  readonly stoppedBeforeMs: number
}

/** Beside the session's length: late timers and busy processes. */
const slackMs = 500

/** What sessions promise. */
export function sessions(): Property {
  /** By process, the id whose session has ended. */
  const over = new Map<string, { readonly node: string; readonly call: number }>()
  const untold = new Map<number, Untold>()
  const released = new Map<number, number>()
  const look = lookByType({
    expired(event, run) {
      const call = run.call(event.call)
      if (call !== undefined && call.lostAtMs === null && call.releasingAtMs === null) owesNews(call, run)
    },
    lost(event, run) {
      untold.delete(event.call)
      const node = run.call(event.call)?.node ?? null
      if (node === null || !isSession(event.reason)) return
      over.set(event.process, { node, call: event.call })
      for (const other of run.heldBy(event.process)) if (other.node === node) owesNews(other, run)
    },
    started: ({ process }) => over.delete(process),
    granted(event, run, report) {
      const ended = over.get(event.process)
      const call = run.call(event.call)
      if (ended === undefined || call === undefined || run.process(event.process).node !== ended.node) return
      const text = `${callText(call)} is granted though its session had ended with call ${ended.call} and it has no new id`
      report('sessions', text, [ended.call, event.call])
    },
    releasing({ call }) {
      untold.delete(call)
      released.set(call, (released.get(call) ?? 0) + 1)
    },
    released(event, run, report) {
      const call = run.call(event.call)
      if (call !== undefined) judgeRelease(call, event.outcome, released.get(event.call) ?? 1, report)
      if (released.size > 10_000) released.delete(released.keys().next().value as number)
    },
  })
  return {
    after(event, run, report) {
      for (const each of untold.size > 0 ? untold.values() : []) {
        const process = run.process(each.call.process)
        if (!run.isAlive(process.name) || process.startedAtMs > each.call.grantedAtMs) untold.delete(each.call.call)
        else judgeUntold(each, run.stoppedMs(process) - each.stoppedBeforeMs, run, report)
      }
      look(event, run, report)
    },
  }

  /** From now on its owner is to hear that it is over. */
  function owesNews(call: CallState, run: Watched): void {
    if (!untold.has(call.call))
      untold.set(call.call, { call, sinceMs: run.nowMs, stoppedBeforeMs: run.stoppedMs(run.process(call.process)) })
  }

  function judgeUntold({ call, sinceMs }: Untold, stoppedMs: number, run: Watched, report: Report): void {
    const overMs = run.nowMs - sinceMs - stoppedMs
    if (overMs <= run.run.sessionMs + slackMs) return
    untold.delete(call.call)
    const text = `${callText(call)} has been over for ${overMs.toFixed(0)} ms and its owner, which runs, has not been told`
    report('sessions', text, [call.call])
  }
}

/** Holds are lost for other reasons too: taken by an operator, held for too long. Unsaid, it is the session. */
function isSession(reason: string | undefined): boolean {
  return reason === undefined || /session/i.test(reason)
}

function judgeRelease(call: CallState, outcome: string | undefined, times: number, report: Report): void {
  const heard = `${callText(call)} is released and hears '${outcome}'`
  if (outcome === undefined) return
  if (outcome !== 'released' && outcome !== 'lost' && outcome !== 'already')
    return report('sessions', `${heard}, which no caller can interpret`, [call.call])
  const { lostAtMs, lostFirst, expiredAtMs } = call
  if (lostFirst) {
    if (outcome !== 'lost') report('sessions', `${heard}, though it was lost`, [call.call])
    return
  }
  if (outcome === 'lost' && lostAtMs === null && expiredAtMs === null)
    report('sessions', `${heard}, though no 'lost' was signalled`, [call.call])
  if (outcome === 'already' && times < 2) report('sessions', `${heard}, though it had not been released before`, [call.call])
  if (outcome === 'released' && times >= 2) report('sessions', `${heard} for the second time`, [call.call])
}
