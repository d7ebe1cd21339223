/** This file is the menu of a message that is under way. It lists what the reader can do to the message. */
import { useState } from 'preact/hooks'
import type { Point } from '../../../sim/story/geometry.ts'
import { type Flight, plannedAt } from '../../../sim/story/story.ts'
import { timeText } from '../../scenario/words.ts'
import type { DiagramSession } from './session.ts'

interface Props {
  readonly session: DiagramSession
  readonly flight: Flight
  readonly at: Point
  /** Width and height of the figure. */
  readonly within: Point
}

const size = { width: 250, height: 96 } as const

export function FlightMenu({ session, flight, at, within }: Props) {
  const [byT, setByT] = useState('2')
  const { number: message } = flight
  const { nodes } = session.recording
  const left = Math.min(Math.max(8, at[0] + 14), Math.max(8, within[0] - size.width - 8))
  const top = Math.min(Math.max(26, at[1] + 12), Math.max(26, within[1] - size.height - 8))
  const delayT = Number(byT)
  return (
    <fieldset class="menu" aria-label={`Message ${message}`} style={{ left: `${left}px`, top: `${top}px` }}>
      <p>
        <strong>{flight.kind}</strong> {flight.content}{' '}
        <span class="quiet">{`${nodes[flight.from]} → ${nodes[flight.to]}, due at ${timeText(plannedAt(flight, session.cursor))}`}</span>
      </p>
      <div class="group">
        <button type="button" title="d" onClick={() => session.perform({ kind: 'deliver', message })}>
          Deliver
        </button>
        <button type="button" title="x" onClick={() => session.perform({ kind: 'drop', message })}>
          Drop
        </button>
        <button type="button" title="u" onClick={() => session.perform({ kind: 'duplicate', message })}>
          Duplicate
        </button>
      </div>
      <div class="group">
        <button
          type="button"
          title="l"
          disabled={!(Number.isFinite(delayT) && delayT > 0)}
          onClick={() => session.perform({ kind: 'delay', message, byT: delayT })}
        >
          Delay by
        </button>
        <input
          type="number"
          aria-label="Delay in T"
          min="0.1"
          step="0.5"
          value={byT}
          onInput={(event) => setByT(event.currentTarget.value)}
        />{' '}
        T
      </div>
    </fieldset>
  )
}
