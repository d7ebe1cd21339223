/** This file words steps, events and messages, for the live region, the table of events, and titles. */
import type { MessageLoss, Story, StoryEvent } from '../../sim/story/story.ts'
import { deedText, happened, listText } from '../../sim/story/words.ts'
import type { Intervention } from './interventions.ts'

const deeds: { readonly [Kind in Intervention['kind']]: (done: Extract<Intervention, { readonly kind: Kind }>) => string } = {
  request: ({ node }) => `a user comes to ${node}`,
  release: ({ node }) => `${node} is made to leave`,
  cancel: ({ node }) => `${node} is made to give up`,
  crash: ({ node }) => `${node} crashes`,
  pause: ({ node }) => `${node} is paused`,
  resume: ({ node }) => `${node} is resumed`,
  deliver: ({ message }) => `message ${message} is delivered at once`,
  drop: ({ message }) => `message ${message} is dropped`,
  duplicate: ({ message }) => `message ${message} is duplicated`,
  delay: ({ message, byT }) => `message ${message} is delayed by ${timeText(byT)}`,
  partition: ({ parts }) => `the network is parted: ${parts.map((part) => part.join(' ')).join(' | ')}`,
  heal: () => 'the network is whole again',
  view: () => 'the view changes',
}

/** An intervention, as a sentence without its full stop. */
export function doneText(done: Intervention): string {
  return (deeds[done.kind] as (done: Intervention) => string)(done)
}

/** An event, as a sentence without its full stop. */
export function eventText(story: Story, event: StoryEvent): string {
  const number = event.message > 0 ? ` (message ${event.message})` : ''
  return `${story.nodes[event.node]} ${deedText(story, event)}${number}`
}

/** Why a message was lost. */
export const lossTexts: { readonly [Why in MessageLoss]: string } = {
  loss: 'lost by the network',
  partition: 'lost between the parts',
  crash: 'lost: its receiver has crashed',
  dropped: 'dropped',
  'old view': 'of an old view: forgotten',
}

/** What happens in the step that is being written: what is done to the run, what the nodes do, and what is lost. */
export function recordedText(story: Story, done: string, lost: readonly string[]): string {
  const step = story.steps.length
  const moves = happened(story, step)
  const views = story.views.filter((view) => view.step === step)
  const begun = views.map(({ epoch, members }) => `view ${epoch} begins with ${listText(members)}`)
  return [done, moves === done ? '' : moves, ...lost, ...begun].filter((text) => text !== '').join('; ')
}

/** Everything about one step, in sentences. */
export function stepText(story: Story, cursor: number): string {
  const step = story.steps[cursor]
  if (step === undefined || cursor === 0) return 'The beginning: nothing has happened yet.'
  const wrong = story.breaches.filter((breach) => breach.step === cursor).map(({ text }) => `wrong: ${text}`)
  return `Step ${cursor} at ${timeText(step.at)}: ${[step.text, ...wrong].filter((text) => text !== '').join('; ')}.`
}

/** A time in units of T. */
export function timeText(atT: number): string {
  return `${atT.toFixed(2)} T`
}
