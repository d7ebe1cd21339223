/** This file shows the figure: a canvas with the nodes beside it. Drag or scroll to pan, hold Ctrl to zoom, click to select. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { drawFigure } from '../../../sim/story/figure.ts'
import { Geometry } from '../../../sim/story/geometry.ts'
import { isNow } from '../../../sim/story/story.ts'
import { svgOf } from '../../../sim/story/svg.ts'
import { CanvasPen } from './canvas-pen.ts'
import { FlightMenu } from './flight-menu.tsx'
import { NodeCard } from './node-card.tsx'
import type { DiagramSession } from './session.ts'
import { type Layout, lanesOf, viewOf, zoomed } from './window.ts'

interface Props {
  readonly session: DiagramSession
  readonly layout: Layout
  readonly nowT: number | undefined
  setLayout(change: (before: Layout) => Layout): void
  onLength(pixels: number): void
}

/** Moved less than this, a press is a click. */
const clickPixels = 4

export function SpaceTimeFigure({ session, layout, setLayout, nowT, onLength }: Props) {
  const { recording, cursor, selected } = session
  const { isVertical } = layout
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 800, height: 480 })
  const isDark = useDark()
  const lanes = lanesOf(recording.nodes.length, isVertical, size.height)
  const { firstLane, laneGap } = lanes
  const breadth = firstLane + (recording.nodes.length - 0.5) * laneGap + 14
  const width = isVertical ? breadth : size.width
  const height = isVertical ? Math.max(420, size.height) : breadth
  const length = isVertical ? height : width
  const view = viewOf(layout, lanes, length, cursor, selected, nowT)

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const measure = (): void => setSize({ width: Math.max(200, element.clientWidth), height: Math.round(innerHeight * 0.62) })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [isVertical])
  useEffect(() => onLength(length), [length])

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (canvas.current === null || context === null || context === undefined) return
    const ratio = devicePixelRatio
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)]
    if (canvas.current.width !== across) canvas.current.width = across
    if (canvas.current.height !== down) canvas.current.height = down
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const pen = new CanvasPen(context, isDark ? 'dark' : 'light')
    drawFigure(recording, view, pen)
    pen.finish()
    // What is recorded beyond the cursor is not drawn: only these change the picture.
  }, [layout, cursor, selected, nowT, width, height, isDark, session.scenario])

  const at = (event: MouseEvent): [number, number] => {
    const box = (canvas.current as HTMLCanvasElement).getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  const press = useRef<{ x: number; y: number; from: number; moved: boolean } | null>(null)
  const down = (event: PointerEvent): void => {
    const [x, y] = at(event)
    press.current = { x, y, from: layout.from, moved: false }
    canvas.current?.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent): void => {
    const [x, y] = at(event)
    const { current } = press
    if (current === null) {
      const isOver = session.hit(view, x, y) !== null
      if (canvas.current !== null) canvas.current.style.cursor = isOver ? 'pointer' : 'grab'
      return
    }
    const by = isVertical ? y - current.y : x - current.x
    if (Math.abs(by) > clickPixels) current.moved = true
    if (current.moved) setLayout((before) => ({ ...before, from: current.from - by / before.scale }))
  }
  const up = (event: PointerEvent): void => {
    const { current } = press
    press.current = null
    if (current === null || current.moved) return
    const [x, y] = at(event)
    session.select(session.hit(view, x, y))
  }
  const wheel = (event: WheelEvent): void => {
    const by = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY
    const [x, y] = at(event)
    if (event.ctrlKey) {
      event.preventDefault()
      setLayout((before) => zoomed(before, Math.exp(-by / 300), isVertical ? y : x))
    } else if (isVertical || event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      // Scrolling across the page goes on working over a horizontal figure.
      event.preventDefault()
      setLayout((before) => ({ ...before, from: before.from + by / before.scale }))
    }
  }
  useEffect(() => {
    const { current } = canvas
    current?.addEventListener('wheel', wheel, { passive: false })
    return () => current?.removeEventListener('wheel', wheel)
  })

  const flight = selected?.kind === 'flight' ? recording.flights[selected.number - 1] : undefined
  const menuAt = flight !== undefined && isNow(flight, cursor) ? new Geometry(recording, view).flight(flight).head : null
  return (
    <section class={`figure ${isVertical ? 'vertical' : 'horizontal'}`} aria-label="Space-time diagram" aria-describedby="step">
      <div
        class="nodes"
        style={isVertical ? { paddingLeft: `${firstLane - laneGap / 2}px` } : { paddingTop: `${firstLane - laneGap / 2}px` }}
      >
        {recording.nodes.map((_, node) => (
          <NodeCard key={node} session={session} node={node} room={laneGap} isVertical={isVertical} />
        ))}
      </div>
      <div class="window" ref={frame}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${recording.title}, ${recording.nodes.length} nodes, after ${cursor} steps. The table of events below says the same in words.`}
          style={{ width: `${width}px`, height: `${height}px` }}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={() => {
            press.current = null
          }}
        />
        {flight !== undefined && menuAt !== null && nowT === undefined && (
          <FlightMenu session={session} flight={flight} at={menuAt} within={[width, height]} />
        )}
        <PrintFigure session={session} layout={layout} laneGap={laneGap} length={length} />
      </div>
    </section>
  )
}

interface PrintProps {
  readonly session: DiagramSession
  readonly layout: Layout
  readonly laneGap: number
  readonly length: number
}

/** On paper the figure is drawn as lines, not as pixels, and by daylight. */
function PrintFigure({ session, layout, laneGap, length }: PrintProps) {
  const [svg, setSvg] = useState('')
  useEffect(() => {
    const draw = (): void => {
      const { recording, cursor } = session
      const { isVertical } = layout
      const window =
        layout.along === 'time' ? { scale: layout.scale, fromT: layout.from, toT: layout.from + length / layout.scale } : {}
      setSvg(svgOf(recording, { cursor, isVertical, laneGap, palette: 'light', ...window }))
    }
    const clear = (): void => setSvg('')
    addEventListener('beforeprint', draw)
    addEventListener('afterprint', clear)
    return () => {
      removeEventListener('beforeprint', draw)
      removeEventListener('afterprint', clear)
    }
  })
  // The text is the figure's own, with every name in it escaped.
  return svg === '' ? null : <div class="printed" dangerouslySetInnerHTML={{ __html: svg }} />
}

function useDark(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)')
  const [isDark, setDark] = useState(query.matches)
  useEffect(() => {
    const change = (): void => setDark(query.matches)
    query.addEventListener('change', change)
    return () => query.removeEventListener('change', change)
  }, [])
  return isDark
}
