/**
 * After all faults have healed, every waiter is served. A call of a living process that waits when `calm` begins is answered
 * within `healMs`, not counting the time in which that process is paused. A later call waits no longer than that while no process
 * is inside the lock; otherwise a wake-up was lost. And closing a node leaves no call unanswered.
 */
import { type Property, type Report, callText } from '../property.ts'
import type { Watched } from '../watched.ts'

/** What a process does that gives up all that it held. */
const lockFreeing: ReadonlySet<string> = new Set(['crashed', 'closing', 'closed', 'started'])

/** Each waiter is served. */
export function liveness(): Property {
  const told = new Set<number>()
  /** By lock, since when no process is inside. */
  const freeSince = new Map<string, number>()
  let nextMs = 0
  return {
    before(event, run, report) {
      if (event.type === 'started') judgeClosed(run, event.process, report)
      if (run.calmAtMs === null || event.atMs < nextMs) return
      nextMs = Infinity
      // What this very line answers was answered in time, if this is the time.
      look(run, event.atMs, (text, property, call) => report(property, text, [call]))
    },
    after(event, run) {
      if (event.type === 'phase' && event.phase === 'calm') nextMs = event.atMs + run.run.healMs
      if (event.type === 'invoked' && run.calmAtMs !== null) nextMs = Math.min(nextMs, event.atMs + run.run.healMs)
      if (event.type !== 'invoked' && !('process' in event)) return
      if ('call' in event) note(run, run.call(event.call)?.lock, event.atMs)
      else if (lockFreeing.has(event.type)) for (const lock of freeSince.keys()) note(run, lock, event.atMs)
    },
    finish(run, report) {
      if (run.calmAtMs !== null) look(run, run.nowMs, (text, property, call) => report(property, text, [call]))
      for (const process of run.processes.keys()) judgeClosed(run, process, report)
    },
  }

  /** A node that closes leaves no call unanswered. */
  function judgeClosed(run: Watched, process: string, report: Report): void {
    if (run.processes.get(process)?.life !== 'closed') return
    for (const call of run.waiting.values()) {
      if (call.process !== process || told.has(call.call)) continue
      told.add(call.call)
      report('liveness', `${callText(call)} is never answered, though its node has closed`, [call.call])
    }
  }

  function note(run: Watched, lock: string | undefined, atMs: number): void {
    if (lock === undefined) return
    // Held: free since the end of time.
    if (run.holders(lock).length > 0) freeSince.set(lock, Infinity)
    else if ((freeSince.get(lock) ?? Infinity) === Infinity) {
      freeSince.set(lock, atMs)
      nextMs = Math.min(nextMs, atMs + run.run.healMs)
    }
  }

  function look(
    run: Watched,
    atMs: number,
    report: (text: string, property: 'liveness' | 'lost wake-up', call: number) => void,
  ): void {
    const { healMs } = run.run
    const calmAtMs = run.calmAtMs ?? atMs
    for (const call of run.waiting.values()) {
      const process = run.process(call.process)
      if (told.has(call.call) || (process.life !== 'running' && process.life !== 'starting')) continue
      const pausedMs = run.pausedMs(process, atMs) - call.pausedBeforeMs
      const isOld = call.waitedAtCalm
      const sinceMs = isOld ? calmAtMs : Math.max(call.invokedAtMs, freeSince.get(call.lock) ?? call.invokedAtMs)
      const dueMs = sinceMs + healMs + pausedMs
      if (atMs <= dueMs) {
        nextMs = Math.min(nextMs, dueMs)
        continue
      }
      told.add(call.call)
      const waits = `${callText(call)} waits since ${call.invokedAtMs.toFixed(0)} ms`
      if (isOld) report(`${waits} and is not answered ${healMs} ms after everything healed`, 'liveness', call.call)
      else report(`${waits}, and '${call.lock}' has been free for ${(atMs - sinceMs).toFixed(0)} ms`, 'lost wake-up', call.call)
    }
  }
}
