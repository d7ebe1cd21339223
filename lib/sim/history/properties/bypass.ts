/**
 * A much later request is not served first. The algorithms below order requests. A request is much later than an exclusive
 * waiter's if all have heard of the waiter when it is made: after a whole session, or the run's `heardMs`. Before the waiter's
 * grant each other process enters at most twice with such requests: once in the waiter's turn order and once by a handoff within
 * the process.
 *
 * Conservative: only in faultless runs, for a waiter whose process has no other call on the lock, and while views stand still.
 */
import { type Property, callText } from '../property.ts'
import type { CallState } from '../watched.ts'

const ordered: readonly string[] = ['ricart-agrawala', 'carvalho-roucairol', 'token-ring', 'home-queue', 'lamport']

/** A much later request is not served before an earlier one, again and again. */
export function bypass(): Property {
  /** How often each waiter was overtaken. */
  const overtaken = new Map<number, CallState[]>()
  let changedAtMs = -Infinity
  let hasBegun = false
  return {
    after(event, run, report) {
      const { faultless, algorithm, sessionMs, nodes } = run.run
      const heardMs = run.run.heardMs ?? sessionMs
      if (!faultless || !ordered.includes(algorithm)) return
      switch (event.type) {
        case 'view':
        case 'started':
        case 'draining':
        case 'closing':
          if (hasBegun) changedAtMs = event.atMs
          overtaken.clear()
          return
        case 'invoked': {
          hasBegun = true
          const call = run.call(event.call)
          if (call === undefined || !call.mode.isAlone || call.how !== 'acquire') return
          if (event.atMs - changedAtMs < sessionMs || !run.isAlive(call.process)) return
          const own = [...run.waiting.values(), ...run.holders(call.lock)].filter(
            (each) => each.process === call.process && each.lock === call.lock && each !== call,
          )
          if (own.length === 0) overtaken.set(call.call, [])
          return
        }
        case 'granted': {
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
          return
        }
        case 'refused':
        case 'failed':
          overtaken.delete(event.call)
          return
        default:
          return
      }
    },
  }
}
