/** This file checks that each call is asked once and answered once, by the process that made it. */
import type { HistoryEvent } from '../events.ts'
import type { Property, Report } from '../property.ts'
import type { Watched } from '../watched.ts'

/**
 * A call is asked once, answered once, by the process that asked it, while that lives; and only who was granted can release,
 * lose, read or write. A lock that answers twice, a stranger that releases, or a wrongly written history breaks this. Then
 * nothing else about that call can be believed.
 */
export function calls(): Property {
  return {
    before(event, run, report) {
      if (!('call' in event)) return
      const known = run.call(event.call)
      if (event.type === 'invoked') {
        if (known !== undefined) report('calls', `call ${event.call} is invoked a second time`, [event.call])
        if (isGone(run, event.process))
          report('calls', `${event.process} is gone and asks for '${event.lock}' (call ${event.call})`, [event.call])
        return
      }
      if (known === undefined) {
        // Calls that ended long ago are not remembered, but it is certain that they ended.
        const isForgotten = run.forgotten > 0 && event.call <= run.callMax
        const isAnswer = event.type === 'granted' || event.type === 'refused' || event.type === 'failed'
        const problem = isForgotten ? 'was answered long ago' : 'no process made'
        if (!isForgotten || isAnswer)
          report('calls', `${event.process}: ${event.type} for call ${event.call}, which ${problem}`, [event.call])
        return
      }
      if (known.process !== event.process) {
        const text = `${event.process}: ${event.type} for call ${event.call}, which is ${known.process}'s`
        return report('calls', text, [event.call])
      }
      judge(event, run, report)
    },
  }
}

/** Whether no process is there that could ask or be answered. */
function isGone(run: Watched, process: string): boolean {
  const life = run.processes.get(process)?.life
  return life === 'crashed' || life === 'closed'
}

function judge(event: HistoryEvent & { readonly call: number }, run: Watched, report: Report): void {
  const known = run.call(event.call)
  if (known === undefined) return
  const { process, lock, call } = known
  const said = (text: string): void => report('calls', text, [call])
  if (event.type === 'granted' || event.type === 'refused' || event.type === 'failed') {
    if (isGone(run, process)) return said(`${process} is gone and is answered: call ${call}, '${lock}', ${event.type}`)
    if (known.state !== 'waiting') said(`call ${call} of ${process} for '${lock}' is answered a second time: ${event.type}`)
    if (event.type === 'refused' && known.how === 'acquire')
      said(`${process} is refused '${lock}' though it did not merely try (call ${call})`)
    return
  }
  const isOwn = event.type === 'releasing' || event.type === 'released' || event.type === 'lost'
  if (isOwn && run.process(process).life === 'crashed') said(`${process} is dead: ${event.type} for call ${call}`)
  else if (known.fence === null) said(`${process}: ${event.type} for call ${call}, which was not granted`)
}
