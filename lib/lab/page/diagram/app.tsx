/** This file is the page as a whole: the player, the figure, and the details of what is selected. */
import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks'
import { stepText } from '../../scenario/words.ts'
import { Details } from './details.tsx'
import { EventTable } from './event-table.tsx'
import { SpaceTimeFigure } from './figure.tsx'
import { Help } from './help.tsx'
import { useKeys } from './keys.ts'
import { Lamps } from './lamps.tsx'
import { Network } from './network.tsx'
import { ScenarioForm } from './options.tsx'
import { usePlayback } from './playback.ts'
import type { DiagramSession } from './session.ts'
import { CopyLink, PlaybackBar } from './transport.tsx'
import { firstLayout, fitted, following, type Layout, nowOf, zoomed } from './window.ts'

export function App({ session }: { readonly session: DiagramSession }) {
  const [, changed] = useReducer((count: number) => count + 1, 0)
  const [layout, setLayout] = useState<Layout>(firstLayout)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const length = useRef(800)
  const playback = usePlayback(session)
  const { recording, cursor } = session

  useEffect(() => session.listen(() => changed(0)), [session])
  // The address bar links to the present view. While the run plays, writing the link at each step would be too often.
  useEffect(() => {
    const timer = setTimeout(() => history.replaceState(null, '', `#${session.link}`), 150)
    return () => clearTimeout(timer)
  })
  const now = nowOf(recording, layout, cursor, playback.nowT)
  const shown = following(layout, now, length.current)
  // A step that leaves the window moves it; a reader who pans away is left alone until the next step.
  useEffect(
    () => setLayout((before) => following(before, now, length.current)),
    [cursor, session.scenario, playback.nowT, layout.isVertical, layout.along],
  )
  const zoom = useCallback((factor: number) => setLayout((before) => zoomed(before, factor, length.current / 2)), [])
  const fitAll = useCallback(
    () => setLayout((before) => fitted(session.recording, before, length.current, session.cursor)),
    [session],
  )
  useKeys({
    session,
    playback,
    zoom,
    fitAll,
    setLayout,
    toggleHelp: () => setHelpOpen((is) => !is),
    closeHelp: () => setHelpOpen(false),
  })

  return (
    <div class="page">
      <header class="top">
        <h1>Space-time diagram</h1>
        <div class="group aside">
          <CopyLink session={session} />
          <button type="button" title="Keys and signs (?)" onClick={() => setHelpOpen(true)}>
            Help
          </button>
        </div>
        <ScenarioForm session={session} />
      </header>
      {session.complaint !== null && (
        <p class="complaint" role="alert">
          {session.complaint}
        </p>
      )}
      <main class="main">
        <section class="stage" aria-label="The run">
          <PlaybackBar session={session} playback={playback} layout={layout} setLayout={setLayout} zoom={zoom} fitAll={fitAll} />
          <SpaceTimeFigure
            session={session}
            layout={playback.isPlaying ? shown : layout}
            setLayout={setLayout}
            nowT={playback.nowT}
            onLength={(pixels) => {
              length.current = pixels
            }}
          />
          <p class="step" id="step" role="status" aria-live="polite" aria-atomic="true">
            {playback.isPlaying ? '' : stepText(recording, cursor)}
          </p>
          <EventTable session={session} />
        </section>
        <aside class="side" aria-label="What is known">
          <Lamps session={session} />
          <Details session={session} />
          <Network session={session} />
        </aside>
      </main>
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </div>
  )
}
