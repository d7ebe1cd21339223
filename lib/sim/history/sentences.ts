/** This file words a history's events as sentences, each with the mark that it leaves on a process's line. */
import { fenceParts } from '../../lock/fence.ts'
import type { Mark } from '../story/story.ts'
import type { HistoryEvent } from './events.ts'
import type { CallState, Watched } from './watched.ts'

/** One event, told. */
export interface Sentence {
  readonly text: string
  readonly mark: [string, Mark] | null
  /** Lines of one key that follow each other are told as one. */
  readonly key: string
}

/** Faults of which the process's own line tells. */
const toldByProcess: readonly string[] = ['crash', 'silentCrash', 'restart', 'pause', 'leave']

/** What an event says, unless it is not worth telling or is about another lock than those of interest. */
export function sentence(event: HistoryEvent, run: Watched, about: ReadonlySet<string> | null): Sentence | null {
  const line = (text: string, mark: Mark | null = null, key = ''): Sentence => ({
    text,
    mark: mark === null || !('process' in event) ? null : [event.process, mark],
    key,
  })
  switch (event.type) {
    case 'phase':
      return event.phase === 'calm' ? line('everything heals') : null
    case 'started':
      return line(`${event.process} starts`, 'starts')
    case 'joined':
      return line(`${event.process} is a member${event.node === undefined ? '' : ` as ${event.node}`}`, 'joins')
    case 'crashed':
      return line(`${event.process} dies`, 'dies')
    case 'paused':
      return line(`${event.process} stands still`, 'pauses')
    case 'resumed':
      return line(`${event.process} goes on`, 'resumes')
    case 'draining':
      return line(`${event.process} takes no calls any more and waits for its holds`, 'closes')
    case 'closing':
      return line(`${event.process} begins to leave`, 'closes')
    case 'closed':
      return line(`${event.process} has left`, 'dies')
    case 'fault':
      return faultLine(event, line)
    case 'view':
      return line(
        `${event.process} takes up view ${epochText(event.epoch)} of ${event.members.join(', ')}`,
        'view',
        `view ${event.epoch} ${event.digest}`,
      )
    case 'quiet':
    case 'counted':
    case 'run':
      return null
    default: {
      const call = run.call(event.call)
      if (call === undefined || (about !== null && !about.has(call.lock))) return null
      return callLine(event, call, line)
    }
  }
}

function faultLine(
  { kind, over, sides, text }: HistoryEvent & { readonly type: 'fault' },
  line: (text: string) => Sentence,
): Sentence | null {
  if (toldByProcess.includes(kind)) return null
  if (over)
    return sides !== undefined || ['isolate', 'halves', 'bridge', 'partition'].includes(kind) ? line(`${kind} is over`) : null
  if ((sides?.length ?? 0) > 1) return line(`${kind}: ${(sides ?? []).map((side) => side.join(', ')).join(' | ')}`)
  return line(text === undefined ? kind : `${kind}: ${text}`)
}

type CallEvent = Extract<HistoryEvent, { readonly call: number }>

function callLine(event: CallEvent, call: CallState, line: (text: string, mark: Mark) => Sentence): Sentence | null {
  const { process, lock, mode, fence } = call
  const what = mode.isAlone ? `'${lock}'` : `'${lock}' (${mode.isOneEntry ? 'shared' : 'a permit'})`
  const which = fence === null ? what : `${what}, fence ${fenceWords(fence)}`
  switch (event.type) {
    case 'invoked': {
      const within = event.waitMs === undefined ? '' : ` within ${event.waitMs} ms`
      return line(`${process} ${event.how === 'acquire' ? 'asks for' : 'tries'} ${what}${within}`, 'asks')
    }
    case 'granted':
      return line(`${process} is inside ${what}, fence ${fenceWords(BigInt(event.fence ?? 0))}`, 'enters')
    case 'refused':
      return line(`${process} is refused ${what}`, 'refused')
    case 'failed':
      return line(`${process} gives ${what} up: ${event.code}`, 'refused')
    case 'releasing':
      return line(`${process} releases ${which}`, 'leaves')
    case 'released':
      return event.outcome === 'released' || event.outcome === undefined
        ? null
        : line(`${process} hears '${event.outcome}' for ${which}`, 'leaves')
    case 'lost':
      return line(`${process} is told that ${which} is lost`, 'lost')
    case 'expired':
      return line(`${process}'s session is over, and with it ${which}`, 'lost')
    case 'read':
    case 'write': {
      const version = event.type === 'read' ? `reads version ${event.version} of` : `writes, on version ${event.version}, to`
      const who = `${process} ${version} ${what}`
      return event.admitted ? line(who, 'admitted') : line(`${who} and is turned away`, 'turned away')
    }
    default:
      return null
  }
}

/** Epochs of founded views are long numbers of which the end is enough to tell them apart. */
function epochText(epoch: number): string {
  return epoch < 100_000 ? String(epoch) : `…${String(epoch % 10_000).padStart(4, '0')}`
}

/** A fence as the end of its epoch and its counter. */
export function fenceWords(fence: bigint | string): string {
  const { epoch, counter } = fenceParts(BigInt(fence))
  return epoch === 0 ? String(counter) : `${epochText(epoch)}/${counter}`
}
