import type { FailoverReport } from '../index.ts'
import type { Command } from './command.ts'
import { jsonOf, observe, onlookerAdvice } from './observe.ts'
import { counted, duration, type Paint, painter, table } from './paint.ts'
import { printable } from './printable.ts'
import { readSettings, settingsFlags, settingsHelp } from './settings.ts'
import { exitCodes, parseFlags, UsageError } from './usage.ts'

const help = `holdfast explain: by when a lock is granted again after a failure, and why

Usage: holdfast explain NAME [--json] [--cluster NAME] [--join ADDRESSES] [--directory PATH]

${settingsHelp}
  --json               { lock, algorithm, register, members, sessionMs, holders: [node],
                       cases: [{ case, terms: [{ name, ms, why }], boundMs }], advice: [text] }

Each case is one failure at a time; its terms follow each other, and their sum is the bound. The lock need not exist.

Exit: 0 when a member answered, 1 when none did, 64 wrong usage, 69 no quorum: who answered is in no view.
`

/** `holdfast explain` */
export const explainCommand: Command = {
  summary: 'by when a lock is granted again after a failure',
  help,
  advice: onlookerAdvice,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, { ...settingsFlags, json: { type: 'boolean', default: false } }, 1)
    const [lock] = positionals
    if (lock === undefined) throw new UsageError("the lock's name is missing")
    const report = await observe(readSettings(values, terminal.environment), (observer) => observer.explain(lock))
    terminal.out(values.json ? `${jsonOf(report)}\n` : explainText(report, painter(terminal.colors)))
    return exitCodes.clean
  },
}

/** Each case with its terms, then what would change them. */
export function explainText(report: FailoverReport, paint: Paint): string {
  const { lock, algorithm, register, members, sessionMs, holders, cases, advice } = report
  const state = holders.length === 0 ? 'nobody holds it' : `held by ${printable(holders.join(', '))}`
  const lines = [
    `lock ${paint('strong', printable(lock))}: ${printable(algorithm)}, ${state}`,
    `${counted(members, 'member')}, ${register} register, sessions of ${sessionMs} ms`,
  ]
  for (const { case: what, terms, boundMs } of cases) {
    lines.push('', `${paint('accent', printable(what))}: granted again within ${paint('strong', duration(boundMs))}`)
    const rows = terms.filter(({ ms }) => ms > 0)
    const columns = [
      { title: '  TERM', text: (row: (typeof rows)[number]) => `  ${row.name}` },
      { title: 'AT MOST', align: 'right' as const, text: (row: (typeof rows)[number]) => duration(row.ms) },
      { title: 'WHY', text: (row: (typeof rows)[number]) => row.why },
    ]
    lines.push(table(rows, columns, paint))
  }
  if (advice.length > 0) lines.push('', 'What would change it:', ...advice.map((each) => `  ${printable(each)}`))
  return `${lines.join('\n')}\n`
}
