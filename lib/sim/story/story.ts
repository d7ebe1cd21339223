/**
 * This file declares a story: what happened in a run, step by step, as plain data. The simulator, the explorer and the lab's
 * arena each record one; text, figures and logs are made from stories alone. Each item knows the steps between which it is true
 * (`fromStep <= cursor < toStep`). So the run can be shown as it was after any step without being played again.
 */

/** Not yet: the step after the last one. */
export const later = Number.POSITIVE_INFINITY

/** What happens to a node at a moment: a point on its line. */
export type Mark =
  | 'starts'
  | 'joins'
  | 'dies'
  | 'pauses'
  | 'resumes'
  | 'closes'
  | 'view'
  | 'asks'
  | 'withdraws'
  | 'enters'
  | 'refused'
  | 'leaves'
  | 'lost'
  | 'admitted'
  | 'turned away'
  | 'sends'
  | 'receives'
  | 'broken'

/** What happened at a node: an event in Lamport's sense. */
export interface StoryEvent {
  /** Its place among all events, from 0. */
  readonly index: number
  /** The step that it belongs to. */
  readonly step: number
  /** When, in the story's unit. */
  readonly at: number
  /** The node's place. */
  readonly node: number
  /** What happened. */
  readonly kind: Mark
  /** The number of the message that it `sends` or `receives`; else -1. */
  readonly message: number
  /** Lamport 1978: above everything that happened before. */
  readonly lamport: number
  /** Fidge 1988, Mattern 1989: how many events of each node happened before, or are this one. */
  readonly vector: Uint32Array
  /** The fence with which it `enters`; else empty. */
  readonly fence: string
}

/** Why a message does not arrive. */
export type MessageLoss = 'loss' | 'partition' | 'crash' | 'dropped' | 'old view'

/** When a message will arrive, as long as nothing is done to it. */
export interface ArrivalPlan {
  /** The step from which on that is known. */
  readonly fromStep: number
  /** When it will arrive. */
  readonly at: number
}

/** A message, from its sending to its arrival or its loss. Places are those of nodes; steps and times as for events. */
export interface Flight {
  /** From 1, in the order of sending. */
  readonly number: number
  /** The sender. */
  readonly from: number
  /** The receiver. */
  readonly to: number
  /** The kind of message. */
  readonly kind: string
  /** What else it says, to be read. */
  readonly content: string
  /** Whether it is the token. */
  readonly isToken: boolean
  /** The event of its sending. */
  readonly sentEvent: number
  /** The step of its sending. */
  readonly fromStep: number
  /** When it was sent. */
  readonly sentAt: number
  /** When it will arrive without an intervention, as was known from each step on. */
  readonly plans: readonly ArrivalPlan[]
  /** The step of its end. */
  readonly toStep: number
  /** When it ended. */
  readonly endAt: number
  /** How it ended. */
  readonly end: 'under way' | 'arrived' | 'lost'
  /** Why it was lost; null if it was not. */
  readonly why: MessageLoss | null
  /** -1 if it never arrived. */
  readonly arrivedEvent: number
  /** The message that it is a second copy of; 0 for an original. */
  readonly copyOf: number
}

/** What a node is for a while. A node with none of these is alive, and wants nothing. */
export type SpanKind = 'absent' | 'gone' | 'paused' | 'waiting' | 'inside' | 'sharing' | 'deluded' | 'token'

/** A stretch of a node's line. */
export interface Span {
  /** The node's place. */
  readonly node: number
  /** What the node is meanwhile. */
  readonly kind: SpanKind
  /** The first step in which that is so. */
  readonly fromStep: number
  /** When it begins. */
  readonly fromAt: number
  /** The first step in which it is no longer so. */
  readonly toStep: number
  /** When it ends. */
  readonly toAt: number
  /** Of `inside`; else empty. */
  readonly fence: string
}

/** The network in parts: messages between them are lost. A node that no part names is in a part of its own. */
export interface Parted {
  /** The names of the nodes in each part. */
  readonly parts: readonly (readonly string[])[]
  /** The first step in which it is parted so. */
  readonly fromStep: number
  /** When it begins. */
  readonly fromAt: number
  /** The first step in which it is no longer parted so. */
  readonly toStep: number
  /** When it ends. */
  readonly toAt: number
}

/** A new view began. */
export interface ViewMark {
  /** The step in which it began. */
  readonly step: number
  /** When it began. */
  readonly at: number
  /** Its number. */
  readonly epoch: number
  /** The names of its members. */
  readonly members: readonly string[]
}

/** A broken promise. */
export interface Breach {
  /** Which promise: the name of a property or a rule. */
  readonly property: string
  /** When, in the unit of the run. */
  readonly at: number
  /** A sentence that names the sites. */
  readonly text: string
}

/** A promise that was broken in a step of the story. */
export interface StepBreach extends Breach {
  /** The step. */
  readonly step: number
}

/** One step. */
export interface StoryStep {
  /** When, in the story's unit. */
  readonly at: number
  /** Events with an index of this and above are of later steps. */
  readonly eventsTo: number
  /** What happened, as a sentence without its full stop; empty where the events say it. */
  readonly text: string
}

/** What happened in a run. */
export interface Story {
  /** What is told of: an algorithm, or a run. */
  readonly title: string
  /** What times are measured in: `T` is the mean delay of a message; `steps` has no other time than the order. */
  readonly unit: 'ms' | 'T' | 'steps'
  /** The names of the nodes; everything else names a node by its place among them. */
  readonly nodes: readonly string[]
  /** By the number of steps taken: the first is the beginning. */
  readonly steps: readonly StoryStep[]
  /** What happened at the nodes, in order. */
  readonly events: readonly StoryEvent[]
  /** The messages by number, less one. */
  readonly flights: readonly Flight[]
  /** What the nodes were for a while. */
  readonly spans: readonly Span[]
  /** When the network was parted. */
  readonly parted: readonly Parted[]
  /** The views that began. */
  readonly views: readonly ViewMark[]
  /** The promises that were broken. */
  readonly breaches: readonly StepBreach[]
}

/** Whether an item is true after so many steps. */
export function isNow(item: { readonly fromStep: number; readonly toStep: number }, cursor: number): boolean {
  return item.fromStep <= cursor && cursor < item.toStep
}

/** When the step was; the beginning is at 0. */
export function timeAt({ steps }: Story, cursor: number): number {
  return steps[Math.min(cursor, steps.length - 1)]?.at ?? 0
}

/** When a message that is under way will arrive, as it looked after so many steps. */
export function plannedAt(flight: Flight, cursor: number): number {
  return flight.plans.findLast((plan) => plan.fromStep <= cursor)?.at ?? flight.sentAt
}

/** The events of one step. */
export function eventsOf({ steps, events }: Story, step: number): readonly StoryEvent[] {
  return events.slice(steps[step - 1]?.eventsTo ?? 0, steps[step]?.eventsTo)
}
