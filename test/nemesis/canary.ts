import { setTimeout as pause } from 'node:timers/promises'
import { checkHistory } from '../../lib/sim/history/checker.ts'
import { Stage } from './stage.ts'
import type { Worker } from './worker.ts'

/**
 * The story that fences are for (Jepsen's `lock-set`): a holder has read and is stopped for longer than its session; another
 * reads and writes; the first goes on and writes what follows from what it had read. How many violations that makes
 * says whether this suite can see one: none with fences, some at a resource that ignores them.
 */
export async function showViolation(fenced: boolean): Promise<number> {
  const stage = await Stage.open({ pool: 'local', count: 2, random: Math.random, sessionMs: 1000, fenced })
  try {
    const [first, second] = stage.workers as [Worker, Worker]
    const early = await first.ask('enter', 'red', 10_000)
    stage.stop(first)
    const late = await second.ask('enter', 'red', 20_000)
    await second.ask('leave', late.call)
    stage.resume(first)
    await first.ask('leave', early.call)
    // Its signal comes when it sees the time; what it says of that belongs into the history.
    await pause(100)
    return checkHistory(await stage.history()).violations.length
  } finally {
    await stage.end()
  }
}
