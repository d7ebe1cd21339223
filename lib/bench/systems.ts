/** This file makes a process a client of each system that the bench measures. */
import { createNode, type Node } from '../index.ts'
import type { BenchPlace } from './protocol.ts'
import { openRival } from './rivals.ts'
import type { BenchLocks } from './work.ts'

/** A client of a system of locks, as the bench sees it. */
export interface BenchClient {
  readonly locks: BenchLocks
  /** How many processes it sees in the system; null if the system does not tell. */
  memberCount(): number | null
  /** Messages of locks that it has sent. */
  messagesSent(): number
  close(): Promise<void>
}

/** Becomes a client of the system of that place. */
export async function openClient(place: BenchPlace): Promise<BenchClient> {
  const { system, serverPort } = place
  if (system !== 'holdfast' && system !== 'floor') {
    const { locks, close } = await openRival(system, serverPort)
    return { locks, memberCount: () => null, messagesSent: () => 0, close: async () => void (await close()) }
  }
  const { cluster, directory, algorithm, addresses, address } = place
  const node = await createNode({
    cluster,
    directory,
    wait: '120s',
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(addresses === undefined || address === undefined ? {} : { join: addresses, listen: address, dataDir: false }),
  })
  return {
    locks: node,
    memberCount: () => node.members.length,
    messagesSent: () => lockMessages(node),
    close: () => node.close({ drain: 0 }),
  }
}

/** Messages of locks that a node has sent, of all kinds. */
function lockMessages(node: Node): number {
  return Object.entries(node.counters.messagesSent)
    .filter(([type]) => type === 'lock' || type.startsWith('lock.'))
    .reduce((sum, [, count]) => sum + count, 0)
}
