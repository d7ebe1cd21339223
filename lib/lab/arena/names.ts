/** This file names the nodes of an arena. */
import type { NodeId } from '../../base/ids.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Names for so many nodes whose order as ids is the order of their places: A to Z, or p000 and so on. */
export function nodeNames(nodes: number): readonly NodeId[] {
  if (nodes <= letters.length) return [...letters.slice(0, nodes)]
  const digits = String(nodes - 1).length
  return Array.from({ length: nodes }, (_, index) => `p${String(index).padStart(digits, '0')}`)
}
