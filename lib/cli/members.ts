/** This file runs `holdfast members`, which lists the members of a cluster. */
import type { MembersReport } from '../index.ts'
import { jsonOf, observe } from './observe.ts'
import { counted, type Paint, painter, table } from './paint.ts'
import { printable } from './printable.ts'
import { readSettings } from './settings.ts'
import type { CommandAction } from './spec.ts'
import type { membersSpec } from './table/cluster.ts'
import { exitCodes } from './usage.ts'

/** `holdfast members` */
export const runMembers: CommandAction<typeof membersSpec.options> = async ({ values, json }, terminal, interrupted) => {
  const settings = readSettings(values, terminal.environment)
  const report = await observe(settings, interrupted, (observer) => observer.members())
  terminal.out(json ? `${jsonOf(report)}\n` : membersText(report, painter(terminal.colors)))
  return exitCodes.clean
}

/** The members as a table, or the line that there are none: a node without a majority answers with epoch 0. */
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
