/** This file gives the order of members, and the first place of the token, on which all sites of a lock agree. */
import type { NodeId } from '../base/ids.ts'
import type { Carried } from '../view/flush-host.ts'
import type { Body, Site } from './contract.ts'

/** All members in one order that every site agrees on: by id. */
export function membersOf<Message extends Body>(site: Site<Message>): readonly NodeId[] {
  return [site.self, ...site.peers].sort()
}

/** Where the one token of a lock is as a view begins: with the carried holder that has it alone, or at the lock's first place. */
export function tokenStart(carried: readonly Carried[], firstPlace: NodeId): NodeId {
  const [first] = carried
  return first?.mode.isAlone === true ? first.holder : firstPlace
}
