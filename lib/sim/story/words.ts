/** This file words what happened in a story: events, steps, and a whole story line by line. */
import { eventsOf, type Flight, type Mark, type Story, type StoryEvent } from './story.ts'

/** Longer stories are told from their end. */
const stepsMaxDefault = 60

/** The first step that is told when only so many are. */
export function firstTold({ steps }: Story, stepsMax = stepsMaxDefault): number {
  return Math.max(1, steps.length - stepsMax)
}

const verbs: Readonly<Record<Exclude<Mark, 'sends' | 'receives' | 'enters'>, string>> = {
  starts: 'starts',
  joins: 'is a member',
  dies: 'crashes',
  pauses: 'stands still',
  resumes: 'goes on',
  closes: 'leaves the cluster',
  view: 'takes up a view',
  asks: 'asks',
  withdraws: 'withdraws',
  refused: 'is refused',
  leaves: 'leaves',
  lost: 'loses its hold',
  admitted: 'is admitted',
  'turned away': 'is turned away',
  broken: 'breaks a promise',
}

/** A message in short: `request 3·A`. */
export function messageText({ kind, content }: Pick<Flight, 'kind' | 'content'>): string {
  return content === '' ? kind : `${kind} ${content}`
}

/** What a node does in an event: `receives reply 3·A from B`. */
export function deedText({ nodes, flights }: Story, { kind, message, fence }: StoryEvent): string {
  const flight = flights[message - 1]
  switch (kind) {
    case 'sends':
      return flight === undefined ? 'sends' : `sends ${messageText(flight)} to ${nodes[flight.to]}`
    case 'receives':
      return flight === undefined ? 'receives' : `receives ${messageText(flight)} from ${nodes[flight.from]}`
    case 'enters':
      return fence === '' ? 'enters' : `enters with fence ${fence}`
    default:
      return verbs[kind]
  }
}

/** What happened first in a step. */
export interface Head {
  /** A sentence without its full stop. */
  readonly text: string
  /** The place of the node that did it. */
  readonly node: number
  /** Whether it is the first event of the step. */
  readonly isEvent?: boolean
}

/**
 * What happened in a step, by its events: the first one, and what came of it. A message to several nodes is told once.
 *
 * @param head the first of it in other words than those of its event, or where it is no event.
 */
export function happened(story: Story, step: number, head: Head | null = null): string {
  const events = eventsOf(story, step)
  const first = head === null ? events[0] : undefined
  const actor = head?.node ?? first?.node
  const said = head?.text ?? (first === undefined ? '' : `${story.nodes[first.node]} ${deedText(story, first)}`)
  const came: string[] = []
  const receivers = new Map<string, string[]>()
  for (const event of events.slice(first !== undefined || head?.isEvent === true ? 1 : 0)) {
    const who = event.node === actor ? '' : `${story.nodes[event.node]} `
    const flight = event.kind === 'sends' ? story.flights[event.message - 1] : undefined
    if (flight === undefined) {
      came.push(`${who}${deedText(story, event)}`)
      continue
    }
    const what = `${who}sends ${messageText(flight)}`
    const to = receivers.get(what) ?? []
    to.push(story.nodes[flight.to] as string)
    if (receivers.has(what)) continue
    receivers.set(what, to)
    came.push(what)
  }
  const told = came.map((what) => (receivers.has(what) ? `${what} to ${listText(receivers.get(what) ?? [])}` : what))
  return told.length === 0 ? said : `${said}: ${told.join(', ')}`
}

/** A story in lines, a line a step; then what is still on its way, and what must not be. */
export function narrate(story: Story, stepsMax?: number): string[] {
  const from = firstTold(story, stepsMax)
  const wrong = story.breaches.map(({ text }) => text)
  const lines = story.steps.slice(from).flatMap(({ text }, i) => (wrong.includes(text) ? [] : [`${from + i}. ${text}`]))
  if (from > 1) lines.unshift(`… ${from - 1} steps before`)
  const late = story.flights.filter(({ end }) => end === 'under way')
  const lateText = (flight: Flight): string =>
    `${messageText(flight)} from ${story.nodes[flight.from]} to ${story.nodes[flight.to]}`
  if (late.length > 0 && late.length <= 8) lines.push(`Still on its way: ${late.map(lateText).join('; ')}`)
  return [...lines, ...wrong]
}

/** `A, B and C`. */
export function listText(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'no site') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
