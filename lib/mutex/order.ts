import type { NodeId } from '../base/ids.ts'
import type { Body, Site } from './contract.ts'

/** All members in one order that every site agrees on: by id. */
export function membersOf<Message extends Body>(site: Site<Message>): readonly NodeId[] {
  return [site.self, ...site.peers].sort()
}
