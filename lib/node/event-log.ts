import type { Event } from '../observe/events.ts'
import type { Logger } from './options.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** A line for a person. `kind`: lines of one kind are limited, since strangers or a lasting fault can cause any number. */
interface Line {
  readonly level: Level
  readonly text: string
  readonly kind?: string
}

interface Limited {
  loggedMs: number
  leftOut: number
}

/** Lines of one kind are at least so far apart. */
const intervalMs = 1_000

/**
 * Tells the user's logger what a person would want to know, each event in one line. What strangers or a lasting fault can
 * cause without end is told at most once a second for each kind, with how many were left out since.
 */
export class EventLog {
  private readonly logger: Logger
  private readonly nowMs: () => number
  private readonly limited = new Map<string, Limited>()

  constructor(logger: Logger, nowMs: () => number) {
    this.logger = logger
    this.nowMs = nowMs
  }

  log(event: Event): void {
    const line = lineOf(event)
    if (line === null) return
    const { level, text, kind } = line
    if (kind === undefined) return this.logger[level](text)
    const nowMs = this.nowMs()
    const before = this.limited.get(kind)
    if (before !== undefined && nowMs - before.loggedMs < intervalMs) {
      before.leftOut++
      return
    }
    // Kinds are words of our own, so there are few.
    this.limited.set(kind, { loggedMs: nowMs, leftOut: 0 })
    this.logger[level](before === undefined || before.leftOut === 0 ? text : `${text} (${before.leftOut} more like it before)`)
  }
}

function lineOf(event: Event): Line | null {
  switch (event.type) {
    case 'viewActivated':
      return { level: 'info', text: `view ${event.epoch} is active: ${event.members.join(', ')}` }
    case 'sessionEnded':
      return { level: 'warn', text: `the session ended (${event.reason}): ${event.message}` }
    case 'peerDown':
      return { level: 'warn', text: `${event.peer} is down` }
    case 'peerRefused':
      return { level: 'warn', text: `refused ${event.from}: ${event.message}`, kind: `refused ${event.reason}` }
    case 'frameTampered':
      return { level: 'error', text: `cut the connection to ${event.peer}: ${event.message}`, kind: event.type }
    case 'listenerFailed':
      return { level: 'error', text: `connections cannot be taken for the moment: ${event.message}`, kind: event.type }
    case 'dialFailed':
      return { level: 'debug', text: `could not reach ${event.address}: ${event.message}` }
    case 'messageRejected':
      return { level: 'warn', text: `${event.peer} sent what is no message: ${event.message}`, kind: event.type }
    case 'voteUnsaved':
      return { level: 'error', text: `this voter gives no vote, since dataDir cannot be written: ${event.message}` }
    case 'stateUnsaved':
      return {
        level: 'warn',
        text: `what must not be forgotten over restarts cannot be kept, so that fences rest on the clock of this host: ${event.message}`,
        kind: event.type,
      }
    case 'directoryFailed':
      return { level: 'error', text: `the directory cannot be used for the moment: ${event.message}`, kind: event.type }
    case 'leftUnguarded':
      return { level: 'warn', text: event.advice }
    case 'voteless':
      return { level: 'warn', text: event.advice, kind: event.type }
    case 'clockSkewed':
      return { level: 'warn', text: `the clock of ${event.peer} is off by ${event.offsetMs} ms` }
    case 'lockLost':
      return { level: 'warn', text: event.message }
    case 'actorFailed':
      return { level: 'error', text: `actor '${event.actor}' failed: ${event.message}` }
    default:
      return null
  }
}
