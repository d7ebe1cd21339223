/** This file turns events into lines for the user's logger. docs/logs.md lists the lines. `LogBook` counts repeats and writes. */
import { readAddress } from '../base/address.ts'
import type { NodeId } from '../base/ids.ts'
import type { Event, EventOf } from '../observe/events.ts'
import type { Line, LogBook } from './log-book.ts'

/** How many members of a view its line names. */
const namedMax = 10
/** How many lost nodes are remembered, to report when one of them is back. */
const goneMax = 1_000

/** What the log asks of its node. */
export interface EventLogHost {
  /** Where this node can be dialled; empty when it only dials. */
  readonly address: string
  /** Where a peer can be dialled, if that is known. */
  addressOf(peer: NodeId): string | undefined
}

/**
 * Writes the events that matter to an operator to the user's logger: each in one line, with the address and the id of its peer.
 * docs/logs.md has the table. The end of a peer matters only to nodes that were in a view with it.
 */
export class EventLog {
  private readonly book: LogBook
  private readonly host: EventLogHost
  /** Peers that were in a view with this node, and have not gone since. */
  private readonly known = new Set<NodeId>()
  /** Those of them that were logged as down, the latest last. */
  private readonly gone = new Set<NodeId>()

  constructor(book: LogBook, host: EventLogHost) {
    this.book = book
    this.host = host
  }

  /** The node has a new id: what it knew of others belonged to the former one. */
  reset(): void {
    this.known.clear()
    this.gone.clear()
  }

  log(event: Event): void {
    const line = this.lineOf(event)
    if (line !== null) this.book.say(line)
  }

  private lineOf(event: Event): Line | null {
    switch (event.type) {
      case 'viewInstalled':
        for (const id of event.members) this.known.add(id)
        return null
      case 'viewActivated':
        return { level: 'info', text: `view ${event.epoch} is active: ${this.membersText(event.members)}` }
      case 'sessionEnded':
        return {
          // A node that was in no view has lost nothing.
          level: event.reason === 'founding' ? 'info' : 'warn',
          text: `the session ended (${event.reason}): ${event.message}`,
        }
      case 'peerFound':
        return this.gone.delete(event.peer) ? { level: 'info', text: `${this.nameOf(event.peer, event.address)} is back` } : null
      case 'peerSuspected':
        return { level: 'debug', text: `${this.nameOf(event.peer)} is suspected`, key: `suspected ${event.peer}` }
      case 'peerDown':
        return this.endOf(event)
      case 'peerLeft':
        return this.endOf(event)
      case 'peerRefused':
        return this.refusalOf(event)
      case 'frameTampered':
        return this.about(event.peer, 'error', `frameTampered`, `cut the connection to`, event.message)
      case 'listenerFailed':
        return { level: 'error', text: `connections cannot be accepted at present: ${event.message}`, key: event.type }
      case 'listenedAtPort':
        return {
          level: 'warn',
          text: `listens at port ${event.address}, and at no unix socket: ${event.message}; listen: '127.0.0.1:0' says that a port is meant`,
          key: event.type,
        }
      case 'dialFailed':
        return event.reason === 'unreached'
          ? { level: 'debug', text: `could not reach ${event.address}: ${event.message}`, key: `dialFailed ${event.address}` }
          : { level: 'warn', text: event.message, key: refusalKey(event.reason, event.address) }
      case 'messageRejected':
        return this.about(event.peer, 'warn', 'messageRejected', 'rejected a message of', event.message)
      case 'voteUnsaved':
        return {
          level: 'error',
          text: `this voter gives no vote, since dataDir cannot be written: ${event.message}`,
          key: event.type,
        }
      case 'stateUnsaved':
        return {
          level: 'warn',
          text: `epochs cannot be stored over restarts, so fences depend on the clock of this host: ${event.message}`,
          key: event.type,
        }
      case 'directoryFailed':
        return { level: 'error', text: `the directory cannot be used at present: ${event.message}`, key: event.type }
      case 'leftUnguarded':
      case 'voteless':
        return { level: 'warn', text: event.advice, key: event.type }
      case 'clockSkewed':
        return {
          level: 'warn',
          text: `the clock of ${this.nameOf(event.peer)} is off by ${event.offsetMs} ms`,
          key: `clockSkewed ${this.placeOf(event.peer)}`,
        }
      case 'lockLost':
        return { level: 'warn', text: event.message }
      case 'revokeAsked':
        return {
          level: 'info',
          text: `${this.nameOf(event.by)} asks for '${event.lock}' with fence ${event.fence} within ${event.graceMs} ms${because(event.reason)}`,
        }
      case 'revokeEnded':
        return this.orderOf(event)
      case 'actorFailed':
        return {
          level: 'error',
          text: `actor '${event.actor}' failed: ${event.message}`,
          key: `actorFailed ${event.actor} ${event.message}`,
        }
      case 'mailboxOverflowed':
        return {
          level: 'warn',
          text: `the mailbox of actor '${event.actor}' is full: a message from ${this.nameOf(event.from)} was refused`,
          key: `mailboxOverflowed ${event.actor}`,
        }
      default:
        return null
    }
  }

