/** Messages and events as the sentences of a golden story. Gossip, acknowledgements and renewals of sessions are left out: they go on all the time. */
import type { Stamp } from '../../lib/clock/stamp.ts'
import type { Event } from '../../lib/observe/events.ts'
import type { Message } from '../../lib/wire/messages.ts'

type NameOf = (id: string) => string

/** What a message says; null for one that no story tells. */
export function messageSentence(message: Message, nameOf: NameOf): string | null {
  if (message.type === 'lock') return `${bodySentence(message.body, nameOf)} for '${message.lock}'`
  if (message.type.startsWith('vote.')) {
    const round = 'ballot' in message ? `, round ${message.ballot.round} of ${nameOf(message.ballot.proposer)}` : ''
    const proposed =
      message.type === 'vote.accept' ? `, a view of ${message.view.members.map(({ id }) => nameOf(id)).join(', ')}` : ''
    return `${message.type}${round}${proposed}`
  }
  switch (message.type) {
    case 'view.decided':
      return 'view.decided'
    case 'view.newest':
      return `view.newest, the view of ${message.view.members.map(({ id }) => nameOf(id)).join(', ')}`
    case 'view.claim':
      return `view.claim, ${holdsSentence(message.holds.map(({ lock }) => lock))}`
    case 'view.activate':
      return `view.activate, ${holdsSentence(message.carried.map(({ lock }) => lock))}`
    case 'view.join':
    case 'view.leave':
    case 'view.ask':
      return message.type
    default:
      return null
  }
}

function bodySentence(body: object & { readonly kind: string }, nameOf: NameOf): string {
  const fields: string[] = []
  for (const [field, value] of Object.entries(body) as [string, unknown][]) {
    if (field === 'stamp' || field === 'claimant') fields.push(stampText(value as Stamp | null, nameOf))
    else if (field === 'starter') fields.push(`started by ${nameOf(String(value))}`)
    else if (field === 'hops') fields.push(`hop ${value}`)
    else if (value === true) fields.push(field)
  }
  return [body.kind, ...fields].join(' ')
}

function stampText(stamp: Stamp | null, nameOf: NameOf): string {
  return stamp === null ? 'of no site' : `${stamp.time}@${nameOf(stamp.id)}`
}

function holdsSentence(names: readonly string[]): string {
  return names.length === 0 ? 'no holds' : `a hold of ${names.map((name) => `'${name}'`).join(', ')}`
}

/** What happened, at the node where it happened; null for what no story tells. */
export function eventSentence(event: Event, self: string, nameOf: NameOf): string | null {
  switch (event.type) {
    case 'peerSuspected':
      return `suspects ${nameOf(event.peer)}${nameOf(event.by) === self ? '' : `, told by ${nameOf(event.by)}`}`
    case 'peerDown':
      return `knows that ${nameOf(event.peer)} is down`
    case 'linkClosed':
      return `loses its connection to ${nameOf(event.peer)}`
    case 'viewDecided':
      return `learns that a view of ${event.members.map(nameOf).join(', ')} is decided`
    case 'viewInstalled':
      return `installs the view of ${event.members.map(nameOf).join(', ')} and grants nothing for the moment`
    case 'viewActivated':
      return `grants in the view of ${event.members.map(nameOf).join(', ')} from now on`
    case 'sessionSuspected':
      return 'could not renew its session for two thirds of its length'
    case 'sessionEnded':
      return `has no session any more: ${event.reason}`
    case 'lockLost':
      return `tells its user that '${event.lock}' is lost: ${event.reason}`
    default:
      return null
  }
}
