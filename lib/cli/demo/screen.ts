/** This file shows the demo: as a moving picture on a terminal, or as lines in a pipe or a log. */
import { painter } from '../paint.ts'
import type { Terminal } from '../terminal.ts'
import { renderFrame } from './render.ts'
import type { Audience } from './run.ts'
import { recentRate, type Picture, shownState } from './picture.ts'

/** A screen, which must be closed once. */
export interface Screen extends Audience {
  close(): void
}

const escape = {
  open: '\u001b[?1049h\u001b[?25l',
  close: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  endOfLine: '\u001b[K',
  below: '\u001b[J',
}

/** Draws on the terminal's second page; `close` shows the first one again, as it was. */
export function drawnScreen(terminal: Terminal): Screen {
  const paint = painter(terminal.colors)
  terminal.out(escape.open)
  let isOpen = true
  return {
    show(picture) {
      if (!isOpen) return
      const lines = renderFrame(picture, terminal.columns, terminal.rows, paint)
      terminal.out(escape.home + lines.map((line) => line + escape.endOfLine).join('\r\n') + escape.below)
    },
    close() {
      if (isOpen) terminal.out(escape.close)
      isOpen = false
    },
  }
}

/** For a pipe or a log: each event as a line, and once a second the progress. */
export function plainScreen(write: (text: string) => void): Screen {
  let told = 0
  let lastMs = 0
  return {
    show(picture) {
      const { tally } = picture
      const at = (atMs: number): string => `${((atMs - tally.startedMs) / 1000).toFixed(1).padStart(6)} s  `
      const fresh = tally.said - told
      if (fresh > 0) for (const line of tally.log.slice(-fresh)) write(`${at(line.atMs)}${line.text}\n`)
      told = tally.said
      if (picture.nowMs - lastMs < 1000) return
      lastMs = picture.nowMs
      write(`${at(picture.nowMs)}${progress(picture)}\n`)
    },
    close: () => {},
  }
}

function progress(picture: Picture): string {
  const { tally } = picture
  const inside = tally.places.filter((place) => shownState(picture, place) === 'inside').map((place) => place.worker)
  return `${tally.entries} entries, ${recentRate(picture)} a second; inside: ${inside.join(' ') || 'none'}`
}
