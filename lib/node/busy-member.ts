/**
 * This file says which new requests wait for a member whose event loop is busy although it does not hold the lock. That depends
 * on the algorithm: on the members that a request asks, and on the way of the token. `explain` reports it.
 */

const asksAll = 'every new request waits: it asks all members'
const token = 'a new request waits if the busy member has the token, or is before this node in the queue'

/** Keyed by the algorithm's name without its options. */
const sentences: Readonly<Record<string, string>> = {
  'carvalho-roucairol': 'a new request waits, unless this node was the last to have the lock: it asks all other members',
  'ricart-agrawala': asksAll,
  lamport: asksAll,
  'lodha-kshemkalyani': asksAll,
  'raymond-k':
    'a new exclusive request waits; one of k permits waits only while the other permits are in use: it needs all replies but k − 1',
  'singhal-dynamic': 'a new request waits if the busy member may have asked for the lock since this node last had it',
  'home-queue':
    'a new request waits if the busy member is the home of the lock, has its token, or is before this node in the queue',
  'naimi-trehel':
    'a new request waits if the busy member has the token, is before this node in the queue, or is on the way of the request',
  mueller:
    'a new request waits if the busy member has the token, is before this node in the queue, or is on the way of the request',
  raymond: 'a new request waits if the busy member has the privilege, or is in the tree on the path to it',
  'token-ring': 'a new request waits if the token is at the busy member, or came by there before that member was suspected',
  'token-ring-perpetual':
    'a new request waits if the token came by the busy member before that was suspected: so it does for every lock that was in use',
  'suzuki-kasami': token,
  'singhal-heuristic': token,
  maekawa: 'a new request waits if the busy member is in the quorum of this node',
  'agrawal-el-abbadi': 'a new request waits if the busy member is in the quorum of this node',
}

/** One sentence: which new requests of a lock with this algorithm wait for a busy member. */
export function waitsForBusy(algorithm: string): string {
  return sentences[algorithm.split(':')[0] as string] ?? asksAll
}
