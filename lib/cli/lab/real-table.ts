/** This file prints simulated and real measurements side by side. */
import type { RealRow } from '../../lab/real/rows.ts'
import type { Pair, PairedName } from '../../lab/real/side-by-side.ts'
import { type Column, durationText, grouped, type Paint, table } from '../paint.ts'

type Line = Pair<RealRow>

/** Simulated and real rows side by side, a table for each load. */
export function pairsText(pairs: readonly Line[], paint: Paint): string {
  const groups = new Map<string, Line[]>()
  for (const pair of pairs) groups.set(pair.load, [...(groups.get(pair.load) ?? []), pair])
  const tables = [...groups].map(([load, own]) => {
    const title = `${load} load, simulated (${own[0]?.simulated.delay}) and real`
    return `${paint('strong', title)}\n${table(own, columns, paint)}`
  })
  tables.push(
    paint(
      'dim',
      'T: half the median round trip between two of the processes while they contended; times are in units of it; cpu: processor time for an entry',
    ),
  )
  const disturbed = pairs.filter(({ real }) => real.viewChanges > 0).map(({ algorithm, nodes }) => `${algorithm} (${nodes})`)
  if (disturbed.length > 0) {
    tables.push(
      paint(
        'warn',
        `the members changed in the middle of a run, so that counts are not the algorithm's alone: ${disturbed.join(', ')}`,
      ),
    )
  }
  const first = pairs.find(({ real }) => real.violations > 0)
  if (first !== undefined)
    tables.push(paint('bad', `${first.algorithm} broke a promise: ${first.real.firstViolation ?? 'see --json'}`))
  return tables.join('\n\n')
}

const both = (title: string, name: PairedName): Column<Line>[] => [
  { title, align: 'right', text: (pair) => figure(pair, name, 'simulated') },
  { title: 'real', align: 'right', text: (pair) => figure(pair, name, 'real') },
]

const columns: readonly Column<Line>[] = [
  { title: 'algorithm', text: ({ algorithm }) => algorithm },
  { title: 'N', align: 'right', text: ({ nodes }) => grouped(nodes) },
  { title: 'paper', align: 'right', text: ({ simulated }) => short(simulated.formula.value) },
  ...both('messages', 'messagesPerEntry'),
  ...both('sync delay', 'syncDelay'),
  ...both('response', 'response'),
  ...both('entries/T', 'throughput'),
  ...both('bypass', 'bypassMax'),
  { title: 'T', align: 'right', text: ({ real }) => durationText(real.delayMs) },
  { title: 'per s', align: 'right', text: ({ real }) => short(real.entriesPerSecond.mean, 0) },
  { title: 'p50', align: 'right', text: ({ real }) => timeText(real.inMs.response.p50) },
  { title: 'p99', align: 'right', text: ({ real }) => timeText(real.inMs.response.p99) },
  { title: 'cpu', align: 'right', text: ({ real }) => durationText(real.cpuMsPerEntry) },
  { title: 'violations', align: 'right', text: ({ real }) => grouped(real.violations) },
]

function figure({ measures }: Line, name: PairedName, world: 'simulated' | 'real'): string {
  return short(measures.find((each) => each.name === name)?.[world] ?? null)
}

function timeText(ms: number | null): string {
  return ms === null ? '–' : durationText(ms)
}

function short(value: number | null, digits = 2): string {
  return value === null ? '–' : String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : digits)))
}
