/** This file is the bar with the buttons for playing, stepping, speed, jumps, and the layout of the figure. */
import { useState } from 'preact/hooks'
import type { Playback } from './playback.ts'
import type { DiagramSession } from './session.ts'
import type { Layout } from './window.ts'

interface Props {
  readonly session: DiagramSession
  readonly playback: Playback
  readonly layout: Layout
  setLayout(change: (before: Layout) => Layout): void
  zoom(factor: number): void
  fitAll(): void
}

const speeds = [0.25, 0.5, 1, 2, 4, 8, 16, 64] as const

export function PlaybackBar({ session, playback, layout, setLayout, zoom, fitAll }: Props) {
  const { cursor, end } = session
  return (
    <div class="transport" role="toolbar" aria-label="Playing">
      <div class="group">
        <button type="button" title="To the beginning (Home)" aria-label="To the beginning" onClick={() => session.goTo(0)}>
          ⇤
        </button>
        <button type="button" title="One step back (←)" onClick={() => session.back()} disabled={cursor === 0}>
          ← Back
        </button>
        <button type="button" class="main-action" title="Play or pause (Space)" onClick={playback.toggle}>
          {playback.isPlaying ? '❚❚ Pause' : '▶ Play'}
        </button>
        <button type="button" title="One step on (→)" onClick={() => session.step()}>
          Step →
        </button>
      </div>
      <label class="inline">
        <span>Speed</span>
        <select value={String(playback.speed)} onChange={(event) => playback.setSpeed(Number(event.currentTarget.value))}>
          {speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed} T/s
            </option>
          ))}
        </select>
      </label>
      <label class="inline jump">
        <span>Step</span>
        <input
          type="range"
          aria-label="Step"
          min={0}
          max={Math.max(end, 1)}
          value={cursor}
          aria-valuetext={`step ${cursor} of ${end} played`}
          onInput={(event) => session.goTo(Number(event.currentTarget.value))}
        />
        <input
          type="number"
          aria-label="Jump to step"
          min={0}
          value={cursor}
          onChange={(event) => session.goTo(Number(event.currentTarget.value))}
        />
      </label>
      <div class="group">
        <button type="button" aria-label="Further away" title="Further away (-)" onClick={() => zoom(0.8)}>
          −
        </button>
        <button type="button" aria-label="Closer" title="Closer (+)" onClick={() => zoom(1.25)}>
          +
        </button>
        <button type="button" title="The whole run in the window (f)" onClick={fitAll}>
          Fit
        </button>
      </div>
      <div class="group">
        <button
          type="button"
          aria-pressed={layout.isVertical}
          title="Time downward (o)"
          onClick={() => setLayout((before) => ({ ...before, isVertical: !before.isVertical }))}
        >
          Vertical
        </button>
        <button
          type="button"
          aria-pressed={layout.along === 'steps'}
          title="Steps of equal width instead of time"
          onClick={() =>
            setLayout((before) => ({
              ...before,
              along: before.along === 'time' ? 'steps' : 'time',
              from: before.along === 'time' ? session.cursor - 12 : 0,
            }))
          }
        >
          By step
        </button>
      </div>
    </div>
  )
}

/** Copies a link to what is seen now; where the clipboard is closed, shows it to be copied by hand. */
export function CopyLink({ session }: { readonly session: DiagramSession }) {
  const [said, setSaid] = useState('')
  const copy = async (): Promise<void> => {
    const link = `${location.href.split('#')[0]}#${session.link}`
    history.replaceState(null, '', `#${session.link}`)
    try {
      await navigator.clipboard.writeText(link)
      setSaid('Copied')
    } catch {
      prompt('The link to this step:', link)
    }
    setTimeout(() => setSaid(''), 2000)
  }
  return (
    <button type="button" title="A link that holds this scenario, at this step" onClick={copy}>
      <span aria-live="polite">{said === '' ? 'Copy link' : said}</span>
    </button>
  )
}
