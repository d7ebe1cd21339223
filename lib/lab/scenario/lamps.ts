/** This file computes a lamp for each property: what is promised of every run, and whether it has been kept so far. */
import { isNow, type StepBreach } from '../../sim/story/story.ts'
import { listText } from '../../sim/story/words.ts'
import type { Guarantee, Recording } from './recording.ts'

/** One lamp. */
export interface Lamp {
  readonly property: Guarantee
  readonly label: string
  /** `dim`: nothing is broken, but a part is missing, such as the token. */
  readonly light: 'kept' | 'dim' | 'broken'
  /** What it says beside its label. */
  readonly text: string
}

const labels: Readonly<Record<Guarantee, string>> = {
  exclusion: 'At most one inside',
  'fences rise': 'Fences rise',
  'one token': 'One token',
  liveness: 'No node waits for ever',
  'wrong move': 'The algorithm keeps its contract',
}

/** The lamps after so many steps: `one token` only where there is a token, `wrong move` only when one was made. */
export function lampsAt(recording: Recording, cursor: number): Lamp[] {
  const broken = new Map<string, StepBreach>()
  for (const breach of recording.breaches) {
    if (breach.step <= cursor && !broken.has(breach.property) && !isMended(recording, breach, cursor))
      broken.set(breach.property, breach)
  }
  const shown: Guarantee[] = ['exclusion', 'fences rise', 'liveness']
  if (recording.hasToken) shown.push('one token')
  if (broken.has('wrong move')) shown.push('wrong move')
  return shown.map((property) => {
    const breach = broken.get(property)
    const label = labels[property]
    if (breach !== undefined) return { property, label, light: 'broken', text: `step ${breach.step}: ${breach.text}` }
    if (property === 'one token') return { property, label, ...tokenText(recording, cursor) }
    return { property, label, light: 'kept', text: keptText(recording, property, cursor) }
  })
}

/** Who waited in vain does so no more once another node entered after that: a view change may have helped. */
function isMended(recording: Recording, breach: StepBreach, cursor: number): boolean {
  if (breach.property !== 'liveness') return false
  return recording.events.some(({ kind, step }) => kind === 'enters' && step > breach.step && step <= cursor)
}

function keptText(recording: Recording, property: Guarantee, cursor: number): string {
  if (property === 'exclusion') {
    const inside = nodesIn(recording, 'inside', cursor)
    return inside.length === 0 ? 'no node is inside' : `${listText(inside)} is inside`
  }
  if (property === 'fences rise') {
    const last = recording.spans.findLast((span) => span.kind === 'inside' && span.fromStep <= cursor)
    return last === undefined ? 'no node has entered' : `the last is ${last.fence}`
  }
  const waiting = nodesIn(recording, 'waiting', cursor)
  const isEnd = recording.isOver && cursor === recording.steps.length - 1
  if (waiting.length === 0) return isEnd ? 'and nothing is left to happen' : 'no node waits'
  return `${listText(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}${isEnd ? ', until you act' : ''}`
}

function tokenText(recording: Recording, cursor: number): { light: Lamp['light']; text: string } {
  const at = nodesIn(recording, 'token', cursor)
  if (at.length > 0) return { light: 'kept', text: `at ${listText(at)}` }
  const flight = recording.flights.find((each) => each.isToken && isNow(each, cursor))
  if (flight === undefined) return { light: 'dim', text: 'the token is gone' }
  return { light: 'kept', text: `on its way to ${recording.nodes[flight.to]}` }
}

function nodesIn(recording: Recording, kind: 'inside' | 'waiting' | 'token', cursor: number): string[] {
  const spans = recording.spans.filter((span) => span.kind === kind && isNow(span, cursor))
  return spans.map((span) => recording.nodes[span.node] as string).sort()
}
