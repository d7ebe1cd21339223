/** This file writes messages and values as text in short, as a reader of the paper would. */
import { Mode } from '../../base/mode.ts'

const deepest = 3
const longest = 160

/** A text of any length, cut off where it is too long to be read. */
export function cutText(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** A message's fields other than its kind, as text. */
export function contentOf(body: object): string {
  const fields = Object.entries(body).filter(([name, value]) => name !== 'kind' && !isUsual(value))
  const texts = fields.map(([name, value]) =>
    name === 'stamp' ? shortText(value, 1) : `${fieldWords(name)} ${shortText(value, 1)}`,
  )
  return cutText(texts.join(', '))
}

/** Fields of real locks that say nothing in a diagram. */
function isUsual(value: unknown): boolean {
  return value === false || value === null || value === 0 || (value instanceof Mode && value.isAlone)
}

/** A value in short: sets in braces, requests by their stamps. */
export function shortText(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'none'
  switch (typeof value) {
    case 'boolean':
      return value ? 'yes' : 'no'
    case 'number':
      return Number.isInteger(value) ? String(value) : value.toPrecision(4)
    case 'string':
      return value
    case 'object':
      return objectText(value, depth)
    default:
      return String(value)
  }
}

function objectText(value: object, depth: number): string {
  if (value instanceof Mode) return String(value.plain)
  if (isStamp(value)) return `${value.time}·${value.id}`
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => shortText(item, depth + 1)).join(', ')
  if (ArrayBuffer.isView(value)) return [...(value as Uint32Array)].join(', ')
  if (Symbol.iterator in value) {
    const items = [...(value as Iterable<unknown>)]
    if (items.length === 0) return 'none'
    const isMap = value instanceof Map || items.every((item) => Array.isArray(item) && item.length === 2)
    const texts = items.map((item) => {
      if (!isMap) return shortText(item, depth + 1)
      const [key, of] = item as [unknown, unknown]
      return `${shortText(key, depth + 1)}: ${shortText(of, depth + 1)}`
    })
    return texts.join(', ')
  }
  const fields = Object.entries(value).filter(([, of]) => typeof of !== 'function' && !isSite(of))
  const told = fields.filter(([, of]) => !isUsual(of)).map(([name, of]) => [name, shortText(of, depth + 1)] as const)
  const full = told.filter(([, text]) => text !== 'none')
  if (full.length === 0) return 'none'
  // A value with a single field needs no name for it.
  if (full.length === 1) return (full[0] as readonly [string, string])[1]
  return full.map(([name, text]) => (name === 'stamp' ? text : `${fieldWords(name)} ${text}`)).join('; ')
}

function isStamp(value: object): value is { time: number; id: string } {
  return 'time' in value && 'count' in value && 'id' in value
}

/** Whether it is the `Site` that an instance acts on. */
export function isSite(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'self' in value && 'peers' in value && 'granted' in value
}

/** `lastServed` → `last served`. */
export function fieldWords(name: string): string {
  return name
    .replace(/^_+/, '')
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
}
