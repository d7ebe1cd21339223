/** This file shows a node beside its line: what it is doing, and the variables of its algorithm. */
import { isNow } from '../../../sim/story/story.ts'
import { stateAt } from '../../scenario/recording.ts'
import type { DiagramSession } from './session.ts'

interface Props {
  readonly session: DiagramSession
  readonly node: number
  /** From lane to lane, in pixels. */
  readonly room: number
  readonly isVertical: boolean
}

/** What a node is doing. */
export type CardState = 'out' | 'waiting' | 'inside' | 'paused' | 'crashed'

export function cardStateOf(session: DiagramSession, node: number): CardState {
  const { recording, cursor } = session
  const spans = recording.spans.filter((span) => span.node === node && isNow(span, cursor))
  const isIn = (kind: string): boolean => spans.some((span) => span.kind === kind)
  if (isIn('gone')) return 'crashed'
  return (['paused', 'inside', 'waiting'] as const).find(isIn) ?? 'out'
}

const words: Readonly<Record<CardState, string>> = {
  out: 'out',
  waiting: 'waits',
  inside: 'inside',
  paused: 'stands still',
  crashed: 'crashed',
}

export function NodeCard({ session, node, room, isVertical }: Props) {
  const { recording, cursor, selected } = session
  const id = recording.nodes[node] as string
  const standing = cardStateOf(session, node)
  const state = stateAt(recording, node, cursor)
  const isSelected = selected?.kind === 'node' && selected.node === node
  const told = (state?.variables ?? []).filter((variable) => !variable.isEmpty)
  const act = actOf(standing)
  return (
    <div
      class={`node ${standing} ${isSelected ? 'chosen' : ''} ${room < 60 && !isVertical ? 'tight' : ''}`}
      style={isVertical ? { width: `${room}px` } : { height: `${room}px`, '--lines': Math.min(4, Math.floor((room - 32) / 16)) }}
    >
      <div class="node-line">
        <button
          type="button"
          class="name"
          aria-pressed={isSelected}
          aria-label={`Node ${id}, ${words[standing]}`}
          onClick={() => session.select(isSelected ? null : { kind: 'node', node })}
        >
          {id}
        </button>
        <span class="standing">{words[standing]}</span>
        {state?.hasToken === true && <span class="token">token</span>}
        {(state?.backlog ?? 0) > 0 && (
          <span class="quiet" title="users who queue behind this one">
            +{state?.backlog}
          </span>
        )}
        {act !== null && (
          <button
            type="button"
            class="act"
            aria-label={`${id}: ${act.text}`}
            onClick={() => session.perform({ kind: act.kind, node: id })}
          >
            {act.text}
          </button>
        )}
      </div>
      <p class="knows" title={told.map(({ name, text }) => `${name}: ${text}`).join('\n')}>
        {told.map(({ name, text }) => (
          <span key={name}>
            <i>{name}</i> {text}{' '}
          </span>
        ))}
      </p>
    </div>
  )
}

/** What a user at that node would do next. */
function actOf(standing: CardState): { kind: 'request' | 'release' | 'cancel' | 'resume'; text: string } | null {
  switch (standing) {
    case 'out':
      return { kind: 'request', text: 'ask' }
    case 'waiting':
      return { kind: 'cancel', text: 'give up' }
    case 'inside':
      return { kind: 'release', text: 'leave' }
    case 'paused':
      return { kind: 'resume', text: 'resume' }
    case 'crashed':
      return null
  }
}
