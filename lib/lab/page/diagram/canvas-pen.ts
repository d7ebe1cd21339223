/** This file is the pen that draws a figure on a canvas. */
import { type Ink, type Lettering, type Pen, palettes, type Stroke } from '../../../sim/story/pen.ts'

const dashes = { dotted: [1.5, 4], dashed: [5, 4] } as const
const solid: number[] = []
/** Measured: 4,700 lines take 5 ms so many at a time, 8 ms one by one, and 9 ms all at once. */
const linesMax = 500

/**
 * Draws on a context whose units are CSS pixels. Lines of one look that follow each other are stroked together, which makes thousands of
 * them several times as fast; so call `finish` in the end.
 */
export class CanvasPen implements Pen {
  private readonly context: CanvasRenderingContext2D
  private readonly inks: Readonly<Record<Ink, string>>
  private pending: Stroke | null = null
  private lines = 0

  constructor(context: CanvasRenderingContext2D, palette: 'light' | 'dark') {
    this.context = context
    this.inks = palettes[palette]
  }

  line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): void {
    const { context, pending } = this
    if (pending === null || !isSame(pending, stroke) || this.lines++ >= linesMax) {
      this.finish()
      this.pending = stroke
      this.lines = 1
      context.beginPath()
    }
    context.moveTo(x1, y1)
    context.lineTo(x2, y2)
  }

  /** Strokes the lines that have not been yet. */
  finish(): void {
    if (this.pending === null) return
    this.prepare(this.pending)
    this.pending = null
    this.context.stroke()
  }

  rect(x: number, y: number, width: number, height: number, ink: Ink, opacity = 1, radius = 0): void {
    this.finish()
    const { context } = this
    context.globalAlpha = opacity
    context.fillStyle = this.inks[ink]
    if (radius === 0) return context.fillRect(x, y, width, height)
    context.beginPath()
    context.roundRect(x, y, width, height, Math.min(radius, width / 2))
    context.fill()
  }

  circle(x: number, y: number, radius: number, ink: Ink, rim?: Stroke): void {
    this.finish()
    const { context } = this
    context.globalAlpha = 1
    context.fillStyle = this.inks[ink]
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fill()
    if (rim === undefined) return
    this.prepare(rim)
    context.stroke()
  }

  polygon(points: readonly (readonly [number, number])[], ink: Ink, opacity = 1): void {
    this.finish()
    const { context } = this
    context.globalAlpha = opacity
    context.fillStyle = this.inks[ink]
    context.beginPath()
    for (const [x, y] of points) context.lineTo(x, y)
    context.fill()
  }

  text(x: number, y: number, text: string, lettering: Lettering): void {
    this.finish()
    const { ink, size, anchor, bold = false, angle = 0, isRimmed = false, opacity = 1 } = lettering
    const { context } = this
    context.globalAlpha = opacity
    context.font = `${bold ? '600 ' : ''}${size}px system-ui, sans-serif`
    context.textAlign = anchor === 'middle' ? 'center' : anchor
    context.save()
    context.translate(x, y)
    context.rotate(angle)
    if (isRimmed) {
      context.strokeStyle = this.inks.ground
      context.lineWidth = 3
      context.lineJoin = 'round'
      context.setLineDash(solid)
      context.strokeText(text, 0, 0)
    }
    context.fillStyle = this.inks[ink]
    context.fillText(text, 0, 0)
    context.restore()
  }

  private prepare({ ink, width, dash, opacity = 1 }: Stroke): void {
    const { context } = this
    context.globalAlpha = opacity
    context.strokeStyle = this.inks[ink]
    context.lineWidth = width
    context.setLineDash(dash === undefined ? solid : [...dashes[dash]])
  }
}

function isSame(a: Stroke, b: Stroke): boolean {
  return a === b || (a.ink === b.ink && a.width === b.width && a.dash === b.dash && a.opacity === b.opacity)
}
