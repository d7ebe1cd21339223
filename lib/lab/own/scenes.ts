/** What happened, step by step, for stories and diagrams: each step with what came of it. */
import type { NodeId } from '../../base/ids.ts'
import type { Body } from '../../mutex/contract.ts'
import type { Parcel } from '../../sim/explorer/post.ts'
import type { Situation, Step } from '../../sim/explorer/situation.ts'
import { World } from '../../sim/explorer/world.ts'
import { brokenBy } from '../../sim/explorer/rules.ts'

/** What a site is doing. */
export type Lane = 'out' | 'waiting' | 'inside'

/** A message of a story; scenes are counted from 1. */
export interface Flight {
  readonly from: NodeId
  readonly to: NodeId
  /** Its kind and what else it says. */
  readonly text: string
  readonly sentIn: number
  /** 0 when it is still on its way at the end. */
  arrivedIn: number
}

/** One step and what came of it. */
export interface Scene {
  readonly number: number
  /** Whose step it was. */
  readonly at: NodeId
  readonly does: 'asks' | 'leaves' | 'withdraws' | 'receives' | 'goes on'
  /** The message that arrived. */
  readonly arrived: Flight | null
  /** What was sent in this step. */
  readonly sent: readonly Flight[]
  /** Who entered in this step. */
  readonly entered: readonly NodeId[]
  /** What each site is doing afterwards, in the order of the sites. */
  readonly lanes: readonly Lane[]
}

/** A story: who there is, what happened, and what must not have happened. */
export interface Story {
  readonly sites: readonly NodeId[]
  readonly scenes: readonly Scene[]
  readonly flights: readonly Flight[]
  readonly problem: string
}

/** Plays the steps and writes down what comes of them. */
export function storyOf(situation: Situation, steps: readonly Step[], problem: string): Story {
  const flights = new Map<Parcel, Flight>()
  const scenes: Scene[] = []
  let world: World | null = null
  brokenBy(() => {
    world = new World(situation)
  })
  const sites = situation.wishes.map((_, i) => String.fromCharCode(97 + i))
  if (world === null) return { sites, scenes, flights: [], problem }
  const played: World = world
  note(played, flights, 0)
  for (const step of steps) scenes.push(sceneOf(played, step, scenes.length + 1, flights))
  return { sites, scenes, flights: [...flights.values()], problem }
}

function sceneOf(world: World, step: Step, number: number, flights: Map<Parcel, Flight>): Scene {
  const before = world.ids.map((id) => world.seat(id).inside)
  const parcel = 'to' in step ? world.queue(step.from, step.to)[step.nth ?? 0] : undefined
  const arrived = (parcel && flights.get(parcel)) ?? null
  if (arrived !== null) arrived.arrivedIn = number
  brokenBy(() => world.take(step))
  const sent = note(world, flights, number)
  const entered = world.ids.filter((id, i) => world.seat(id).inside > (before[i] ?? 0))
  const lanes = world.ids.map((id): Lane => {
    const { inside, pending } = world.seat(id)
    return inside > 0 ? 'inside' : pending === null ? 'out' : 'waiting'
  })
  return { number, at: 'to' in step ? step.to : step.at, does: doesOf(step), arrived, sent, entered, lanes }
}

function doesOf(step: Step): Scene['does'] {
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
function note(world: World, flights: Map<Parcel, Flight>, sentIn: number): Flight[] {
  const found: Flight[] = []
  for (const from of world.ids) {
    for (const to of world.ids) {
      for (const parcel of world.queue(from, to)) {
        if (flights.has(parcel)) continue
        const flight = { from, to, text: messageText(parcel.body), sentIn, arrivedIn: 0 }
        flights.set(parcel, flight)
        found.push(flight)
      }
    }
  }
  return found
}

const textMax = 60

/** `request { time: 1 }` */
export function messageText(body: Body): string {
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
