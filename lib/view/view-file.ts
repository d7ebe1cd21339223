/** This file writes a view into a file of the chain and reads it back. */
import { firstEpochOf } from '../world/chain-names.ts'
import type { NodeId } from '../base/ids.ts'
import { newestView } from '../wire/messages.ts'
import type { View } from './view.ts'

/** What a file of the chain says: a view, and in which place the file that decides its successor is to be created. */
export interface Decision {
  readonly view: View
  readonly place: string
}

/** JSON of what would travel, so that the same table checks it on reading. */
export function encodeDecision({ view, place }: Decision): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ view: newestView.pack({ view }), place }))
}

/** @throws when the content is no decision. */
export function decodeDecision(content: Uint8Array): Decision {
  const raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as Readonly<Record<string, unknown>> | null
  const place = raw?.['place']
  if (typeof place !== 'string' || firstEpochOf(place) === null) throw new Error('it names no place')
  return { view: newestView.unpack(raw?.['view']).view, place }
}

/** The file that decides the successor of the view with this epoch. */
export function successorFile(place: string, epoch: number): string {
  return `${place}/after-${epoch}`
}

/**
 * The name of a place, told by the first epoch whose successor is decided in it. A name is made once: no two nodes have one
 * id, and a node counts the names that it makes.
 */
export function placeName(epoch: number, maker: NodeId, serial: number): string {
  return `views-${epoch}-${maker}-${serial}`
}
