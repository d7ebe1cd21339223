/**
 * This file declares what a viewer of a run may do to it: be a user, play the network, break nodes. Written as short words, so
 * that a link can hold them: `drop:7`, `delay:7:2.5`, `crash:B`, `partition:A+B/C`.
 */
import { BadOptionError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'

/** A message is named by its number: the first that was sent is 1, and copies go on counting. */
export type Intervention =
  | { readonly kind: 'request' | 'release' | 'cancel' | 'crash' | 'pause' | 'resume'; readonly node: NodeId }
  | { readonly kind: 'deliver' | 'drop' | 'duplicate'; readonly message: number }
  | { readonly kind: 'delay'; readonly message: number; readonly byT: number }
  | { readonly kind: 'partition'; readonly parts: readonly (readonly NodeId[])[] }
  | { readonly kind: 'heal' | 'view' }

const ofNodes = ['request', 'release', 'cancel', 'crash', 'pause', 'resume'] as const
const ofMessages = ['deliver', 'drop', 'duplicate'] as const

const forms =
  'request:NODE, release:NODE, cancel:NODE, crash:NODE, pause:NODE, resume:NODE, deliver:MESSAGE, drop:MESSAGE, duplicate:MESSAGE, delay:MESSAGE:T, partition:A+B/C, heal or view'

/** As a link writes it; `interventionOf` reads it. */
export function interventionText(intervention: Intervention): string {
  const { kind } = intervention
  if ('node' in intervention) return `${kind}:${intervention.node}`
  if ('byT' in intervention) return `${kind}:${intervention.message}:${intervention.byT}`
  if ('message' in intervention) return `${kind}:${intervention.message}`
  return 'parts' in intervention ? `${kind}:${intervention.parts.map((part) => part.join('+')).join('/')}` : kind
}

/**
 * Reads one.
 *
 * @throws BAD_OPTION that lists the forms, or the nodes that there are.
 */
export function interventionOf(text: string, nodes: readonly NodeId[]): Intervention {
  const [kind = '', first = '', second, ...rest] = text.split(':')
  const node = ofNodes.find((each) => each === kind)
  const verb = ofMessages.find((each) => each === kind)
  const message = Number(first)
  const isMessage = Number.isInteger(message) && message >= 1 && first !== ''
  if (rest.length === 0) {
    if (node !== undefined && second === undefined) return { kind: node, node: known(first, nodes, text) }
    if (verb !== undefined && second === undefined && isMessage) return { kind: verb, message }
    if (kind === 'delay' && isMessage && second !== undefined) {
      const byT = Number(second)
      if (second !== '' && Number.isFinite(byT) && byT > 0) return { kind, message, byT }
    }
    if (kind === 'partition' && second === undefined && first !== '') {
      const parts = first.split('/').map((part) => part.split('+').map((id) => known(id, nodes, text)))
      if (new Set(parts.flat()).size === parts.flat().length) return { kind, parts }
      throw new BadOptionError(`'${text}' puts a node into two parts; name each once`, { option: 'do' })
    }
    if ((kind === 'heal' || kind === 'view') && first === '' && second === undefined) return { kind }
  }
  throw new BadOptionError(`'${text}' is nothing to be done; write ${forms}`, { option: 'do' })
}

function known(id: string, nodes: readonly NodeId[], text: string): NodeId {
  if (nodes.includes(id)) return id
  throw new BadOptionError(`'${text}' names '${id}'; the nodes are ${nodes.join(', ')}`, { option: 'do' })
}
