/**
 * This file plays a run: time passes evenly, at a number of T a second, and steps happen when they are due. Long gaps are passed
 * quickly.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { timeAt } from '../../../sim/story/story.ts'
import type { DiagramSession } from './session.ts'

/** How the play is going. */
export interface Playback {
  readonly isPlaying: boolean
  /** In T for each second. */
  readonly speed: number
  /** The moment shown while it plays; undefined when it stands at a step. */
  readonly nowT: number | undefined
  toggle(): void
  pause(): void
  setSpeed(speed: number): void
}

/** A gap between two steps takes at most so many seconds. */
const longestGapSeconds = 1.5
/** Steps in one frame, for speeds at which the eye does not see them one by one. */
const stepsPerFrameMax = 50

export function usePlayback(session: DiagramSession): Playback {
  const [isPlaying, setPlaying] = useState(false)
  const [speed, setSpeed] = useState(1)
  const [nowT, setNowT] = useState<number | undefined>(undefined)
  const pace = useRef(speed)
  pace.current = speed

  useEffect(() => {
    if (!isPlaying) return setNowT(undefined)
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    let atT = timeAt(session.recording, session.cursor)
    let lastMs = performance.now()
    let frame = 0
    const draw = (ms: number): void => {
      const seconds = Math.min(0.1, (ms - lastMs) / 1000)
      lastMs = ms
      // The reader may have gone elsewhere by hand.
      const hereT = timeAt(session.recording, session.cursor)
      if (atT < hereT) atT = hereT
      let left = stepsPerFrameMax
      for (let isFirst = true; left > 0; left--) {
        if (!session.look()) return setPlaying(false)
        const nextT = timeAt(session.recording, session.cursor + 1)
        const fromT = timeAt(session.recording, session.cursor)
        const rate = Math.max(pace.current, (nextT - fromT) / longestGapSeconds)
        if (isFirst) atT = Math.min(atT, nextT) + seconds * rate
        isFirst = false
        if (atT < nextT) break
        session.step()
      }
      setNowT(isStill ? undefined : Math.max(atT, timeAt(session.recording, session.cursor)))
      frame = requestAnimationFrame(draw)
    }
    frame = requestAnimationFrame(draw)
    return () => cancelAnimationFrame(frame)
  }, [isPlaying, session])

  return {
    isPlaying,
    speed,
    nowT: isPlaying ? nowT : undefined,
    toggle: () => setPlaying((is) => !is),
    pause: () => setPlaying(false),
    setSpeed,
  }
}
