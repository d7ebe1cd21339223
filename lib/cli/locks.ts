/** This file runs `holdfast locks`, which lists the holders and waiters of a cluster's locks. */
import type { LockReport } from '../index.ts'
import { jsonOf, observe } from './observe.ts'
import { durationText, grouped, type Paint, painter, table } from './paint.ts'
import { printable } from './printable.ts'
import { readSettings } from './settings.ts'
import type { CommandAction } from './spec.ts'
import type { locksSpec } from './table/cluster.ts'
import { exitCodes } from './usage.ts'

/** `holdfast locks` */
export const runLocks: CommandAction<typeof locksSpec.options> = async ({ values, args, json }, terminal, interrupted) => {
  const settings = readSettings(values, terminal.environment)
  const report = await observe(settings, interrupted, (observer) => observer.locks(args[0] ?? '*'))
  terminal.out(json ? `${jsonOf(report)}\n` : locksText(report, painter(terminal.colors)))
  return report.unanswered.length === 0 ? exitCodes.clean : exitCodes.unclean
}

interface Row {
  readonly name: string
  readonly what: string
  readonly mode: string
  readonly node: string
  readonly forMs: number
  readonly fence: string
}

/** Holds and, below each lock's holds, its waiters, the longest waiting first. */
export function locksText(report: LockReport, paint: Paint): string {
  const held: Row[] = report.held.map((hold) => ({
    name: hold.name,
    what: 'held',
    mode: String(hold.mode),
    node: hold.holder,
    forMs: hold.heldMs,
    fence: String(hold.fence),
  }))
  const pending: Row[] = report.pending.map((waiter) => ({
    name: waiter.name,
    what: 'waits',
    mode: String(waiter.mode),
    node: waiter.node,
    forMs: waiter.waitedMs,
    fence: '',
  }))
  const rows = [...held, ...pending].sort((a, b) => compare(a.name, b.name) || compare(a.what, b.what) || b.forMs - a.forMs)
  const resting = new Set(report.cached.map((rest) => rest.name)).size
  const lines =
    rows.length === 0
      ? ['no holders and no waiters']
      : [
          table(
            rows,
            [
              { title: 'LOCK', text: (row) => row.name },
              { title: '', text: (row) => row.what },
              { title: 'NODE', text: (row) => row.node },
              { title: 'MODE', text: (row) => row.mode },
              { title: 'FOR', align: 'right', text: (row) => durationText(row.forMs) },
              { title: 'FENCE', align: 'right', text: (row) => row.fence },
            ],
            paint,
          ),
        ]
  if (resting > 0)
    lines.push(paint('dim', `${grouped(resting)} ${resting === 1 ? 'lock rests' : 'locks rest'} with the node that had it last`))
  if (report.unanswered.length > 0)
    lines.push(paint('bad', `no answer from ${namesOf(report.unanswered)}: their holds and waiters are missing here`))
  if (report.truncated.length > 0)
    lines.push(paint('dim', `${namesOf(report.truncated)} has more locks than one answer carries: give a PATTERN`))
  return `${lines.join('\n')}\n`
}

function namesOf(nodes: readonly string[]): string {
  return printable(nodes.join(', '))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
