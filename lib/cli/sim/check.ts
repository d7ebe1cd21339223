/** This file checks a history in a file, prints the verdict with a diagram, and writes the history of one seed. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { diagram } from '../../sim/history/story.ts'
import { Checker, type Verdict } from '../../sim/history/checker.ts'
import type { HistoryEvent } from '../../sim/history/events.ts'
import { encodeEvent, HistoryError, HistoryReader } from '../../sim/history/jsonl.ts'
import { drawPlan } from '../../sim/swarm/draw.ts'
import { judgePlan } from '../../sim/swarm/verdict.ts'
import { counted, grouped, painter } from '../paint.ts'
import { printable, printableData } from '../printable.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes, UsageError } from '../usage.ts'

/** The checker's verdict on a file, and its events unless there are too many to draw. */
interface Checked {
  readonly verdict: Verdict
  readonly events: readonly HistoryEvent[] | null
}

/** Of longer histories no diagram is drawn: they are judged in constant memory instead. */
const drawnEventsMax = 200_000
const violationsToldMax = 20

/**
 * Judges a history in a file of JSON lines, in constant memory.
 *
 * @throws UsageError if the file cannot be read, or a line is not an event: the message names file, line and field.
 */
export async function checkFile(file: string): Promise<Checked> {
  const checker = new Checker()
  const reader = new HistoryReader()
  let events: HistoryEvent[] | null = []
  try {
    const input = createReadStream(file, 'utf8')
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const event = reader.read(line)
      if (event === null) continue
      checker.add(event, reader.lineNumber)
      events?.push(event)
      if (events !== null && events.length > drawnEventsMax) events = null
    }
  } catch (error) {
    if (error instanceof HistoryError || (error as NodeJS.ErrnoException).code !== undefined)
      throw new UsageError(`${file}: ${printable((error as Error).message)}`)
    throw error
  }
  if (checker.isEmpty) throw new UsageError(`${file}: there is no history in it`)
  return { verdict: checker.verdict(), events }
}

/** `holdfast sim --check FILE`: prints the violations of a history, and the diagram of the first. */
export async function tellVerdict(file: string, terminal: Terminal, json: boolean): Promise<number> {
  const { verdict, events } = await checkFile(file)
  const { violationsInAll, entries } = verdict
  const isClean = verdict.violations.length === 0
  if (json) terminal.out(`${JSON.stringify({ file, ...verdict })}\n`)
  else {
    const paint = painter(terminal.colors)
    // Names of processes, nodes and locks come from the author of the file.
    const violations = printableData(verdict.violations)
    terminal.out(`${counted(verdict.events, 'event')}, ${grouped(entries)} ${entries === 1 ? 'entry' : 'entries'}\n`)
    if (!isClean && events !== null)
      terminal.out(`\n${diagram(printableData(events), { violations, columns: diagramWidth(terminal) })}`)
    for (const { property, atMs, text } of violations.slice(0, violationsToldMax))
      terminal.out(`\n${paint('bad', property)} at ${atMs.toFixed(1)} ms\n  ${text}\n`)
    if (violationsInAll > violationsToldMax) terminal.out(`\nand ${grouped(violationsInAll - violationsToldMax)} more\n`)
    terminal.out(
      `\n${isClean ? paint('good', 'clean') : paint('bad', `${grouped(violationsInAll)} ${violationsInAll === 1 ? 'violation' : 'violations'}`)}\n`,
    )
  }
  return isClean ? exitCodes.clean : exitCodes.unclean
}

/** How wide a diagram may be. */
export function diagramWidth({ interactive, columns }: Terminal): number {
  return interactive ? Math.max(60, Math.min(140, columns)) : 100
}

/**
 * `holdfast sim --history FILE`: writes the history of one seed's run, for `--check` and for people to read.
 *
 * @throws UsageError when the file cannot be written.
 */
export async function writeHistory(seed: number, file: string, terminal: Terminal, json: boolean): Promise<number> {
  const lines: string[] = []
  const { failures } = await judgePlan(drawPlan(seed), {
    listener: (event) => void lines.push(`${encodeEvent(event)}\n`),
    toTheEnd: true,
  })
  try {
    await using handle = await open(file, 'w')
    await handle.writeFile(lines.join(''))
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
  if (json) terminal.out(`${JSON.stringify({ file, seed, events: lines.length, failures: failures.length })}\n`)
  else terminal.err(`seed ${seed}: ${counted(lines.length, 'event')} in ${printable(file)}\n`)
  return failures.length === 0 ? exitCodes.clean : exitCodes.unclean
}
