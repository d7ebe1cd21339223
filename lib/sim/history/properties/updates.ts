/**
 * No update is lost, under any fault: what an exclusive holder writes follows from the version that it read, and no write that
 * the resource admitted lies in between. A read finds the version that was written last.
 */
import type { Accessed } from '../events.ts'
import type { Property, Report } from '../property.ts'
import type { CallState } from '../watched.ts'

interface Guarded {
  version: number
  writer: number | null
}

/** How many calls are remembered with what they have read. */
const seenMax = 20_000

/** No update is lost. */
export function updates(): Property {
  const locks = new Map<string, Guarded>()
  /** What each call has read, or made by writing, last. */
  const seen = new Map<number, number>()
  return {
    after(event, run, report) {
      if (event.type === 'released') seen.delete(event.call)
      if (seen.size > seenMax) seen.delete(seen.keys().next().value as number)
      if (event.type !== 'read' && event.type !== 'write') return
      if (event.admitted) judge(event, run.call(event.call), locks, seen, report)
    },
  }
}

function judge(
  event: Accessed,
  call: CallState | undefined,
  locks: Map<string, Guarded>,
  seen: Map<number, number>,
  report: Report,
): void {
  const { process, version, lock } = event
  const now = locks.get(lock)
  const who = `${process} (call ${event.call}, fence ${event.fence})`
  const others = now === undefined || now.writer === null ? [event.call] : [now.writer, event.call]
  if (event.type === 'read') {
    if (now !== undefined && now.version !== version)
      report('updates', `${who} reads version ${version} of '${lock}', which is at ${now.version}`, others)
    locks.set(lock, now ?? { version, writer: null })
    seen.set(event.call, version)
    return
  }
  // Shared writers, and those with permits, promise each other nothing.
  const isJudged = call === undefined || call.mode.isAlone
  const read = seen.get(event.call)
  if (isJudged && now !== undefined && now.version !== version)
    report('updates', `${who} overwrites version ${now.version} of '${lock}', having read ${version}: an update is lost`, others)
  else if (isJudged && read !== undefined && read !== version)
    report('updates', `${who} writes '${lock}' as if it had read version ${version}; it had read ${read}`, [event.call])
  locks.set(lock, { version: version + 1, writer: event.call })
  seen.set(event.call, version + 1)
}
