/** This file records the story of an exploration's steps: it takes them once more, and writes down what comes of each. */
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import type { Body } from '../../mutex/contract.ts'
import { stampIn } from '../../mutex/stamped.ts'
import { contentOf } from '../story/value-text.ts'
import { type Head, happened } from '../story/words.ts'
import { type OpenFlight, StoryWriter } from '../story/writer.ts'
import type { Story } from '../story/story.ts'
import { GlobalState } from './global-state.ts'
import type { Parcel } from './post.ts'
import { brokenBy, type RuleBreach } from './rules.ts'
import type { Situation, Step, StepOfMessage } from './situation.ts'

/** Plays the steps and records what comes of them, up to the rule that they break. */
export function storyOfSteps(situation: Situation, steps: readonly Step[], { rule, problem }: RuleBreach): Story {
  const sites = situation.wishes.map((_, i) => String.fromCharCode(97 + i))
  const writer = new StoryWriter(situation.kind.name, 'steps', sites, () => writer.step)
  brokenBy(() => new StepRecorder(new GlobalState(situation), writer).record(steps))
  // A step of its own, so that what it was like before can be seen.
  writer.breach(rule, problem)
  writer.endStep(problem)
  return writer.story
}

class StepRecorder {
  private readonly state: GlobalState
  private readonly writer: StoryWriter
  private readonly flights = new Map<Parcel, OpenFlight>()

  constructor(state: GlobalState, writer: StoryWriter) {
    this.state = state
    this.writer = writer
  }

  record(steps: readonly Step[]): void {
    this.noteSent()
    this.writer.endStep()
    for (const step of steps) this.recordStep(step)
  }

  private recordStep(step: Step): void {
    const { state, writer } = this
    const before = state.ids.map((id) => state.seat(id).inside)
    const head = this.headOf(step)
    brokenBy(() => state.take(step))
    for (const [node, id] of state.ids.entries()) if (state.seat(id).inside > (before[node] ?? 0)) writer.event(node, 'enters')
    this.noteSent()
    for (const [node, id] of state.ids.entries()) {
      const { inside, pending } = state.seat(id)
      if (state.isOver(id)) writer.become(node, ['gone'])
      else writer.become(node, inside > 0 ? ['inside'] : pending.length === 0 ? [] : ['waiting'])
    }
    writer.endStep(happened(writer, writer.step, head))
  }

  /** What the step itself is: an event, or a sentence if no kind of event fits. */
  private headOf(step: Step): Head | null {
    if ('to' in step) return this.headOfMessage(step)
    const { writer, state } = this
    const { at } = step
    const node = state.ids.indexOf(at)
    switch (step.do) {
      case 'request': {
        writer.event(node, 'asks')
        const wish = state.seat(at).wishes[0]
        if (wish === undefined || (wish.mode === 'exclusive' && wish.ifFree !== true)) return null
        const mode = typeof wish.mode === 'number' ? `one of ${wish.mode} permits` : `${wish.mode}`
        return { node, text: `${at} asks for ${mode}${wish.ifFree === true ? ', if it is free' : ''}`, isEvent: true }
      }
      case 'release':
        writer.event(node, 'leaves')
        return null
      case 'cancel':
        writer.event(node, 'withdraws')
        return null
      case 'wake':
        writer.event(node, 'resumes')
        return null
      case 'suspect':
        return { node, text: `${at} suspects ${step.peer}` }
      case 'hear':
        return { node, text: `${at} hears ${step.peer} again` }
      default:
        return { node, text: sentences[step.do](at) }
    }
  }

  private headOfMessage({ do: what, from, to, nth }: StepOfMessage): Head | null {
    const { state, writer, flights } = this
    const parcel = state.queue(from, to)[nth ?? 0]
    const flight = parcel && flights.get(parcel)
    if (flight === undefined) return null
    if (what === 'deliver') {
      writer.arrive(flight)
      return null
    }
    writer.lose(flight, 'loss')
    return { node: flight.from, text: `${flight.kind} from ${from} to ${to} is lost` }
  }

  /** What is on its way and was not before, and what is forgotten with its view. */
  private noteSent(): void {
    const { state, writer, flights } = this
    const left = new Set(flights.keys())
    for (const [sender, from] of state.ids.entries()) {
      for (const [receiver, to] of state.ids.entries()) {
        for (const parcel of state.queue(from, to)) {
          left.delete(parcel)
          if (flights.has(parcel)) continue
          flights.set(parcel, writer.send(sender, receiver, { ...messageOf(parcel.body), isToken: false }))
        }
      }
    }
    for (const parcel of left) {
      const flight = flights.get(parcel)
      if (flight?.end === 'under way') writer.lose(flight, 'old view')
    }
  }
}

const sentences: Readonly<
  Record<'rest' | 'stop' | 'evict' | 'install' | 'activate' | 'expire' | 'repeat', (at: NodeId) => string>
> = {
  rest: (at) => `${at} has not been used for a while`,
  stop: (at) => `${at} stops for good`,
  evict: (at) => `${at} is cut off; a view without it is decided`,
  install: (at) => `${at} installs the view, and claims`,
  activate: (at) => `${at} begins the view`,
  expire: (at) => `${at}'s session is over`,
  repeat: () => 'a view of the same members is decided',
}

const textMax = 60

/** `request 1·a`, or, of an author's own algorithm, `request { time: 1 }` as it is written there. */
function messageOf(body: Body): { readonly kind: string; readonly content: string } {
  const { kind, ...rest } = body
  if (stampIn(body) !== null) return { kind, content: contentOf(body) }
  const content = Object.keys(rest).length === 0 ? '' : literalText(rest)
  const room = textMax - kind.length - 2
  return { kind, content: content.length > room + 1 ? `${content.slice(0, room)}…` : content }
}

function literalText(value: unknown): string {
  if (value instanceof Mode) return String(value.plain)
  if (value instanceof Set) return `{ ${[...value].map(literalText).join(', ')} }`
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{ ${entries.map(([name, each]) => `${String(name)}: ${literalText(each)}`).join(', ')} }`
}
