/** This file runs `holdfast explain`, which prints how long each kind of failure stalls a lock. */
import type { FailoverReport } from '../index.ts'
import { jsonOf, observe } from './observe.ts'
import { counted, durationText, type Paint, painter, table } from './paint.ts'
import { printable } from './printable.ts'
import { readSettings } from './settings.ts'
import type { CommandAction } from './spec.ts'
import type { explainSpec } from './table/cluster.ts'
import { exitCodes } from './usage.ts'

/** `holdfast explain` */
export const runExplain: CommandAction<typeof explainSpec.options> = async ({ values, args, json }, terminal, interrupted) => {
  const settings = readSettings(values, terminal.environment)
  const report = await observe(settings, interrupted, (observer) => observer.explain(args[0] as string))
  terminal.out(json ? `${jsonOf(report)}\n` : explainText(report, painter(terminal.colors)))
  return exitCodes.clean
}

/** Each case with its terms, then what would change them. */
export function explainText(report: FailoverReport, paint: Paint): string {
  const { lock, algorithm, register, members, sessionMs, holders, cases, advice } = report
  const state = holders.length === 0 ? 'it has no holder' : `held by ${printable(holders.join(', '))}`
  const lines = [
    `lock ${paint('strong', printable(lock))}: ${printable(algorithm)}, ${state}`,
    `${counted(members, 'member')}, ${register} register, sessions of ${sessionMs} ms`,
  ]
  for (const { case: what, when, terms, boundMs } of cases) {
    lines.push('', `${paint('accent', printable(what))}: granted again within ${paint('strong', durationText(boundMs))}`)
    if (when !== undefined) lines.push(`  ${printable(when)}`)
    const rows = terms.filter(({ ms }) => ms > 0)
    const columns = [
      { title: '  TERM', text: (row: (typeof rows)[number]) => `  ${row.name}` },
      { title: 'AT MOST', align: 'right' as const, text: (row: (typeof rows)[number]) => durationText(row.ms) },
      { title: 'WHY', text: (row: (typeof rows)[number]) => row.why },
    ]
    lines.push(table(rows, columns, paint))
  }
  if (advice.length > 0) lines.push('', 'What would change it:', ...advice.map((each) => `  ${printable(each)}`))
  return `${lines.join('\n')}\n`
}
