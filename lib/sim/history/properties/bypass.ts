/**
 * A much later request is not served first. The algorithms below order requests. A request is much later than an exclusive
 * waiter's if all have heard of the waiter when it is made: after a whole session, or the run's `heardMs`. Before the waiter's
 * grant each other process enters at most twice with such requests: once in the waiter's turn order and once by a handoff within
 * the process.
 *
 * Conservative: only in faultless runs, for a waiter whose process has no other call on the lock, and while views stand still.
 */
import { callText, lookByType, type Property } from '../property.ts'
import type { CallState } from '../watched.ts'

const ordered: readonly string[] = ['ricart-agrawala', 'carvalho-roucairol', 'token-ring', 'home-queue', 'lamport']

/** A much later request is not served before an earlier one, again and again. */
export function bypass(): Property {
  /** How often each waiter was overtaken. */
  const overtaken = new Map<number, CallState[]>()
  let changedAtMs = -Infinity
  let hasBegun = false
  const changes = ({ atMs }: { readonly atMs: number }): void => {
    if (hasBegun) changedAtMs = atMs
    overtaken.clear()
  }
  const ends = ({ call }: { readonly call: number }): void => void overtaken.delete(call)
  const look = lookByType({
    view: changes,
    started: changes,
    draining: changes,
    closing: changes,
    invoked(event, run) {
      hasBegun = true
      const call = run.call(event.call)
      if (call === undefined || !call.mode.isAlone || call.how !== 'acquire') return
      if (event.atMs - changedAtMs < run.run.sessionMs || !run.isAlive(call.process)) return
      const own = [...run.waiting.values(), ...run.holders(call.lock)].filter(
        (each) => each.process === call.process && each.lock === call.lock && each !== call,
      )
      if (own.length === 0) overtaken.set(call.call, [])
    },
    granted(event, run, report) {
      const { nodes, sessionMs, heardMs = sessionMs } = run.run
      overtaken.delete(event.call)
      const entrant = run.call(event.call)
      if (entrant === undefined || !entrant.mode.isAlone) return
      for (const [number, by] of overtaken) {
        const waiter = run.call(number)
        if (waiter === undefined || waiter.lock !== entrant.lock || waiter.process === entrant.process) continue
        if (entrant.invokedAtMs - waiter.invokedAtMs <= heardMs) continue
        by.push(entrant)
        if (by.length !== 2 * (nodes - 1) + 1) continue
        const text = `${callText(waiter)} is overtaken ${by.length} times by requests made more than ${heardMs} ms later`
        report('bypass', text, [number, ...by.map(({ call }) => call)])
      }
    },
    refused: ends,
    failed: ends,
  })
  return {
    after(event, run, report) {
      if (run.run.faultless && ordered.includes(run.run.algorithm)) look(event, run, report)
    },
  }
}
