/** This file words steps, events and messages, for the live region, the table of events, and titles. */
import type { Intervention } from './interventions.ts'
import type { MessageLoss } from '../arena/options.ts'
import { fenceText } from '../arena/fence-text.ts'
import type { Flight, Recording, SiteEvent } from './recording.ts'

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
export function eventText(recording: Recording, event: SiteEvent): string {
  const name = recording.nodes[event.node] as string
  const flight = recording.flights[event.message - 1]
  switch (event.kind) {
    case 'request':
      return `${name} asks`
    case 'cancel':
      return `${name} gives up`
    case 'enter':
      return `${name} enters with fence ${fenceText(event.fence)}`
    case 'leave':
      return `${name} leaves`
    case 'send':
      return flight === undefined ? `${name} sends` : `${name} sends ${messageText(flight)} to ${recording.nodes[flight.to]}`
    case 'arrive':
      return flight === undefined
        ? `${name} receives`
        : `${name} receives ${messageText(flight)} from ${recording.nodes[flight.from]}`
    case 'crash':
      return `${name} crashes`
    case 'pause':
      return `${name} stands still`
    case 'resume':
      return `${name} goes on`
  }
}

/** A message in short: `request 3·A (message 7)`. */
export function messageText(flight: Flight): string {
  const content = flight.content === '' ? '' : ` ${flight.content}`
  return `${flight.kind}${content} (message ${flight.number})`
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

/** Everything about one step, in sentences. Sends of one kind to several are told together. */
export function stepText(recording: Recording, cursor: number): string {
  const step = recording.steps[cursor]
  if (step === undefined || cursor === 0) return 'The beginning: nothing has happened yet.'
  const said = step.done === '' ? [] : [step.done]
  const from = recording.steps[cursor - 1]?.eventsTo ?? 0
  const events = recording.events.slice(from, step.eventsTo)
  for (let at = 0; at < events.length; at++) {
    const event = events[at] as SiteEvent
    const flight = recording.flights[event.message - 1]
    if (event.kind !== 'send' || flight === undefined) {
      const text = eventText(recording, event)
      if (text !== step.done) said.push(text)
      continue
    }
    const to = [recording.nodes[flight.to] as string]
    let next = recording.flights[(events[at + 1]?.message ?? 0) - 1]
    while (events[at + 1]?.kind === 'send' && events[at + 1]?.node === event.node && next?.kind === flight.kind) {
      to.push(recording.nodes[next.to] as string)
      at++
      next = recording.flights[(events[at + 1]?.message ?? 0) - 1]
    }
    const content = flight.content === '' ? '' : ` ${flight.content}`
    said.push(`${recording.nodes[event.node]} sends ${flight.kind}${content} to ${listText(to)}`)
  }
  for (const flight of recording.flights) {
    if (flight.end !== 'lost' || flight.toStep !== cursor || flight.why === null || flight.why === 'dropped') continue
    said.push(`message ${flight.number} to ${recording.nodes[flight.to]} is ${lossText(flight.why)}`)
  }
  for (const view of recording.views) {
    if (view.step === cursor) said.push(`view ${view.epoch} begins with ${listText(view.members)}`)
  }
  for (const breach of recording.breaches) if (breach.step === cursor) said.push(`wrong: ${breach.text}`)
  return `Step ${cursor} at ${timeText(step.atT)}: ${said.join('; ')}.`
}

/** `A, B and C`. */
export function listText(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** A time in units of T. */
export function timeText(atT: number): string {
  return `${atT.toFixed(2)} T`
}
