/** This file checks that fences rise in the order of the grants. */
import { type Property, callText } from '../property.ts'
import type { CallState } from '../watched.ts'

/** A grant's fence and who had it; the highest of its kind. */
interface Highest {
  readonly fence: bigint
  readonly call: CallState
}

/**
 * Fences follow the grants in real time, across views and restarts: an exclusive fence is above every fence granted before,
 * a shared one above every exclusive one granted before. Shared holders may share a fence; permits promise none.
 *
 * When clocks do not keep their rates (`timely: false`), an old view's holder may be granted after a new view's, and the resource
 * finds out. Then only each process's own grants are compared.
 */
export function fenceOrder(): Property {
  const exclusive = new Map<string, Highest>()
  const any = new Map<string, Highest>()
  return {
    after(event, run, report) {
      if (event.type !== 'granted') return
      const call = run.call(event.call)
      if (call === undefined || call.fence === null || call.mode.isCounted || call.grantedAtMs !== event.atMs) return
      const { fence, mode, lock, process } = call
      const key = run.run.timely ? lock : JSON.stringify([lock, process])
      const before = (mode.isAlone ? any : exclusive).get(key)
      if (before !== undefined && before.call !== call && fence <= before.fence)
        report('fence order', `${callText(call)} is granted after ${callText(before.call)}`, [before.call.call, call.call])
      const highest = { fence, call }
      if (fence > (any.get(key)?.fence ?? -1n)) any.set(key, highest)
      if (mode.isAlone && fence > (exclusive.get(key)?.fence ?? -1n)) exclusive.set(key, highest)
    },
  }
}
