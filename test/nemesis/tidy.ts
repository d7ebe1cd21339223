import type { HistoryEvent } from '../../lib/sim/history/events.ts'

/**
 * A history in order of true time. Two facts are known only afterwards: what a process said just before it was killed may
 * reach the resource just after, so its death is moved behind its last word; and the hold with which it died was certain
 * until its last access only, after which no process asked it any more.
 */
export function tidied(events: readonly HistoryEvent[]): HistoryEvent[] {
  const lastWord = new Map<string, number>()
  /** By call, until when a hold was certain whose end no process told. */
  const open = new Map<number, { process: string; certainMs: number }>()
  for (const event of inOrder(events)) {
    if ('process' in event && event.type !== 'crashed') lastWord.set(event.process, event.atMs)
    if (event.type === 'granted') open.set(event.call, { process: event.process, certainMs: event.atMs })
    else if (event.type === 'releasing' || event.type === 'lost' || event.type === 'expired') open.delete(event.call)
  }
  const died = new Set(events.flatMap((event) => (event.type === 'crashed' ? [event.process] : [])))
  const moved = events.map((event): HistoryEvent => {
    if (event.type !== 'crashed') return event
    return { ...event, atMs: Math.max(event.atMs, lastWord.get(event.process) ?? 0) }
  })
  for (const [call, { process, certainMs }] of open) {
    if (died.has(process)) moved.push({ type: 'expired', call, process, atMs: certainMs })
  }
  return inOrder(moved)
}

function inOrder(events: readonly HistoryEvent[]): HistoryEvent[] {
  return [...events].sort((a, b) => a.atMs - b.atMs)
}
