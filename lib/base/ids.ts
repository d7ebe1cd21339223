/**
 * The id of a node: new at every start, so a restarted process is never taken for its former self.
 * Ids are compared by code unit, as `<` compares strings; they are not secrets.
 */
export type NodeId = string

/** Total order of ids, for ties. */
export function compareIds(a: NodeId, b: NodeId): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The others of these members, in ring order beginning with the one after `self`. */
export function inRingOrder(members: readonly NodeId[], self: NodeId): NodeId[] {
  const at = members.indexOf(self)
  return [...members.slice(at + 1), ...members.slice(0, at)]
}
