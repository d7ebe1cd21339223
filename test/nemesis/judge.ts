import type { HistoryEvent } from '../../lib/sim/history/events.ts'

/** Something that must never be, with where it was seen. */
export interface Violation {
  readonly property: string
  readonly text: string
}

/** From the moment that a holder was killed or stopped until somebody else was granted its lock. */
export interface Failover {
  readonly cause: 'crashed' | 'paused'
  readonly process: string
  readonly lock: string
  readonly ms: number
}

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly failovers: readonly Failover[]
  readonly grants: number
  readonly rejected: number
  /** How often each error was met. */
  readonly failures: Readonly<Record<string, number>>
}

interface Call {
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly invokedMs: number
  fence: bigint | null
  grantedMs: number
  /** Until when the hold was certain. */
  endedMs: number
  isOpen: boolean
  answered: boolean
}

/**
 * The nemesis's own look at a history, by what the resource saw: fences that were admitted never fall, one fence is one
 * call's, no update is lost, and two certain holds of a lock never overlap. After everything healed every call is granted.
 */
export function judge(events: readonly HistoryEvent[]): Verdict {
  const calls = new Map<number, Call>()
  const violations: Violation[] = []
  const highest = new Map<string, { fence: bigint; call: number }>()
  const versions = new Map<string, number>()
  const failures: Record<string, number> = {}
  let grants = 0
  let rejected = 0
  let calm = false
  const found = (property: string, text: string): void => void violations.push({ property, text })
  for (const event of events) {
    switch (event.type) {
      case 'phase':
        calm = event.phase === 'calm' || (calm && event.phase === 'closing')
        break
      case 'invoked': {
        const { call, process, lock, atMs } = event
        const unknown = { fence: null, grantedMs: 0, endedMs: 0, isOpen: false, answered: false }
        calls.set(call, { call, process, lock, invokedMs: atMs, ...unknown })
        break
      }
      case 'granted': {
        const call = calls.get(event.call)
        if (call === undefined) break
        grants++
        Object.assign(call, { fence: BigInt(event.fence ?? '0'), grantedMs: event.atMs, isOpen: true, answered: true })
        break
      }
      case 'failed': {
        const call = calls.get(event.call)
        if (call !== undefined) call.answered = true
        failures[event.code ?? ''] = (failures[event.code ?? ''] ?? 0) + 1
        if (calm) found('liveness', `call ${event.call} of ${event.process} failed with ${event.code} after everything healed`)
        break
      }
      case 'read':
      case 'write': {
        const { lock, fence: text, call, version, type, process, atMs } = event
        if (!event.admitted) {
          rejected++
          break
        }
        const fence = BigInt(text)
        const before = highest.get(lock)
        const where = `${process} at ${atMs.toFixed(0)} ms, '${lock}'`
        if (before !== undefined && fence < before.fence) found('fences', `${where}: ${fence} after ${before.fence}`)
        if (before !== undefined && fence === before.fence && call !== before.call) {
          found('fences', `${where}: ${fence} is the fence of call ${before.call} and of call ${call}`)
        }
        if (before === undefined || fence > before.fence) highest.set(lock, { fence, call })
        if (type === 'read') break
        const current = versions.get(lock) ?? 0
        if (version !== current) found('lost update', `${where}: wrote over version ${current}, having read ${version}`)
        versions.set(lock, version + 1)
        break
      }
      case 'releasing':
      case 'lost':
      case 'expired': {
        const call = calls.get(event.call)
        if (call?.isOpen) Object.assign(call, { endedMs: event.atMs, isOpen: false })
        break
      }
    }
  }
  const last = lastCertain(events)
  for (const call of calls.values()) if (call.isOpen) call.endedMs = last.get(call.call) ?? call.grantedMs
  violations.push(...overlaps([...calls.values()]))
  return { violations, failovers: failovers(events, [...calls.values()]), grants, rejected, failures }
}

/** Of calls whose end nobody told (killed): the last access, before which their process passed its own check. */
function lastCertain(events: readonly HistoryEvent[]): Map<number, number> {
  const last = new Map<number, number>()
  for (const event of events) if (event.type === 'granted') last.set(event.call, event.atMs)
  return last
}

function overlaps(calls: readonly Call[]): Violation[] {
  const violations: Violation[] = []
  const latest = new Map<string, Call>()
  const granted = calls.filter(({ fence }) => fence !== null).sort((a, b) => a.grantedMs - b.grantedMs)
  for (const call of granted) {
    const before = latest.get(call.lock)
    if (before !== undefined && before.endedMs > call.grantedMs) {
      const text = `'${call.lock}': ${before.process} until ${before.endedMs.toFixed(1)} ms, ${call.process} from ${call.grantedMs.toFixed(1)} ms`
      violations.push({ property: 'exclusion', text })
    }
    if (before?.fence != null && call.fence !== null && call.fence <= before.fence) {
      violations.push({ property: 'fences', text: `'${call.lock}': granted ${call.fence} after ${before.fence}` })
    }
    if (before === undefined || call.endedMs >= before.endedMs) latest.set(call.lock, call)
  }
  return violations
}

/** The next grant after each death or stop of a certain holder, if somebody waited for it or came within a while. */
function failovers(events: readonly HistoryEvent[], calls: readonly Call[]): Failover[] {
  const granted = calls.filter(({ fence }) => fence !== null).sort((a, b) => a.grantedMs - b.grantedMs)
  return events.flatMap((event) => {
    if (event.type !== 'crashed' && event.type !== 'paused') return []
    const cause = event.type === 'crashed' ? 'crashed' : 'paused'
    const held = granted.filter((call) => {
      if (call.process !== event.process || call.grantedMs > event.atMs) return false
      return call.isOpen || call.endedMs > event.atMs || isUnfinished(events, call.call, event.atMs)
    })
    return held.flatMap((call): Failover[] => {
      const next = granted.find((other) => other.lock === call.lock && other.grantedMs > event.atMs)
      if (next === undefined || next.process === call.process) return []
      // Who came later than the lock was free did not wait for it.
      const fromMs = Math.max(event.atMs, next.invokedMs)
      return fromMs > event.atMs + 200 ? [] : [{ cause, process: call.process, lock: call.lock, ms: next.grantedMs - event.atMs }]
    })
  })
}

function isUnfinished(events: readonly HistoryEvent[], call: number, atMs: number): boolean {
  const write = events.find((event) => event.type === 'write' && event.call === call)
  return write === undefined || write.atMs > atMs
}
