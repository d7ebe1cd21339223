/** This file checks that a closed node leaves no timer and no waiter behind. */
import type { Property } from '../property.ts'

/** A node that has closed leaves nothing behind: no timer that could still fire, and no waiter. */
export function quiescence(): Property {
  return {
    after(event, _run, report) {
      if (event.type !== 'quiet') return
      const { process, timers, waiters } = event
      if (timers > 0) report('quiescence', `${process} has closed and left ${timers} ${timers === 1 ? 'timer' : 'timers'}`)
      if (waiters > 0) report('quiescence', `${process} has closed and left ${waiters} who ${waiters === 1 ? 'waits' : 'wait'}`)
    },
  }
}
