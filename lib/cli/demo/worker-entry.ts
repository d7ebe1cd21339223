/** This file is the process that `holdfast demo` forks for each worker. It never outlives its parent. */
import { forkedChannel } from './channel.ts'
import { openNothing } from './guard.ts'
import { work } from './worker.ts'

await work(forkedChannel(), async (assignment, news, stop) => {
  if (!assignment.locked) return await openNothing(assignment, news, stop)
  const { openHoldfast } = await import('./holdfast-guard.ts')
  return await openHoldfast(assignment, news, stop)
})
// The channel keeps the process alive until the parent has read the last report and closes it.
