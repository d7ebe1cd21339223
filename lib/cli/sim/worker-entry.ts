/**
 * This file is a thread of `holdfast sim`. It judges batches of seeds, one seed after the other. Its first argument, if there is one, names the seeded
 * bug that is put into its nodes.
 */
import { serveParent } from '../../children/parent.ts'
import type { TaskCalls } from '../../children/tasks.ts'
import { bugNamed } from '../../sim/bugs/index.ts'
import { judgeSeed, type SeedVerdict } from '../../sim/swarm/verdict.ts'
import type { Batch, BatchResult } from './protocol.ts'

const bug = process.argv[2]
if (bug !== undefined) bugNamed(bug).apply()

serveParent<TaskCalls<Batch, BatchResult>>({
  async perform({ number, from, count }) {
    const verdicts: SeedVerdict[] = []
    for (let seed = from; seed < from + count; seed++) {
      const verdict = await judgeSeed(seed)
      verdicts.push(verdict)
      // A search for a bug needs only the first seed that shows it.
      if (bug !== undefined && verdict.failures.length > 0) break
    }
    return { number, verdicts }
  },
})
