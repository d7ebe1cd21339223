/** This file shows what the reader can do to the network and to the view. */
import { useEffect, useState } from 'preact/hooks'
import { isNow } from '../../../sim/story/story.ts'
import type { DiagramSession } from './session.ts'

export function Network({ session }: { readonly session: DiagramSession }) {
  const { recording, cursor, scenario } = session
  const { nodes } = recording
  const halves = `${nodes.slice(0, Math.ceil(nodes.length / 2)).join(' ')} | ${nodes.slice(Math.ceil(nodes.length / 2)).join(' ')}`
  const [text, setText] = useState(halves)
  useEffect(() => setText(halves), [nodes.length])
  const parts = text
    .split('|')
    .map((part) => part.split(/[\s,]+/).filter((id) => id !== ''))
    .filter((part) => part.length > 0)
  const named = parts.flat()
  const stranger = named.find((id) => !nodes.includes(id))
  const isTwice = new Set(named).size < named.length
  const hint =
    stranger !== undefined
      ? `there is no ${stranger}`
      : isTwice
        ? 'a node is in two parts'
        : parts.length === 0
          ? 'name a part'
          : null
  const isParted = recording.parted.some((parted) => isNow(parted, cursor))
  return (
    <section class="panel" aria-labelledby="network-title">
      <h2 id="network-title">Network</h2>
      <label class="parts">
        <span>Parts, nodes by name</span>
        <input type="text" value={text} aria-invalid={hint !== null} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {hint !== null && <p class="quiet">{hint}</p>}
      <div class="group">
        <button type="button" disabled={hint !== null} onClick={() => session.perform({ kind: 'partition', parts })}>
          Part
        </button>
        <button type="button" title="h" disabled={!isParted} onClick={() => session.perform({ kind: 'heal' })}>
          Heal
        </button>
        <button type="button" title="v" onClick={() => session.perform({ kind: 'view' })}>
          Change view
        </button>
      </div>
      {scenario.interventions.length > 0 && (
        <p>
          <button type="button" onClick={() => session.begin({ ...scenario, interventions: [] }, cursor)}>
            Undo all {scenario.interventions.length} interventions
          </button>
        </p>
      )}
    </section>
  )
}
