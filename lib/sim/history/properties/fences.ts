/**
 * Fences under every fault, wrong clocks included (Kleppmann 2016, "How to do distributed locking"). The fences that a resource
 * admits never fall. A fence belongs to one exclusive holder, or to shared ones, and only those use it. While clocks keep their
 * rates, no resource refuses a holder that is certainly inside.
 */
import type { Mode } from '../../../base/mode.ts'
import type { Accessed, HistoryEvent } from '../events.ts'
import { type Property, type Report, callText } from '../property.ts'
import type { CallState, Watched } from '../watched.ts'

/** How many fences of one lock are remembered with their owners. */
const ownersMax = 4096

interface LockFences {
  highest: bigint
  /** Of no process before the first access. */
  highestCall: number | null
  readonly owners: Map<bigint, { readonly call: number; readonly mode: Mode }>
}

/** Fences under any fault. */
export function fences(): Property {
  const locks = new Map<string, LockFences>()
  const of = (lock: string): LockFences => {
    let known = locks.get(lock)
    if (known === undefined) locks.set(lock, (known = { highest: -1n, highestCall: null, owners: new Map() }))
    return known
  }
  return {
    after(event, run, report) {
      if (event.type === 'granted') return granted(event, run, of, report)
      if (event.type !== 'read' && event.type !== 'write') return
      const call = run.call(event.call)
      const lock = of(event.lock)
      if (call?.mode.isCounted === true) return permitted(event, lock)
      accessed(event, call, lock, run, report)
    },
  }
}

function granted(
  event: HistoryEvent & { readonly call: number },
  run: Watched,
  of: (lock: string) => LockFences,
  report: Report,
): void {
  const call = run.call(event.call)
  if (call === undefined || call.fence === null || call.mode.isCounted) return
  const { owners } = of(call.lock)
  const owner = owners.get(call.fence)
  if (owner !== undefined && owner.call !== call.call && !owner.mode.isCompatibleWith(call.mode))
    report('fences', `${callText(call)} has the fence of call ${owner.call}`, [owner.call, call.call])
  owners.set(call.fence, { call: call.call, mode: call.mode })
  if (owners.size > ownersMax) owners.delete(owners.keys().next().value as bigint)
}

/** Permits promise nothing of their fences, but a resource that has seen a higher one turns lower ones away. */
function permitted(event: Accessed, lock: LockFences): void {
  const fence = BigInt(event.fence)
  if (!event.admitted || fence <= lock.highest) return
  lock.highest = fence
  lock.highestCall = event.call
}

function accessed(event: Accessed, call: CallState | undefined, lock: LockFences, run: Watched, report: Report): void {
  const { process, admitted } = event
  const fence = BigInt(event.fence)
  const what = `${process} (call ${event.call}) ${event.type}s '${event.lock}' with fence ${fence}`
  if (call !== undefined && call.lock !== event.lock)
    return report('fences', `${what}, though it was granted '${call.lock}'`, [event.call])
  if (call !== undefined && call.fence !== null && call.fence !== fence)
    return report('fences', `${what}, though it was granted fence ${call.fence}`, [event.call])
  const { highest, highestCall } = lock
  const both = highestCall === null ? [event.call] : [highestCall, event.call]
  if (admitted) {
    if (fence < highest) report('fences', `${what} and is admitted after fence ${highest}`, both)
    if (fence === highest && highestCall !== null && highestCall !== event.call && isAlone(run, highestCall, event.call))
      report('fences', `${what} and is admitted, though that fence is call ${highestCall}'s`, both)
    if (fence < highest) return
    lock.highest = fence
    lock.highestCall = event.call
    return
  }
  if (fence >= highest) return report('fences', `${what} and is turned away, though nothing above it was admitted`, [event.call])
  // Shared holders may have different fences, and the higher shuts out the lower.
  if (call?.mode.isAlone === true && run.isCertain(call) && run.run.timely)
    report('fences', `${what} and is turned away while it is inside: ${highest} was admitted`, both)
}

/** Whether one of two calls with one fence should have it for itself. */
function isAlone(run: Watched, a: number, b: number): boolean {
  return [a, b].some((call) => run.call(call)?.mode.isAlone)
}
