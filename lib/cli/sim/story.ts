import { bugNamed } from '../../sim/bugs/index.ts'
import type { HistoryEvent } from '../../sim/history/events.ts'
import { drawPlan } from '../../sim/swarm/draw.ts'
import { judgePlan } from '../../sim/swarm/verdict.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes } from '../usage.ts'

/** Which story is wanted. */
export interface StoryOptions {
  readonly seed: number
  readonly bug: string | null
  readonly whole: boolean
}

/** Runs one seed and tells it event by event, then what is wrong with it. */
export async function tellStory({ seed, bug, whole }: StoryOptions, terminal: Terminal): Promise<number> {
  const undo = bug === null ? () => undefined : bugNamed(bug).apply()
  try {
    const plan = drawPlan(seed)
    const events: HistoryEvent[] = []
    const { failures } = await judgePlan(plan, (event) => void events.push(event))
    if (whole || failures.length > 0) for (const event of events) terminal.out(`${JSON.stringify(event)}\n`)
    for (const { property, text } of failures) terminal.out(`${property}: ${text}\n`)
    if (failures.length === 0) terminal.out(`seed ${seed} is clean\n`)
    return failures.length === 0 ? exitCodes.clean : exitCodes.unclean
  } finally {
    undo()
  }
}
