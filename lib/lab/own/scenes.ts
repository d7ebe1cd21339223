/**
 * This file replays a counterexample step by step into a narrative: each step with its effects. Texts and diagrams are made from
 * narratives.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Body } from '../../mutex/contract.ts'
import type { Parcel } from '../../sim/explorer/post.ts'
import type { Situation, Step } from '../../sim/explorer/situation.ts'
import { GlobalState } from '../../sim/explorer/global-state.ts'
import { brokenBy } from '../../sim/explorer/rules.ts'

/** What a site is doing. */
export type Activity = 'out' | 'waiting' | 'inside'

/** A message of a story; scenes are counted from 1. */
export interface SentMessage {
  readonly from: NodeId
  readonly to: NodeId
  /** Its kind and what else it says. */
  readonly text: string
  readonly sentIn: number
  /** 0 when it is still on its way at the end. */
  arrivedIn: number
}

/** One step and what came of it. */
export interface NarrativeStep {
  readonly number: number
  /** Whose step it was. */
  readonly at: NodeId
  readonly does: 'asks' | 'leaves' | 'withdraws' | 'receives' | 'goes on'
  /** The message that arrived. */
  readonly arrived: SentMessage | null
  /** What was sent in this step. */
  readonly sent: readonly SentMessage[]
  /** Who entered in this step. */
  readonly entered: readonly NodeId[]
  /** What each site is doing afterwards, in the order of the sites. */
  readonly lanes: readonly Activity[]
}

/** A story: who there is, what happened, and what must not have happened. */
export interface Narrative {
  readonly sites: readonly NodeId[]
  readonly scenes: readonly NarrativeStep[]
  readonly flights: readonly SentMessage[]
  readonly problem: string
}

/** Plays the steps and writes down what comes of them. */
export function narrativeOf(situation: Situation, steps: readonly Step[], problem: string): Narrative {
  const flights = new Map<Parcel, SentMessage>()
  const scenes: NarrativeStep[] = []
  let state: GlobalState | null = null
  brokenBy(() => {
    state = new GlobalState(situation)
  })
  const sites = situation.wishes.map((_, i) => String.fromCharCode(97 + i))
  if (state === null) return { sites, scenes, flights: [], problem }
  const played: GlobalState = state
  note(played, flights, 0)
  for (const step of steps) scenes.push(sceneOf(played, step, scenes.length + 1, flights))
  return { sites, scenes, flights: [...flights.values()], problem }
}

function sceneOf(state: GlobalState, step: Step, number: number, flights: Map<Parcel, SentMessage>): NarrativeStep {
  const before = state.ids.map((id) => state.seat(id).inside)
  const parcel = 'to' in step ? state.queue(step.from, step.to)[step.nth ?? 0] : undefined
  const arrived = (parcel && flights.get(parcel)) ?? null
  if (arrived !== null) arrived.arrivedIn = number
  brokenBy(() => state.take(step))
  const sent = note(state, flights, number)
  const entered = state.ids.filter((id, i) => state.seat(id).inside > (before[i] ?? 0))
  const lanes = state.ids.map((id): Activity => {
    const { inside, pending } = state.seat(id)
    return inside > 0 ? 'inside' : pending === null ? 'out' : 'waiting'
  })
  return { number, at: 'to' in step ? step.to : step.at, does: doesOf(step), arrived, sent, entered, lanes }
}

function doesOf(step: Step): NarrativeStep['does'] {
  switch (step.do) {
    case 'request':
      return 'asks'
    case 'release':
      return 'leaves'
    case 'cancel':
      return 'withdraws'
    case 'deliver':
      return 'receives'
    default:
      return 'goes on'
  }
}

/** What is on its way and was not before. */
function note(state: GlobalState, flights: Map<Parcel, SentMessage>, sentIn: number): SentMessage[] {
  const found: SentMessage[] = []
  for (const from of state.ids) {
    for (const to of state.ids) {
      for (const parcel of state.queue(from, to)) {
        if (flights.has(parcel)) continue
        const flight = { from, to, text: bodyText(parcel.body), sentIn, arrivedIn: 0 }
        flights.set(parcel, flight)
        found.push(flight)
      }
    }
  }
  return found
}

const textMax = 60

/** `request { time: 1 }` */
export function bodyText(body: Body): string {
  const { kind, ...rest } = body
  const inner = Object.entries(rest).map(([name, value]) => `${name}: ${valueText(value)}`)
  const text = inner.length === 0 ? kind : `${kind} { ${inner.join(', ')} }`
  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text
}

function valueText(value: unknown): string {
  if (value instanceof Map) return `{ ${[...value].map(([key, each]) => `${String(key)}: ${valueText(each)}`).join(', ')} }`
  if (value instanceof Set) return `{ ${[...value].map(valueText).join(', ')} }`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = Object.entries(value).map(([name, each]) => `${name}: ${valueText(each)}`)
  return `{ ${inner.join(', ')} }`
}
