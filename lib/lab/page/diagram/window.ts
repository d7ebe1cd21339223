/** This file keeps which part of the diagram is visible: its place, scale and layout, and how it follows the present. */
import type { FigureView, Selection } from '../../../sim/story/geometry.ts'
import { type Story, timeAt } from '../../../sim/story/story.ts'

/** What of the layout the reader chooses. */
export interface Layout {
  readonly isVertical: boolean
  readonly along: 'time' | 'steps'
  readonly scale: number
  readonly from: number
}

export const scales = { least: 0.5, most: 400, usual: 56 } as const

/** Layouts begin a little before the beginning. */
export const firstLayout: Layout = { isVertical: false, along: 'time', scale: scales.usual, from: -0.25 }

/** From the figure's edge to the first lane, and from lane to lane, by how many there are. */
export function lanesOf(nodes: number, isVertical: boolean, roomPixels: number): { firstLane: number; laneGap: number } {
  if (isVertical) {
    const laneGap = nodes <= 6 ? 168 : nodes <= 10 ? 128 : 96
    return { firstLane: 34 + laneGap / 2, laneGap }
  }
  const laneGap = Math.round(Math.min(116, Math.max(46, (roomPixels - 40) / nodes)))
  return { firstLane: 24 + laneGap / 2, laneGap }
}

/** What is drawn. */
export function viewOf(
  layout: Layout,
  lanes: { firstLane: number; laneGap: number },
  length: number,
  cursor: number,
  selected: Selection | null,
  nowT?: number,
): FigureView {
  const view = { ...layout, ...lanes, length, cursor, selected }
  return nowT === undefined ? view : { ...view, nowAt: nowT }
}

/** The layout moved so that the present is in the window, three quarters along if it was not. */
export function following(layout: Layout, now: number, length: number): Layout {
  const width = length / layout.scale
  const isSeen = now >= layout.from && now <= layout.from + width * 0.86
  return isSeen ? layout : { ...layout, from: Math.max(now - width * 0.72, -0.25 * (scales.usual / layout.scale)) }
}

/** Closer or further, about a point so many pixels along. */
export function zoomed(layout: Layout, factor: number, about: number): Layout {
  const scale = Math.min(scales.most, Math.max(scales.least, layout.scale * factor))
  return { ...layout, scale, from: layout.from + about / layout.scale - about / scale }
}

/** Everything up to the cursor in one window. */
export function fitted(story: Story, layout: Layout, length: number, cursor: number): Layout {
  const to = layout.along === 'time' ? timeAt(story, cursor) : cursor
  const scale = Math.min(scales.usual * 2, Math.max(scales.least, (length - 40) / Math.max(to, 1)))
  return { ...layout, scale, from: -12 / scale }
}

/** The present along the axis. */
export function nowOf(story: Story, layout: Layout, cursor: number, nowT?: number): number {
  return layout.along === 'time' ? (nowT ?? timeAt(story, cursor)) : cursor
}
