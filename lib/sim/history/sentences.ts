/** This file words a history's events as sentences, each with the mark that it leaves on a process's line. */
import { fenceParts } from '../../lock/fence.ts'
import type { Mark } from '../story/story.ts'
import type { HistoryEvent, ProcessChange } from './events.ts'
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

/** What a process does, and the mark of it. */
const changes: { readonly [Type in ProcessChange['type']]: readonly [text: string, mark: Mark] } = {
  started: ['starts', 'starts'],
  joined: ['is a member', 'joins'],
  crashed: ['dies', 'dies'],
  paused: ['stands still', 'pauses'],
  resumed: ['goes on', 'resumes'],
  draining: ['takes no calls any more and waits for its holds', 'closes'],
  closing: ['begins to leave', 'closes'],
  closed: ['has left', 'dies'],
}

/** What an event says, unless it is not worth telling or is about another lock than those of interest. */
export function sentence(event: HistoryEvent, run: Watched, about: ReadonlySet<string> | null): Sentence | null {
  const line = (text: string, mark: Mark | null = null, key = ''): Sentence => ({
    text,
    mark: mark === null || !('process' in event) ? null : [event.process, mark],
    key,
  })
  if ('call' in event) {
    const call = run.call(event.call)
    return call === undefined || (about !== null && !about.has(call.lock)) ? null : callLine(event, call, line)
  }
  switch (event.type) {
    case 'phase':
      return event.phase === 'calm' ? line('everything heals') : null
    case 'fault':
      return faultLine(event, line)
    case 'view': {
      const view = `takes up view ${epochText(event.epoch)} of ${event.members.join(', ')}`
      return line(`${event.process} ${view}`, 'view', `view ${event.epoch} ${event.digest}`)
    }
    case 'quiet':
    case 'counted':
    case 'run':
      return null
    default: {
      const [text, mark] = changes[event.type]
      return line(`${event.process} ${text}${event.node === undefined ? '' : ` as ${event.node}`}`, mark)
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
  const what = mode.isAlone ? `'${lock}'` : `'${lock}' (${mode.isCounted ? 'a permit' : mode})`
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
