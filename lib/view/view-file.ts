import { messages } from '../wire/messages.ts'
import type { View } from './view.ts'

/** A view as the local directory keeps it: JSON of what would travel, so that the same table checks it on reading. */
export function encodeView(view: View): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(messages['view.newest'].pack({ view })))
}

/** @throws when the content is no view. */
export function decodeView(content: Uint8Array): View {
  return messages['view.newest'].unpack(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))).view
}

/** The file that decides the successor of the view with this epoch; 0 is the founding. */
export function successorFile(epoch: number): string {
  return `after-${epoch}`
}

/** The epoch that a file of the chain names; null for any other file. */
export function epochOfFile(name: string): number | null {
  const match = /^after-(0|[1-9]\d{0,15})$/.exec(name)
  return match === null ? null : Number(match[1])
}
