/**
 * This file finds the name that a misspelt one probably meant: the nearest by edits (Damerau 1964: a letter added, removed or
 * changed, or two exchanged), up to a third of its letters, or the only name that contains it. Null if none is near.
 *
 * @example nearestName('lockLose', ['lockLost', 'lockGranted']) // 'lockLost'
 */
export function nearestName(word: string, names: readonly string[]): string | null {
  // Longer than any name, so it is not a misspelling; and the comparison takes time in proportion to the product of both lengths.
  if (word.length > 64) return null
  const lower = word.toLowerCase()
  let best: string | null = null
  let bestEdits = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const name of names) {
    const edits = editsBetween(lower, name.toLowerCase())
    if (edits < bestEdits) [best, bestEdits] = [name, edits]
  }
  if (best !== null || word.length < 3) return best
  const containing = names.filter((name) => name.toLowerCase().includes(lower))
  return containing.length === 1 ? (containing[0] as string) : null
}

/**
 * The rest of an error about an unknown word: the word that was probably meant, if one is near, and the cure.
 *
 * @example `there is no load 'lihgt'${meantOr('lihgt', ['light'], 'there are light')}` // …; did you mean 'light'? There are light
 */
export function meantOr(word: string, names: readonly string[], cure: string): string {
  const nearest = names.includes(word) ? null : nearestName(word, names)
  return nearest === null ? `; ${cure}` : `; did you mean '${nearest}'? ${cure.charAt(0).toUpperCase()}${cure.slice(1)}`
}

function editsBetween(a: string, b: string): number {
  let twoBack: number[] = []
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min((before[j] as number) + 1, (row[j - 1] as number) + 1, (before[j - 1] as number) + other)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, (twoBack[j - 2] as number) + 1)
      row.push(edits)
    }
    twoBack = before
    before = row
  }
  return before[b.length] as number
}
