/** This file is the table of keys. The help shows it, and the handler follows it. */
import { useEffect, useRef } from 'preact/hooks'
import { isNow } from '../../../sim/story/story.ts'
import type { Playback } from './playback.ts'
import type { DiagramSession } from './session.ts'
import type { Layout } from './window.ts'

/** What keys act upon. */
export interface Keyboard {
  readonly session: DiagramSession
  readonly playback: Playback
  zoom(factor: number): void
  fitAll(): void
  setLayout(change: (before: Layout) => Layout): void
  toggleHelp(): void
  closeHelp(): void
}

interface Binding {
  readonly keys: readonly string[]
  readonly text: string
  act(keyboard: Keyboard, key: string): void
}

/** Every key, in the order in which the help tells them. */
export const bindings: readonly Binding[] = [
  { keys: ['ArrowRight', '.'], text: 'one step on', act: ({ session }) => session.step() },
  { keys: ['ArrowLeft', ','], text: 'one step back', act: ({ session }) => session.back() },
  { keys: [' '], text: 'play, pause', act: ({ playback }) => playback.toggle() },
  { keys: ['Home'], text: 'to the beginning', act: ({ session }) => session.goTo(0) },
  { keys: ['End'], text: 'to the end, or 2,000 steps on', act: ({ session }) => session.goToEnd() },
  {
    keys: ['+', '-'],
    text: 'closer, further',
    act: ({ zoom }, key) => zoom(key === '+' ? 1.25 : 0.8),
  },
  { keys: ['f'], text: 'the whole run in the window', act: ({ fitAll }) => fitAll() },
  {
    keys: ['o'],
    text: 'horizontal, vertical',
    act: ({ setLayout }) => setLayout((before) => ({ ...before, isVertical: !before.isVertical })),
  },
  { keys: ['ArrowDown', 'ArrowUp'], text: 'select the next node, the one before', act: selectNode },
  { keys: ['[', ']'], text: 'select the message under way before, the next', act: selectFlight },
  { keys: ['{', '}'], text: 'select the event before, the next', act: selectEvent },
  { keys: ['d'], text: 'the selected message: deliver now', act: (keyboard) => onFlight(keyboard, 'deliver') },
  { keys: ['x'], text: 'the selected message: drop', act: (keyboard) => onFlight(keyboard, 'drop') },
  { keys: ['l'], text: 'the selected message: later by 2 T', act: (keyboard) => onFlight(keyboard, 'delay') },
  { keys: ['u'], text: 'the selected message: duplicate', act: (keyboard) => onFlight(keyboard, 'duplicate') },
  { keys: ['r'], text: 'the selected node: a user comes', act: (keyboard) => onNode(keyboard, 'request') },
  { keys: ['e'], text: 'the selected node: leave', act: (keyboard) => onNode(keyboard, 'release') },
  { keys: ['g'], text: 'the selected node: give up', act: (keyboard) => onNode(keyboard, 'cancel') },
  { keys: ['c'], text: 'the selected node: crash', act: (keyboard) => onNode(keyboard, 'crash') },
  { keys: ['p'], text: 'the selected node: pause, resume', act: (keyboard) => onNode(keyboard, 'pause') },
  { keys: ['h'], text: 'heal the network', act: ({ session }) => session.perform({ kind: 'heal' }) },
  { keys: ['v'], text: 'change the view', act: ({ session }) => session.perform({ kind: 'view' }) },
  {
    keys: ['Escape'],
    text: 'select nothing, close',
    act: ({ session, closeHelp }) => {
      closeHelp()
      session.select(null)
    },
  },
  { keys: ['?'], text: 'these keys', act: ({ toggleHelp }) => toggleHelp() },
]

/** Hears keys anywhere in the page but where they have another meaning. */
export function useKeys(keyboard: Keyboard): void {
  const latest = useRef(keyboard)
  latest.current = keyboard
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return
      const binding = bindings.find(({ keys }) => keys.includes(event.key))
      if (binding === undefined) return
      event.preventDefault()
      binding.act(latest.current, event.key)
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [])
}

/** Fields have all keys to themselves, buttons the space bar, and scrolled tables the arrows. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  if (target.matches('input:not([type=checkbox]), select, textarea')) return event.key !== 'Escape'
  if (target.matches('button, summary, input')) return event.key === ' '
  return target.matches('.rows') && /^(Arrow|Home|End)/.test(event.key)
}

function selectNode({ session }: Keyboard, key: string): void {
  const { selected, recording } = session
  const count = recording.nodes.length
  const step = key === 'ArrowDown' ? 1 : -1
  const from = selected?.kind === 'node' ? selected.node : step === 1 ? -1 : count
  session.select({ kind: 'node', node: (from + step + count) % count })
}

function selectFlight({ session }: Keyboard, key: string): void {
  const flights = session.recording.flights.filter((flight) => isNow(flight, session.cursor))
  if (flights.length === 0) return
  const { selected } = session
  const at = selected?.kind === 'flight' ? flights.findIndex(({ number }) => number === selected.number) : -1
  const next = key === ']' ? at + 1 : at === -1 ? flights.length - 1 : at - 1
  const flight = flights[(next + flights.length) % flights.length]
  if (flight !== undefined) session.select({ kind: 'flight', number: flight.number })
}

function selectEvent({ session }: Keyboard, key: string): void {
  const { selected, recording, cursor } = session
  const count = recording.steps[cursor]?.eventsTo ?? 0
  if (count === 0) return
  const at = selected?.kind === 'event' ? selected.event : key === '{' ? count : count - 2
  session.select({ kind: 'event', event: Math.min(count - 1, Math.max(0, key === '}' ? at + 1 : at - 1)) })
}

function onFlight({ session }: Keyboard, kind: 'deliver' | 'drop' | 'delay' | 'duplicate'): void {
  const { selected } = session
  if (selected?.kind !== 'flight') return
  const { number: message } = selected
  session.perform(kind === 'delay' ? { kind, message, byT: 2 } : { kind, message })
}

function onNode({ session }: Keyboard, kind: 'request' | 'release' | 'cancel' | 'crash' | 'pause'): void {
  const { selected, recording, cursor } = session
  if (selected?.kind !== 'node') return
  const node = recording.nodes[selected.node]
  if (node === undefined) return
  const isPaused = recording.spans.some((span) => span.kind === 'paused' && span.node === selected.node && isNow(span, cursor))
  session.perform({ kind: kind === 'pause' && isPaused ? 'resume' : kind, node })
}
