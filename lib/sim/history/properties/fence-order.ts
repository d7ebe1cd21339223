/** This file checks that fences rise in the order of the grants. */
import { type Property, callText } from '../property.ts'
import type { CallState } from '../watched.ts'

/** A grant's fence and who had it; the highest of its kind. */
interface Highest {
  readonly fence: bigint
  readonly call: CallState
}

/**
 * Fences follow the grants in real time, across views and restarts: a fence is above every fence granted before in a mode that
 * excludes its own. So an exclusive one is above all, and a shared one above the exclusive ones. Holders whose modes go together may
 * share a fence; permits promise none.
 *
 * When clocks do not keep their rates (`timely: false`), an old view's holder may be granted after a new view's, and the resource
 * finds out. Then only each process's own grants are compared.
 */
export function fenceOrder(): Property {
  /** The highest fence of each mode, by the code of the mode. */
  const locks = new Map<string, Map<number, Highest>>()
  return {
    after(event, run, report) {
      if (event.type !== 'granted') return
      const call = run.call(event.call)
      if (call === undefined || call.fence === null || call.mode.isCounted || call.grantedAtMs !== event.atMs) return
      const { fence, mode, lock, process } = call
      const key = run.run.timely ? lock : JSON.stringify([lock, process])
      let granted = locks.get(key)
      if (granted === undefined) locks.set(key, (granted = new Map()))
      for (const before of granted.values()) {
        if (before.call === call || before.call.mode.isCompatibleWith(mode) || fence > before.fence) continue
        report('fence order', `${callText(call)} is granted after ${callText(before.call)}`, [before.call.call, call.call])
      }
      if (fence > (granted.get(mode.code)?.fence ?? -1n)) granted.set(mode.code, { fence, call })
    },
  }
}
