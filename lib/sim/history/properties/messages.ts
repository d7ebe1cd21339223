/** This file checks that the number of lock messages in a run without faults is within the bounds of the algorithm's formula. */
import type { Property } from '../property.ts'

/** When nothing failed, the messages of a lock are those of its algorithm's formula: no fewer, and no more. */
export function messageBounds(): Property {
  return {
    after(event, run, report) {
      if (event.type !== 'counted' || !run.run.faultless) return
      const { lockMessages, entries, least, most } = event
      const sent = `${lockMessages} lock messages for ${entries} entries`
      if (least !== null && lockMessages < least) report('messages', `${sent}; ${run.run.algorithm} needs ${least} at least`)
      if (most !== null && lockMessages > most) report('messages', `${sent}; ${run.run.algorithm} needs ${most} at most`)
    },
  }
}
