/** This file shows the events as a table, the latest first, a limited number of rows at a time. */
import { useState } from 'preact/hooks'
import { eventText, timeText } from '../../scenario/words.ts'
import type { DiagramSession } from './session.ts'

const pageRows = 50

export function EventTable({ session }: { readonly session: DiagramSession }) {
  const [isOpen, setOpen] = useState(false)
  const [rows, setRows] = useState(pageRows)
  const { recording, cursor, selected } = session
  const count = recording.steps[cursor]?.eventsTo ?? 0
  return (
    <details class="events" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {count} {count === 1 ? 'event' : 'events'} as a table
      </summary>
      {isOpen && (
        <section class="rows" aria-label="Events, the latest first">
          <table>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Time</th>
                <th scope="col">What happened</th>
                <th scope="col">Lamport</th>
                <th scope="col">Vector</th>
              </tr>
            </thead>
            <tbody>
              {recording.events
                .slice(Math.max(0, count - rows), count)
                .reverse()
                .map((event) => (
                  <tr key={event.index} class={selected?.kind === 'event' && selected.event === event.index ? 'chosen' : ''}>
                    <td>{event.step}</td>
                    <td>{timeText(event.at)}</td>
                    <td>
                      <button type="button" class="plain" onClick={() => session.select({ kind: 'event', event: event.index })}>
                        {eventText(recording, event)}
                      </button>
                    </td>
                    <td>{event.lamport}</td>
                    <td>{event.vector.join(' ')}</td>
                  </tr>
                ))}
            </tbody>
          </table>
          {count > rows && (
            <button type="button" onClick={() => setRows(rows + pageRows * 4)}>
              Earlier events ({count - rows} more)
            </button>
          )}
        </section>
      )}
    </details>
  )
}
