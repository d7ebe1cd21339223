/** This file reads a list of seeds from a string. */

const seedsMax = 100_000

/** The seeds in a text: a JSON list, or numbers apart by spaces, commas or lines. Or what is wrong, to follow the file's name. */
export function readSeeds(text: string, seedMax: number): readonly number[] | string {
  const trimmed = text.trim()
  let parts: readonly unknown[]
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) {
    try {
      const parsed: unknown = JSON.parse(trimmed)
      const list = Array.isArray(parsed) ? parsed : (parsed as { readonly seeds?: unknown }).seeds
      if (!Array.isArray(list)) return 'must hold a list of seeds, such as [1, 2, 3] or {"seeds": [1, 2, 3]}'
      parts = list
    } catch (error) {
      return `is not JSON: ${(error as Error).message}`
    }
  } else {
    parts = trimmed.split(/[\s,]+/).map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  }
  if (parts.length === 0 || trimmed === '') return 'holds no seeds'
  if (parts.length > seedsMax) return `holds ${parts.length} seeds; at most ${seedsMax}`
  const seeds: number[] = []
  for (const [at, part] of parts.entries()) {
    if (typeof part !== 'number' || !Number.isInteger(part) || part < 0 || part > seedMax)
      return `holds ${JSON.stringify(part)} as seed ${at + 1}: each must be a whole number from 0 to ${seedMax}`
    seeds.push(part)
  }
  return seeds
}
