/** The world of one node of a test cluster: clocks and timers at a rate of its own, and no other door. */
import type { NodeId } from '../../lib/base/ids.ts'
import { EnteredEpochs } from '../../lib/world/entered-epochs.ts'
import type { Time, World } from '../../lib/world/world.ts'
import type { Cluster } from './cluster.ts'

/** Wall clock at the start of a run: one day after the origin of epochs. */
const wallStartMs = 1_735_689_600_000 + 86_400_000

/** @param atNode runs what is due when the node is neither dead nor paused */
export function nodeWorld(
  { time: virtual, nodes, random, options }: Cluster,
  id: NodeId,
  atNode: (run: () => void) => void,
): World {
  const rate = (): number => nodes.get(id)?.rate ?? 1
  const nowMs = (): number => virtual.nowMs * rate()
  const wallMs = (): number => wallStartMs + nowMs() + (nodes.get(id)?.wallOffsetMs ?? 0)
  // Processes of one machine read one boot clock.
  const isLocal = options.joinList.length === 0
  const time: Time = { monotonicMs: nowMs, wallMs, bootMs: isLocal ? () => virtual.nowMs : nowMs }
  const unused = (): never => {
    throw new Error('the view layer has no such door')
  }
  return {
    time,
    random,
    setTimer: (delayMs, fire) => virtual.schedule(delayMs / rate(), () => atNode(fire)),
    clearTimer: (handle) => virtual.cancel(handle),
    defer: unused,
    nextTurn: unused,
    newId: unused,
    openTransport: unused,
    openDirectory: unused,
    findDirectory: unused,
    openState: unused,
    epochs: new EnteredEpochs(),
  }
}
