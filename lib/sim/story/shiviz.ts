/**
 * This file writes stories as a log for ShiViz (Beschastnikh, Wang, Brun and Ernst 2016), which draws space-time diagrams from
 * vector clocks. The first line is the expression that reads the log; the second is the expression that separates executions.
 * Each event is a host, its clock as JSON, and below it what happened. Paste it whole, or load it as a file.
 */
import type { Story, StoryEvent } from './story.ts'
import { deedText } from './words.ts'

/** Reads an event. */
export const shivizEvent = String.raw`(?<host>\S+) (?<clock>\{.*\}) (?<time>[\d.]+)\n(?<event>.*)`

/** Reads the line before each execution. */
export const shivizDelimiter = '^=== (?<trace>.*) ===$'

/** One story in the log. */
export interface Execution {
  /** The line above it. */
  readonly title: string
  /** What happened. */
  readonly story: Story
}

/** The log of some stories, an execution each. */
export function shivizOf(executions: readonly Execution[]): string {
  const lines = executions.flatMap(({ title, story }) => [
    `=== ${title} ===`,
    ...story.events.flatMap((event) => [
      `${story.nodes[event.node]} ${JSON.stringify(clockOf(story, event))} ${Number(event.at.toFixed(4))}`,
      `${deedText(story, event)}${lossOf(story, event)}`,
    ]),
  ])
  return `${[shivizEvent, shivizDelimiter, ...lines].join('\n')}\n`
}

/** How many events of each host it knows of; hosts that it knows nothing of are absent. */
function clockOf({ nodes }: Story, { vector }: StoryEvent): Record<string, number> {
  return Object.fromEntries(nodes.map((id, node) => [id, vector[node] as number] as const).filter(([, count]) => count > 0))
}

function lossOf({ flights }: Story, { kind, message }: StoryEvent): string {
  const why = kind === 'sends' ? flights[message - 1]?.why : null
  return why === null || why === undefined ? '' : `, which is lost: ${why}`
}
