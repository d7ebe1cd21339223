/** This file orders strings by their bytes in UTF-8, the order that every language and every database can compute. */

/** Below 0 if `a` comes before `b`, above 0 if it comes after, 0 if they are the same. Both are well-formed. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rankOf(x) - rankOf(y)
  }
  return a.length - b.length
}

/** UTF-16 puts the surrogates of the highest code points below U+E000; UTF-8 puts those code points last. */
function rankOf(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
}
