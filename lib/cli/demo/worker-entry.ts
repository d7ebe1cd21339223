/** This file is the process that `holdfast demo` starts for each worker. */
import { openNothing } from './guard.ts'
import { serveDemo } from './worker.ts'

serveDemo(async (assignment, news, stop) => {
  if (!assignment.locked) return await openNothing(assignment, news, stop)
  const { openHoldfast } = await import('./holdfast-guard.ts')
  return await openHoldfast(assignment, news, stop)
})
