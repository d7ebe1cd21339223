/** This file declares what a property is, names all properties, and words the calls that break one. */
import type { HistoryEvent } from './events.ts'
import type { CallState, Watched } from './watched.ts'

/** The names of all properties, as violations carry them. */
export const propertyNames = [
  'calls',
  'exclusion',
  'fences',
  'fence order',
  'updates',
  'sessions',
  'deadlines',
  'liveness',
  'lost wake-up',
  'bypass',
  'partition',
  'views',
  'agreement',
  'quiescence',
  'messages',
  'errors',
] as const

/** The name of a property. */
export type PropertyName = (typeof propertyNames)[number]

/** A promise that a history breaks: which, when, in words, and by which calls. */
export interface Violation {
  /** The promise that is broken. */
  readonly property: PropertyName
  /** When it showed, since the run began: the time of the line that shows it. */
  readonly atMs: number
  /** One sentence that names processes, locks and fences. */
  readonly text: string
  /** The calls that have a part in it. */
  readonly calls: readonly number[]
}

/** Says that the property is broken. */
export type Report = (property: PropertyName, text: string, calls?: readonly number[]) => void

/** One promise, or some that belong together, judged line by line. */
export interface Property {
  /** Looks at a line before it is taken into account. */
  before?(event: HistoryEvent, run: Watched, report: Report): void
  /** Looks at a line that has just been taken into account. */
  after?(event: HistoryEvent, run: Watched, report: Report): void
  /** Looks once more, after the last line. */
  finish?(run: Watched, report: Report): void
}

type Look = NonNullable<Property['after']>

/** Looks at each type of event by a function of its own; at a type that has none it does not look. */
export function lookByType(
  looks: {
    readonly [Type in HistoryEvent['type']]?: (
      event: HistoryEvent & { readonly type: Type },
      run: Watched,
      report: Report,
    ) => void
  },
): Look {
  return (event, run, report) => (looks[event.type] as Look | undefined)?.(event, run, report)
}

/** A call in words: who, which lock, how, and its fence. */
export function callText({ call, process, lock, mode, fence }: CallState): string {
  const isExclusive = mode.isAlone ? '' : ` ${mode}`
  return `${process} (call ${call}, '${lock}'${isExclusive}${fence === null ? '' : `, fence ${fence}`})`
}
