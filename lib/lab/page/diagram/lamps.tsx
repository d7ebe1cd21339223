/** This file shows a lamp for each property. */
import { lampsAt } from '../../scenario/lamps.ts'
import type { DiagramSession } from './session.ts'

const signs = { kept: '✓', dim: '–', broken: '✕' } as const
const words = { kept: 'kept', dim: 'missing', broken: 'broken' } as const

export function Lamps({ session }: { readonly session: DiagramSession }) {
  return (
    <section class="panel" aria-labelledby="lamps-title">
      <h2 id="lamps-title">Promises</h2>
      <ul class="lamps">
        {lampsAt(session.recording, session.cursor).map(({ property, label, light, text }) => (
          <li key={property} class={`lamp ${light}`} data-property={property} data-light={light}>
            <span class="bulb" aria-hidden="true">
              {signs[light]}
            </span>
            <span>
              <strong>{label}</strong>
              <span class="hidden">: {words[light]}</span>
              <small>{text}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
