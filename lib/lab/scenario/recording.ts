/**
 * This file declares a recording: what happened in a run, step by step, as plain data that drawings, tables and sentences are
 * made from. Each item knows the steps between which it is true, so that the run can be looked at as it was after any step
 * without being played again: `fromStep <= cursor < toStep`.
 */
import type { NodeId } from '../../base/ids.ts'
import type { MessageLoss } from '../arena/options.ts'

/** Not yet: the step after the last one. */
export const later = Number.POSITIVE_INFINITY

/** What is drawn as a point on a node's line. */
export type SiteEventKind = 'request' | 'cancel' | 'enter' | 'leave' | 'send' | 'arrive' | 'crash' | 'pause' | 'resume'

/** What happened at a node: an event in Lamport's sense. */
export interface SiteEvent {
  /** Its place among all events, from 0. */
  readonly index: number
  readonly step: number
  readonly atT: number
  /** The node's place. */
  readonly node: number
  readonly kind: SiteEventKind
  /** Of `send` and `arrive`; else -1. */
  readonly message: number
  /** Lamport 1978: above everything that happened before. */
  readonly lamport: number
  /** Fidge 1988, Mattern 1989: how many events of each node happened before, or are this one. */
  readonly vector: Uint32Array
  /** The fence of `enter`; else 0. */
  readonly fence: number
}

/** A message, from its sending to its arrival or its loss. Places are those of nodes; steps and times as for events. */
export interface Flight {
  /** As interventions name it: from 1. */
  readonly number: number
  readonly from: number
  readonly to: number
  readonly kind: string
  /** What else it says, to be read. */
  readonly content: string
  readonly isToken: boolean
  readonly sentEvent: number
  readonly fromStep: number
  readonly sentAtT: number
  /** When it will arrive without an intervention, as was known from each step on. */
  readonly plans: readonly { readonly fromStep: number; readonly atT: number }[]
  readonly toStep: number
  readonly endAtT: number
  readonly end: 'under way' | 'arrived' | 'lost'
  readonly why: MessageLoss | null
  /** -1 if it never arrived. */
  readonly arrivedEvent: number
  /** The message that it is a second copy of; 0 for an original. */
  readonly copyOf: number
}

/** A stretch of a node's line. */
export interface Span {
  readonly node: number
  readonly kind: 'waiting' | 'inside' | 'token' | 'paused' | 'crashed'
  readonly fromStep: number
  readonly fromT: number
  readonly toStep: number
  readonly toT: number
  /** Of `inside`; else 0. */
  readonly fence: number
}

/** The network in parts: messages between them are lost. */
export interface Parted {
  readonly parts: readonly (readonly NodeId[])[]
  readonly fromStep: number
  readonly fromT: number
  readonly toStep: number
  readonly toT: number
}

/** A new view began. */
export interface ViewMark {
  readonly step: number
  readonly atT: number
  readonly epoch: number
  readonly members: readonly NodeId[]
}

/** A breach of a promise. */
export interface Breach {
  readonly step: number
  readonly atT: number
  readonly property: Guarantee
  readonly text: string
}

/** What is promised of every run. */
export type Guarantee = 'exclusion' | 'fences rise' | 'one token' | 'liveness' | 'wrong move'

/** What a node knew after a step. */
export interface SiteState {
  readonly fromStep: number
  /** The algorithm's own variables, by name, as text. */
  readonly variables: readonly Variable[]
  readonly clock: number
  readonly counter: number
  /** Users who queue at the node behind the one that is served. */
  readonly backlog: number
  readonly hasToken: boolean
  readonly permissions: readonly NodeId[]
}

/** One variable of an algorithm. */
export interface Variable {
  readonly name: string
  readonly text: string
  /** It says nothing: null, false, none. */
  readonly isEmpty: boolean
}

/** One step. */
export interface RecordedStep {
  readonly atT: number
  /** Events with an index of this and above are of later steps. */
  readonly eventsTo: number
  /** What an intervention did, in words; empty for what time did. */
  readonly done: string
}

/** What happened. */
export interface Recording {
  readonly algorithm: string
  readonly nodes: readonly NodeId[]
  /** By the number of steps taken: the first is the beginning. */
  readonly steps: readonly RecordedStep[]
  readonly events: readonly SiteEvent[]
  /** By number, less one. */
  readonly flights: readonly Flight[]
  readonly spans: readonly Span[]
  readonly parted: readonly Parted[]
  readonly views: readonly ViewMark[]
  readonly breaches: readonly Breach[]
  /** For each node, in the order of steps. */
  readonly states: readonly (readonly SiteState[])[]
  /** Whether there is a token in this algorithm. */
  readonly hasToken: boolean
  /** Nothing is left to happen without an intervention. */
  readonly isOver: boolean
}

/** Whether an item is true after so many steps. */
export function isNow(item: { readonly fromStep: number; readonly toStep: number }, cursor: number): boolean {
  return item.fromStep <= cursor && cursor < item.toStep
}

/** What a node knew after so many steps. */
export function stateAt(recording: Recording, node: number, cursor: number): SiteState | null {
  const states = recording.states[node] ?? []
  let low = 0
  let high = states.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((states[middle] as SiteState).fromStep <= cursor) low = middle + 1
    else high = middle
  }
  return states[low - 1] ?? null
}

/** When the step was; the beginning is at 0. */
export function timeAt(recording: Recording, cursor: number): number {
  return recording.steps[Math.min(cursor, recording.steps.length - 1)]?.atT ?? 0
}

/** When a message that is under way will arrive, as it looked after so many steps. */
export function plannedT(flight: Flight, cursor: number): number {
  return flight.plans.findLast((plan) => plan.fromStep <= cursor)?.atT ?? flight.sentAtT
}
