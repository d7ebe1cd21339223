/**
 * This file holds the floor of each timed scenario: what the same exchange costs with bare sockets, without links, checks and
 * algorithms.
 */
import type { FloorPeers } from './floor.ts'
import type { WorkLog } from './protocol.ts'
import type { RingMember } from './ring.ts'
import type { TimedScenario } from './rows.ts'
import { type BenchLocks, type SliceWork, workWith } from './work.ts'

/**
 * `reacquire`: two calls of async functions. `first`: a frame to every peer, all answers awaited. `distinct64`: 64 such frames at
 * once. `contended`: a token in a ring of bare `ws` sockets.
 */
export function floorWork(peers: FloorPeers, ring: RingMember): Readonly<Record<TimedScenario, SliceWork>> {
  const { first, distinct64 } = workWith(roundLocks(peers))
  return {
    reacquire: workWith(emptyLocks).reacquire,
    first,
    distinct64,
    contended: async (fromMs, untilMs): Promise<WorkLog> => {
      const contention = await ring.run(fromMs, untilMs)
      return { entries: contention.grantedMs.length, ms: new Float64Array(0), contention }
    },
  }
}

const emptyHold = { release: async (): Promise<void> => {} }
const emptyLocks: BenchLocks = { acquire: async () => emptyHold }

/** Each grant costs one round to all peers, and a release nothing. */
function roundLocks(peers: FloorPeers): BenchLocks {
  return {
    async acquire() {
      await peers.round()
      return emptyHold
    },
  }
}
