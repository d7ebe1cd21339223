/** This file draws the mark of a point, and gives the colours of a series. */
import { symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape'
import type { CSSProperties } from 'preact'
import type { Look, MarkShape } from '../../report/looks.ts'

const symbols: Readonly<Record<MarkShape, readonly [typeof symbolCircle, number]>> = {
  circle: [symbolCircle, 0],
  square: [symbolSquare, 0],
  'triangle-up': [symbolTriangle, 0],
  diamond: [symbolDiamond, 0],
  cross: [symbolCross, 45],
  'triangle-down': [symbolTriangle, 180],
  'triangle-right': [symbolTriangle, 90],
}

interface MarkProps {
  readonly shape: MarkShape
  readonly size?: number
  readonly x?: number
  readonly y?: number
  /** As real processes are drawn. */
  readonly isHollow?: boolean
}

/** A point's mark. Its colour is that of the series around it. */
export function PlotMark({ shape, size = 34, x = 0, y = 0, isHollow = false }: MarkProps) {
  const [type, turn] = symbols[shape]
  const path = symbol(type, size)() ?? ''
  return <path class={isHollow ? 'mark hollow' : 'mark'} d={path} transform={`translate(${x},${y}) rotate(${turn})`} />
}

/** The colours of a series, of which the style sheet takes the one for the ground. */
export function seriesStyle({ light, dark }: Look): CSSProperties {
  return { '--light': light, '--dark': dark } as CSSProperties
}
