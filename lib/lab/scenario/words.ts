/** This file words steps, events and messages, for the live region, the table of events, and titles. */
import type { MessageLoss, Story, StoryEvent } from '../../sim/story/story.ts'
import { deedText, happened, listText } from '../../sim/story/words.ts'
import type { Intervention } from './interventions.ts'

/** An intervention, as a sentence without its full stop. */
export function doneText(done: Intervention): string {
  switch (done.kind) {
    case 'request':
      return `a user comes to ${done.node}`
    case 'release':
      return `${done.node} is made to leave`
    case 'cancel':
      return `${done.node} is made to give up`
    case 'crash':
      return `${done.node} crashes`
    case 'pause':
      return `${done.node} is paused`
    case 'resume':
      return `${done.node} is resumed`
    case 'deliver':
      return `message ${done.message} is delivered at once`
    case 'drop':
      return `message ${done.message} is dropped`
    case 'duplicate':
      return `message ${done.message} is duplicated`
    case 'delay':
      return `message ${done.message} is delayed by ${timeText(done.byT)}`
    case 'partition':
      return `the network is parted: ${done.parts.map((part) => part.join(' ')).join(' | ')}`
    case 'heal':
      return 'the network is whole again'
    case 'view':
      return 'the view changes'
  }
}

/** An event, as a sentence without its full stop. */
export function eventText(story: Story, event: StoryEvent): string {
  const number = event.message > 0 ? ` (message ${event.message})` : ''
  return `${story.nodes[event.node]} ${deedText(story, event)}${number}`
}

/** Why a message was lost. */
export function lossText(why: MessageLoss): string {
  switch (why) {
    case 'loss':
      return 'lost by the network'
    case 'partition':
      return 'lost between the parts'
    case 'crash':
      return 'lost: its receiver has crashed'
    case 'dropped':
      return 'dropped'
    case 'old view':
      return 'of an old view: forgotten'
  }
}

/** What happens in the step that is being written: what is done to the run, what the nodes do, and what is lost. */
export function recordedText(story: Story, done: string, lost: readonly string[]): string {
  const step = story.steps.length
  const deeds = happened(story, step)
  const views = story.views.filter((view) => view.step === step)
  const begun = views.map(({ epoch, members }) => `view ${epoch} begins with ${listText(members)}`)
  return [done, deeds === done ? '' : deeds, ...lost, ...begun].filter((text) => text !== '').join('; ')
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
