import type { HistoryEvent } from '../../lib/sim/history/events.ts'

/** From the moment in which a holder was killed or stopped until another process, which waited, was granted its lock. */
export interface Failover {
  readonly cause: 'killed' | 'stopped'
  readonly process: string
  readonly lock: string
  readonly ms: number
}

/** What a history says beside its verdict. */
export interface Measures {
  readonly failovers: readonly Failover[]
  readonly grants: number
  /** Accesses that the resource turned away because of their fence. */
  readonly turnedAway: number
  /** How often each error was met. */
  readonly failures: Readonly<Record<string, number>>
}

interface Grant {
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly invokedMs: number
  readonly grantedMs: number
  wroteMs: number
}

/** A process that asks later than this after the holder's end did not wait for it. */
const waitingMsMax = 200

/** Measures a history in order of time. */
export function measure(events: readonly HistoryEvent[]): Measures {
  const invoked = new Map<number, { readonly lock: string; readonly atMs: number }>()
  const grants = new Map<number, Grant>()
  const failures: Record<string, number> = {}
  let turnedAway = 0
  for (const event of events) {
    switch (event.type) {
      case 'invoked':
        invoked.set(event.call, event)
        break
      case 'granted': {
        const { call, process, atMs: grantedMs } = event
        const { lock, atMs: invokedMs } = invoked.get(call) ?? { lock: '', atMs: 0 }
        grants.set(call, { call, process, lock, invokedMs, grantedMs, wroteMs: Infinity })
        break
      }
      case 'failed':
        failures[event.code ?? ''] = (failures[event.code ?? ''] ?? 0) + 1
        break
      case 'read':
      case 'write': {
        const grant = grants.get(event.call)
        if (!event.admitted) turnedAway++
        if (event.type === 'write' && grant !== undefined) grant.wroteMs = event.atMs
        break
      }
      default:
    }
  }
  const inOrder = [...grants.values()].sort((a, b) => a.grantedMs - b.grantedMs)
  return { failovers: failovers(events, inOrder), grants: grants.size, turnedAway, failures }
}

function failovers(events: readonly HistoryEvent[], grants: readonly Grant[]): Failover[] {
  return events.flatMap((event) => {
    if (event.type !== 'crashed' && event.type !== 'paused') return []
    const cause = event.type === 'crashed' ? 'killed' : 'stopped'
    const held = grants.filter(
      ({ process, grantedMs, wroteMs }) => process === event.process && grantedMs <= event.atMs && wroteMs > event.atMs,
    )
    return held.flatMap(({ lock, process }): Failover[] => {
      const next = grants.find((other) => other.lock === lock && other.grantedMs > event.atMs)
      if (next === undefined || next.process === process || next.invokedMs > event.atMs + waitingMsMax) return []
      return [{ cause, process, lock, ms: next.grantedMs - event.atMs }]
    })
  })
}
