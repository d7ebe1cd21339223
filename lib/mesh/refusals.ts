/**
 * This file lists why a handshake is refused, and words it for the people on each side: what is wrong, and what to do about it.
 * The wire carries only the word, so that a stranger can put no text of its choosing into a node's log.
 */
import { type HoldfastError, OverloadedError, RefusedError } from '../base/errors.ts'
import { unreachable } from '../base/assert.ts'

/** The words for refusals on the wire. */
export const refusalWords = [
  'protocol',
  'cluster',
  'secretMissing',
  'secretUnexpected',
  'secretWrong',
  'self',
  'idTaken',
  'origin',
  'host',
  'identity',
  'malformed',
  'busy',
] as const
export type Refusal = (typeof refusalWords)[number]

/** Why a connection is refused without an answer: it sent no handshake, or not in time. */
export type Rejection = Refusal | 'tls' | 'silent' | 'crowded' | 'request'

/** What the refusing or refused side knows. */
export interface RefusalFacts {
  /** The other side: the address dialled, or where a dialler came from. */
  readonly where: string
  readonly cluster: string
  readonly protocol: number
  /** What the other side said of itself, if known. */
  readonly otherCluster?: string
  readonly otherProtocol?: string
  /** `Identity.secretFrom` of the node that speaks. */
  readonly secretFrom?: string | undefined
  /** The address that the node whose certificate is refused gave as its own. */
  readonly given?: string
  /** What went wrong with TLS. */
  readonly failure?: string
}

/** The refusal that a peer's text names; null for any other text. */
export function readRefusal(word: unknown): Refusal | null {
  return refusalWords.find((known) => known === word) ?? null
}

/** The error at the node that dialled. */
export function refusedDial(refusal: Refusal, facts: RefusalFacts): HoldfastError {
  const { where, cluster } = facts
  switch (refusal) {
    case 'protocol':
      return refused(
        'protocol',
        `${where} speaks protocol ${quoted(facts.otherProtocol)}, this node ${facts.protocol}: run the same version of Holdfast on both`,
      )
    case 'cluster':
      return refused(
        'cluster',
        `${where} belongs to another cluster than ${quoted(cluster)}: correct the address, or give both the same 'cluster'`,
      )
    case 'secretMissing':
      return refused('secret', `${where} demands a secret and this node has none: give it the cluster's 'secret'`)
    case 'secretUnexpected':
      return refused('secret', `${where} has no secret and this node has one: give all nodes of the cluster the same 'secret'`)
    case 'secretWrong':
      if (facts.secretFrom !== undefined) {
        return refused(
          'secret',
          `${where} has another secret than the file 'secret' in ${facts.secretFrom}: that node has the option 'secret', which then all nodes ` +
            `need, or the file was replaced while it ran; in that case restart all nodes that use this directory`,
        )
      }
      return refused('secret', `${where} has another secret than this node: give all nodes of the cluster the same 'secret'`)
    case 'self':
      return refused('self', `${where} is this node itself`)
    case 'idTaken':
      return refused('id', `at ${where} and elsewhere are two nodes with one id, and only one may be: start the later one anew`)
    case 'identity':
      return refused('identity', `${where} refused this node's certificate: ${unnamed(facts)}`)
    case 'origin':
    case 'host':
    case 'malformed':
      return refused('malformed', `${where} did not understand this node's handshake: a proxy between the two changes requests`)
    case 'busy':
      return new OverloadedError(`${where} takes no more connections: raise its bound, or spread the nodes`)
    default:
      return unreachable(refusal)
  }
}

/** What the node that dialled is told when it does not take the other side's certificate for the other side's. */
export function unnamedAnswerer(facts: RefusalFacts): HoldfastError {
  return refused('identity', `the certificate of ${facts.where} is not that of its address: ${unnamed(facts)}`)
}

function unnamed({ given = '' }: RefusalFacts): string {
  return (
    `it does not name the host of ${quoted(given)}, the address that its node gives to others; ` +
    `issue one with that name or IP address as a subjectAltName, or set 'advertise' to an address that it names`
  )
}

/** What the node that was dialled is told. */
export function refusedDialler(refusal: Rejection, facts: RefusalFacts): HoldfastError {
  const { where, cluster } = facts
  switch (refusal) {
    case 'protocol':
      return refused(
        'protocol',
        `turned away ${where}: it speaks protocol ${quoted(facts.otherProtocol)}, this node ${facts.protocol}; run the same version of Holdfast on both`,
      )
    case 'cluster':
      return refused(
        'cluster',
        `turned away ${where}: it belongs to cluster ${quoted(facts.otherCluster)}, this node to ${quoted(cluster)}`,
      )
    case 'secretMissing':
      return refused('secret', `turned away ${where}: it has no secret; give it the 'secret' of cluster ${quoted(cluster)}`)
    case 'secretUnexpected':
      return refused('secret', `turned away ${where}: it has a secret and this node has none; give all nodes the same 'secret'`)
    case 'secretWrong':
      return refused('secret', `turned away ${where}: its secret is not this node's; give all nodes the same 'secret'`)
    case 'self':
      return refused('self', `${where} is this node itself`)
    case 'idTaken':
      return refused('id', `turned away ${where}: another node has its id, and only one may; start the later one anew`)
    case 'origin':
      return refused('origin', `turned away ${where}: the request came from a page in a browser`)
    case 'host':
      return refused(
        'host',
        `turned away ${where}: the request was for a host of another name, as one from a page in a browser is`,
      )
    case 'identity':
      return refused('identity', `turned away ${where}: its certificate is not its own: ${unnamed(facts)}`)
    case 'tls':
      return refused('tls', `turned away ${where}: ${facts.failure ?? 'the TLS handshake failed'}`)
    case 'silent':
      return refused('silent', `turned away ${where}: it connected and did not prove in time that it is a node`)
    case 'crowded':
      return new OverloadedError(
        `turned away ${where}: more connections than this process can afford had not proven that they are nodes`,
        { reason: 'crowded' },
      )
    case 'request':
      return refused('request', `turned away ${where}: it sent a request that no node sends`)
    case 'malformed':
      return refused('malformed', `turned away ${where}: what it said is no handshake of Holdfast's`)
    case 'busy':
      return new OverloadedError(`turned away ${where}: this node has as many connections as it takes`, { reason: 'busy' })
    default:
      return unreachable(refusal)
  }
}

function refused(reason: string, message: string): HoldfastError {
  return new RefusedError(message, { reason })
}

/** In quotes, with control characters escaped, and not too long. */
function quoted(value: string | undefined): string {
  return value === undefined ? 'of another version' : JSON.stringify(value.slice(0, 80))
}