  private endOf({ type, peer, address }: EventOf<'peerDown' | 'peerLeft'>): Line {
    const isKnown = this.known.delete(peer)
    const isFormerSelf = address !== '' && address === this.host.address
    const name = this.nameOf(peer, address)
    if (type === 'peerLeft') return { level: isKnown ? 'info' : 'debug', text: `${name} left` }
    if (!isKnown || isFormerSelf) return { level: 'debug', text: `${name} is down; it was in no view with this node` }
    this.remember(peer)
    return { level: 'warn', text: `${name} is down` }
  }

  private remember(peer: NodeId): void {
    this.gone.add(peer)
    for (const oldest of this.gone) {
      if (this.gone.size <= goneMax) return
      this.gone.delete(oldest)
    }
  }

  private orderOf({ lock, fence, by, holder, isForced, reason, outcome }: EventOf<'revokeEnded'>): Line {
    const order = `the order of ${this.nameOf(by)} to ${isForced ? 'force' : 'revoke'} '${lock}' with fence ${fence}`
    const where = holder === null ? '' : ` at ${this.nameOf(holder)}`
    return { level: 'info', text: `${order}${where} ended with '${outcome}'${because(reason)}` }
  }

  private refusalOf({ code, from, message, reason }: EventOf<'peerRefused'>): Line {
    if (code !== 'CONFIG_MISMATCH') return { level: 'warn', text: message, key: refusalKey(reason, from) }
    return { level: 'warn', text: `${this.nameOf(from)} is of ${message}`, key: refusalKey(reason, this.placeOf(from)) }
  }

  /** A line that repeats itself for each peer. */
  private about(peer: NodeId, level: 'warn' | 'error', kind: string, what: string, message: string): Line {
    return { level, text: `${what} ${this.nameOf(peer)}: ${message}`, key: `${kind} ${this.placeOf(peer)}` }
  }

  private membersText(members: readonly NodeId[]): string {
    const named = members.slice(0, namedMax).map((id) => this.nameOf(id))
    const others = members.length - named.length
    return `${members.length} ${members.length === 1 ? 'member' : 'members'}, ${named.join(', ')}${others === 0 ? '' : `, and ${others} more`}`
  }

  private nameOf(peer: NodeId, address = this.host.addressOf(peer)): string {
    return nameOf(peer, address)
  }

  private placeOf(peer: NodeId): string {
    return this.host.addressOf(peer) ?? peer
  }
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}

/** A peer in a sentence: its address, if it has one, and its id. */
export function nameOf(peer: NodeId, address: string | undefined): string {
  return address === undefined || address === '' ? peer : `${address} (${peer})`
}

/** Both sides of a refused handshake report it, at any port: one host with one fault is one line. */
function refusalKey(reason: string, where: string): string {
  return `refused-${reason} ${readAddress(where)?.host ?? where}`
}
