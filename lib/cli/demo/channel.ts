/** This file connects a worker of the demo to the parent process that forked it. */
import type { Order } from './protocol.ts'
import type { Channel } from './worker.ts'

/**
 * The channel to the parent that forked this process. When the parent is gone the process ends at once; an interrupt
 * from the keyboard reaches the whole group and is left to the parent, which then says `stop`.
 */
export function forkedChannel(): Channel {
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {})
  return {
    send(report) {
      if (process.connected) process.send?.(report)
    },
    receive(handler) {
      process.on('message', (order) => handler(order as Order))
    },
  }
}
