/**
 * What a figure is drawn with. A figure says where and in which ink; whether that becomes pixels or SVG is the pen's business, so that the
 * browser, print and the documentation show one figure.
 */

/** Inks by what they mean. */
export type Ink =
  | 'ground'
  | 'text'
  | 'quiet'
  | 'lane'
  | 'message'
  | 'token'
  | 'inside'
  | 'onInside'
  | 'waiting'
  | 'wrong'
  | 'wrongShade'
  | 'crashed'
  | 'partA'
  | 'partB'
  | 'select'
  | 'past'
  | 'future'

/** A line's looks; lengths are in pixels. */
export interface Stroke {
  readonly ink: Ink
  readonly width: number
  readonly dash?: 'dotted' | 'dashed'
  /** From 0 to 1; default 1. */
  readonly opacity?: number
}

/** A text's looks. */
export interface Lettering {
  readonly ink: Ink
  readonly size: number
  readonly anchor: 'start' | 'middle' | 'end'
  readonly bold?: boolean
  /** Turned about its point, in radians. */
  readonly angle?: number
  /** A rim of the ground's colour, so that it can be read across lines. */
  readonly isRimmed?: boolean
  readonly opacity?: number
}

/** Draws. Angles are in radians, everything else in pixels. */
export interface Pen {
  line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): void
  rect(x: number, y: number, width: number, height: number, ink: Ink, opacity?: number, radius?: number): void
  /** A disc; with `rim`, its edge. */
  circle(x: number, y: number, radius: number, ink: Ink, rim?: Stroke): void
  polygon(points: readonly (readonly [number, number])[], ink: Ink, opacity?: number): void
  text(x: number, y: number, text: string, lettering: Lettering): void
}

/**
 * The inks in daylight and in the dark. Told apart with every common kind of colour blindness (blue, amber, magenta, after Okabe
 * and Ito 2008), and never by colour alone: bars, dashes and crosses say the same.
 */
export const palettes: Readonly<Record<'light' | 'dark', Readonly<Record<Ink, string>>>> = {
  light: {
    ground: '#ffffff',
    text: '#1b2130',
    quiet: '#5f687a',
    lane: '#a3abba',
    message: '#475063',
    token: '#e08a00',
    inside: '#0b6fb3',
    onInside: '#ffffff',
    waiting: '#c3def0',
    wrong: '#b3004c',
    wrongShade: '#f6c9db',
    crashed: '#d7dae1',
    partA: '#f2ead6',
    partB: '#e0ece6',
    select: '#1b2130',
    past: '#7a3aa6',
    future: '#007d5a',
  },
  dark: {
    ground: '#13161c',
    text: '#e7eaf0',
    quiet: '#9ba4b5',
    lane: '#535c6d',
    message: '#b4bdcc',
    token: '#ffb02e',
    inside: '#4aa9e6',
    onInside: '#0c1622',
    waiting: '#1f4058',
    wrong: '#ff79a8',
    wrongShade: '#5a1f38',
    crashed: '#2b303b',
    partA: '#2d2819',
    partB: '#1b2c27',
    select: '#ffffff',
    past: '#cc9df0',
    future: '#4fd3a4',
  },
}
