/**
 * Views are one chain. All processes with a view of one epoch have the same view, and epochs rise in each process. No process
 * takes up a view that does not list it. An id belongs to one process, and an id that was absent from a view is in no later view.
 * The last holds for ids under which a process took up a view: one that was listed and never heard of it may be listed by others.
 */
import type { Viewed } from '../events.ts'
import type { Property, Report } from '../property.ts'

interface Known {
  readonly digest: number
  readonly process: string
  readonly members: ReadonlySet<string>
}

/** How many epochs are remembered, the latest ones. */
const epochsMax = 5000

/** Views are one chain. */
export function views(): Property {
  const epochs = new Map<number, Known>()
  const latest = new Map<string, number>()
  const owners = new Map<string, string>()
  /** The first epoch that each id took up itself. */
  const firsts = new Map<string, number>()

  return {
    after(event, _run, report) {
      if (event.type === 'started') latest.delete(event.process)
      if (event.type === 'joined' && event.node !== undefined) own(event.node, event.process, report)
      if (event.type !== 'view') return
      own(event.node, event.process, report)
      judge(event, report)
    },
    finish(_run, report) {
      judgeReturns(epochs, firsts, report)
    },
  }

  function own(node: string, process: string, report: Report): void {
    const owner = owners.get(node)
    if (owner !== undefined && owner !== process) report('views', `${process} is a member as ${node}, which is ${owner}'s id`)
    owners.set(node, process)
  }

  function judge({ process, node, epoch, digest, members }: Viewed, report: Report): void {
    const known = epochs.get(epoch)
    if (known === undefined) {
      epochs.set(epoch, { digest, process, members: new Set(members) })
      if (epochs.size > epochsMax) epochs.delete(epochs.keys().next().value as number)
    } else if (known.digest !== digest || !sameMembers(known.members, members))
      report('views', `${process} and ${known.process} have different views of epoch ${epoch}`)
    if (!members.includes(node)) report('views', `${process} takes up view ${epoch}, in which its id ${node} is not a member`)
    const before = latest.get(process)
    if (before !== undefined && epoch < before) report('views', `${process} takes up view ${epoch} after view ${before}`)
    latest.set(process, epoch)
    if (!firsts.has(node)) firsts.set(node, epoch)
  }
}

function sameMembers(known: ReadonlySet<string>, members: readonly string[]): boolean {
  return known.size === members.length && members.every((id) => known.has(id))
}

function judgeReturns(epochs: ReadonlyMap<number, Known>, firsts: ReadonlyMap<string, number>, report: Report): void {
  const lastIn = new Map<string, number>()
  const goneIn = new Map<string, number>()
  for (const [epoch, { members }] of [...epochs].sort(([a], [b]) => a - b)) {
    for (const id of lastIn.keys()) if (!members.has(id) && !goneIn.has(id)) goneIn.set(id, epoch)
    for (const id of members) {
      const gone = goneIn.get(id)
      if (gone !== undefined && (firsts.get(id) ?? gone) < gone)
        report('views', `${id} is a member in view ${epoch}, and was none in view ${gone} any more`)
      goneIn.delete(id)
      lastIn.set(id, epoch)
    }
  }
}
