import type { MembersReport } from '../index.ts'
import type { Command } from './command.ts'
import { jsonOf, observe } from './observe.ts'
import { counted, grouped, type Paint, painter, table } from './paint.ts'
import { readSettings, settingsFlags, settingsHelp } from './settings.ts'
import { exitCodes, parseFlags } from './usage.ts'

const help = `holdfast members: who is a member of a running cluster

Usage: holdfast members [--json] [--cluster NAME] [--join ADDRESSES] [--directory PATH]

${settingsHelp}
  --json               { cluster, epoch, members: [{ id, address, since, state }] }

'since' is the epoch at which a member came in; the first in the list is the most senior. 'state' is what gossip
believes of it at the member that answered. Looking is no joining: the cluster's view does not change.

Exit: 0 when a member answered, 1 when none did, 64 wrong usage.
`

/** `holdfast members` */
export const membersCommand: Command = {
  summary: 'who is a member of a running cluster',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, { ...settingsFlags, json: { type: 'boolean', default: false } })
    const report = await observe(readSettings(values, terminal.environment), (observer) => observer.members())
    terminal.out(values.json ? `${jsonOf(report)}\n` : membersText(report, painter(terminal.colors)))
    return exitCodes.clean
  },
}

/** The members as a table. */
export function membersText(report: MembersReport, paint: Paint): string {
  const { cluster, epoch, members } = report
  const title = `cluster ${paint('strong', cluster)}, view ${grouped(epoch)}, ${counted(members.length, 'member')}`
  const rows = table(
    members,
    [
      { title: 'MEMBER', text: (member) => member.id },
      { title: 'ADDRESS', text: (member) => member.address },
      { title: 'SINCE', align: 'right', text: (member) => grouped(member.since) },
      { title: 'STATE', text: (member) => member.state },
    ],
    paint,
  )
  return `${title}\n${rows}\n`
}
