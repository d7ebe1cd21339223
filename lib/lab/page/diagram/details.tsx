/** This file shows what is selected: an event and its clocks, a message, or a node with its state. */
import { cones } from '../../../sim/story/causality.ts'
import { type Flight, isNow, plannedAt, type StoryEvent } from '../../../sim/story/story.ts'
import { stateAt } from '../../scenario/recording.ts'
import { eventText, lossTexts, timeText } from '../../scenario/words.ts'
import { cardStateOf } from './node-card.tsx'
import type { DiagramSession } from './session.ts'

export function Details({ session }: { readonly session: DiagramSession }) {
  const { selected, recording } = session
  const event = selected?.kind === 'event' ? recording.events[selected.event] : undefined
  const flight = selected?.kind === 'flight' ? recording.flights[selected.number - 1] : undefined
  return (
    <section class="panel" aria-labelledby="details-title">
      <h2 id="details-title">{titleOf(session)}</h2>
      {event !== undefined && <EventDetails session={session} event={event} />}
      {flight !== undefined && <FlightDetails session={session} flight={flight} />}
      {selected?.kind === 'node' && <NodeDetails session={session} node={selected.node} />}
      {selected === null && <UnderWay session={session} />}
    </section>
  )
}

function titleOf({ selected, recording }: DiagramSession): string {
  switch (selected?.kind) {
    case undefined:
      return 'Messages under way'
    case 'event':
      return 'Event'
    case 'flight':
      return `Message ${selected.number}`
    case 'node':
      return `Node ${recording.nodes[selected.node]}`
  }
}

function EventDetails({ session, event }: { readonly session: DiagramSession; readonly event: StoryEvent }) {
  const { recording, cursor } = session
  const counts = cones(recording, event, cursor)
  return (
    <>
      <p>
        {eventText(recording, event)}. <span class="quiet">{`Step ${event.step}, ${timeText(event.at)}`}</span>
      </p>
      <dl class="facts">
        <dt>Lamport clock</dt>
        <dd>{event.lamport}</dd>
        <dt>Vector clock</dt>
        <dd class="vector">
          {recording.nodes.map((id, node) => (
            <span key={id} class={node === event.node ? 'own' : ''}>
              <i>{id}</i> {event.vector[node]}
            </span>
          ))}
        </dd>
      </dl>
      <ul class="cones">
        <li class="past">{counts.past} events happened before it</li>
        <li class="future">{counts.future} happened after it</li>
        <li>{counts.concurrent} are concurrent with it</li>
      </ul>
    </>
  )
}

function FlightDetails({ session, flight }: { readonly session: DiagramSession; readonly flight: Flight }) {
  const { recording, cursor } = session
  const isUnderWay = isNow(flight, cursor)
  const end = isUnderWay
    ? `due at ${timeText(plannedAt(flight, cursor))}`
    : flight.end === 'arrived'
      ? `arrived at ${timeText(flight.endAt)}`
      : flight.why === null
        ? 'lost'
        : `${lossTexts[flight.why]}, at ${timeText(flight.endAt)}`
  const events = [flight.sentEvent, flight.arrivedEvent].filter(
    (index) => index >= 0 && (recording.events[index]?.step ?? 0) <= cursor,
  )
  return (
    <>
      <p>
        <strong>{flight.kind}</strong> {flight.content}
        <br />
        <span class="quiet">{`${recording.nodes[flight.from]} → ${recording.nodes[flight.to]}, sent at ${timeText(flight.sentAt)}, ${end}`}</span>
        {flight.copyOf > 0 && <span class="quiet">{`; a copy of message ${flight.copyOf}`}</span>}
      </p>
      <div class="group">
        {events.map((index) => (
          <button type="button" key={index} onClick={() => session.select({ kind: 'event', event: index })}>
            {index === flight.sentEvent ? 'Its sending' : 'Its arrival'}
          </button>
        ))}
      </div>
    </>
  )
}

function NodeDetails({ session, node }: { readonly session: DiagramSession; readonly node: number }) {
  const { recording, cursor } = session
  const id = recording.nodes[node] as string
  const state = stateAt(recording, node, cursor)
  const standing = cardStateOf(session, node)
  const perform = (kind: 'request' | 'release' | 'cancel' | 'crash' | 'pause' | 'resume') => () =>
    session.perform({ kind, node: id })
  return (
    <>
      {standing !== 'crashed' && (
        <div class="group">
          <button type="button" title="r" disabled={standing === 'paused'} onClick={perform('request')}>
            Ask
          </button>
          <button type="button" title="e" disabled={standing !== 'inside'} onClick={perform('release')}>
            Leave
          </button>
          <button type="button" title="g" disabled={standing !== 'waiting'} onClick={perform('cancel')}>
            Give up
          </button>
          <button type="button" title="p" onClick={perform(standing === 'paused' ? 'resume' : 'pause')}>
            {standing === 'paused' ? 'Resume' : 'Pause'}
          </button>
          <button type="button" title="c" onClick={perform('crash')}>
            Crash
          </button>
        </div>
      )}
      {state !== null && (
        <dl class="facts">
          <dt>clock</dt>
          <dd>{state.clock}</dd>
          <dt>fence counter</dt>
          <dd>{state.counter}</dd>
          <dt>users in the queue</dt>
          <dd>{state.backlog}</dd>
          {state.permissions.length > 0 && (
            <>
              <dt>need not be asked</dt>
              <dd>{state.permissions.join(', ')}</dd>
            </>
          )}
          {state.variables.map(({ name, text, isEmpty }) => (
            <>
              <dt class="own">{name}</dt>
              <dd class={isEmpty ? 'quiet' : ''}>{text}</dd>
            </>
          ))}
        </dl>
      )}
    </>
  )
}

const shownMax = 12

function UnderWay({ session }: { readonly session: DiagramSession }) {
  const { recording, cursor } = session
  const flights = recording.flights.filter((flight) => isNow(flight, cursor))
  if (flights.length === 0) return <p class="quiet">None. Click an event, a message or a node to learn more.</p>
  flights.sort((a, b) => plannedAt(a, cursor) - plannedAt(b, cursor))
  return (
    <ul class="flights">
      {flights.slice(0, shownMax).map((flight) => (
        <li key={flight.number}>
          <button type="button" class="plain" onClick={() => session.select({ kind: 'flight', number: flight.number })}>
            <span class={flight.isToken ? 'token-text' : ''}>{flight.kind}</span> {recording.nodes[flight.from]} →{' '}
            {recording.nodes[flight.to]}
            <small>{timeText(plannedAt(flight, cursor))}</small>
          </button>
        </li>
      ))}
      {flights.length > shownMax && <li class="quiet">and {flights.length - shownMax} more</li>}
    </ul>
  )
}
