import type { MembersReport } from '../index.ts'
import type { Command } from './command.ts'
import { jsonOf, observe, onlookerAdvice } from './observe.ts'
import { counted, type Paint, painter, table } from './paint.ts'
import { printable } from './printable.ts'
import { readSettings, settingsFlags, settingsHelp } from './settings.ts'
import { exitCodes, parseFlags } from './usage.ts'

const help = `holdfast members: who is a member of a running cluster

Usage: holdfast members [--json] [--cluster NAME] [--join ADDRESSES] [--directory PATH]

${settingsHelp}
  --json               { cluster, epoch, members: [{ id, address, since, state }] }

'since' is the epoch at which a member came in; the first in the list is the most senior. 'state' is what gossip
believes of it at the member that answered. Epoch 0 and nobody: that node is in no view at present, since no majority is
up or the cluster is just being founded. Looking is no joining: the cluster's view does not change.

Exit: 0 when a node answered, 1 when none did, 64 wrong usage.
`

/** `holdfast members` */
export const membersCommand: Command = {
  summary: 'who is a member of a running cluster',
  help,
  advice: onlookerAdvice,
  async run(args, terminal) {
    const { values } = parseFlags(args, { ...settingsFlags, json: { type: 'boolean', default: false } })
    const report = await observe(readSettings(values, terminal.environment), (observer) => observer.members())
    terminal.out(values.json ? `${jsonOf(report)}\n` : membersText(report, painter(terminal.colors)))
    return exitCodes.clean
  },
}

/** The members as a table; or that there are none, since a node without a majority says so by an epoch of 0. */
export function membersText(report: MembersReport, paint: Paint): string {
  const { cluster, epoch, members } = report
  const name = paint('strong', printable(cluster))
  if (epoch === 0)
    return `cluster ${name}: the node that answered is ${paint('bad', 'in no view at present')}, so nothing can be granted there\n`
  const title = `cluster ${name}, view ${epoch}, ${counted(members.length, 'member')}`
  const rows = table(
    members,
    [
      { title: 'MEMBER', text: (member) => member.id },
      { title: 'ADDRESS', text: (member) => member.address },
      { title: 'SINCE', align: 'right', text: (member) => String(member.since) },
      { title: 'STATE', text: (member) => member.state },
    ],
    paint,
  )
  return `${title}\n${rows}\n`
}
