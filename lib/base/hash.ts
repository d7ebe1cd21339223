/**
 * A 53-bit hash of a string, after bryc's cyrb53 (two 32-bit multiplicative lanes). It spreads keys, and distinguishes contents
 * among peers that trust each other. It is not for secrets.
 */
export function hash53(text: string, seed = 0): number {
  let h1 = 0xdeadbeef ^ seed
  let h2 = 0x41c6ce57 ^ seed
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ unit, 2654435761)
    h2 = Math.imul(h2 ^ unit, 1597334677)
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  return 4294967296 * (2097151 & h2) + (h1 >>> 0)
}

/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): all nodes that know the same ids draw the same id for a key. If ids are
 * removed, only their keys move.
 */
export function rendezvous(key: string, ids: readonly string[]): string | undefined {
  let best: string | undefined
  let bestScore = -1
  for (const id of ids) {
    const score = hash53(`${key}\n${id}`)
    if (score > bestScore || (score === bestScore && best !== undefined && id < best)) {
      best = id
      bestScore = score
    }
  }
  return best
}
