/** This file formats output for a terminal: colours by their meaning, numbers as people read them, and cells of a fixed width. */
import { largest } from '../observe/statistics.ts'
import { printable } from './printable.ts'

export type Colour = 'good' | 'bad' | 'warn' | 'accent' | 'dim' | 'strong'

/** Colours a string, or returns it unchanged for a terminal without colours. */
export type Paint = (colour: Colour, text: string) => string

const codes: Readonly<Record<Colour, string>> = { good: '32', bad: '31;1', warn: '33', accent: '36', dim: '2', strong: '1' }

/** A painter; without colours the identity. */
export function painter(colors: boolean): Paint {
  return colors ? (colour, text) => (text === '' ? '' : `\u001b[${codes[colour]}m${text}\u001b[0m`) : (_colour, text) => text
}

const escapes = /\u001b\[[0-9;]*m/g

/** The width of a string in columns: its characters without the colours. All printed characters are one column wide. */
export function widthOf(text: string): number {
  return [...text.replace(escapes, '')].length
}

/** Cuts or fills an unpainted text to an exact width; cutting shows an ellipsis. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const characters = [...text]
  if (characters.length > width) return width <= 0 ? '' : `${characters.slice(0, width - 1).join('')}…`
  const fill = ' '.repeat(width - characters.length)
  return align === 'left' ? text + fill : fill + text
}

/** Fills a painted text with spaces. */
export function fill(painted: string, width: number): string {
  return painted + ' '.repeat(Math.max(0, width - widthOf(painted)))
}

/** Cuts a painted line at a width; an open colour is closed. */
export function clip(painted: string, width: number): string {
  if (widthOf(painted) <= width) return painted
  let left = width - 1
  let result = ''
  for (const part of painted.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b[')) {
      result += part
      continue
    }
    const characters = [...part]
    result += characters.slice(0, left).join('')
    left -= characters.length
    if (left < 0) break
  }
  return `${result}…${painted.includes('\u001b[') ? '\u001b[0m' : ''}`
}

/** A count for people: 1234567 → `1,234,567`. Fences, epochs and milliseconds have digits alone, as in logs and JSON. */
export function grouped(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Milliseconds as `0.84 ms`, `12 ms`, `5.2 s`: two or three significant digits. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 0.01) return `${(ms * 1000).toFixed(1)} µs`
  if (ms < 10) return `${ms.toFixed(2)} ms`
  if (ms < 100) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return `${(ms / 1000).toFixed(1)} s`
}

/** Milliseconds as seconds with one digit after the point, for values that a user watches. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** `1 member`, `5 members`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/**
 * A line of bars, the last `width` values, each against the largest. A value of 0 is a dot, so that a pause does not look like a
 * low bar.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width)
  const most = Math.max(...shown, 1)
  return shown.map((value) => (value <= 0 ? '·' : bars[Math.min(7, Math.floor((value / most) * 8))])).join('')
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  readonly text: (row: Row) => string
}

/**
 * A table with aligned columns under dim titles; columns are as wide as their widest cell. Cells are unpainted and may come
 * from outside: they are made printable here.
 */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], paint: Paint): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.text(row))))
  const widths = columns.map((column, i) => largest([widthOf(column.title), ...cells.map((line) => widthOf(line[i] as string))]))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => cell(text, widths[i] as number, (columns[i] as Column<Row>).align))
      .join('  ')
      .trimEnd()
  return [paint('dim', line(columns.map((column) => column.title))), ...cells.map(line)].join('\n')
}
