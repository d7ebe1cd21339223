/** This file prints the report of `holdfast lab check` for people. */
import type { CheckReport, Explored } from '../../lab/own/report.ts'
import { grouped, type Paint } from '../paint.ts'

/** A report for reading. */
export function checkText(report: CheckReport, file: string, paint: Paint): string {
  const { name, violations, explored, seeds, configurations, score, links } = report
  const lines: string[] = []
  for (const { property, problem, diagram, run, foundBy, nodes } of violations) {
    const steps = (run?.steps.length ?? 2) - 2
    const how =
      property === 'loads' || diagram === '' ? '' : ` with ${count(nodes, 'site')}, in ${count(steps, 'step')} (${foundBy})`
    lines.push(paint('bad', `${name} breaks: ${property}${how}`), problem, '')
    if (diagram !== '') lines.push(diagram)
  }
  const unfinished = configurations.filter(({ complete }) => !complete)
  if (configurations.length > 0) {
    const order = links === 'fifo' ? 'links in order' : 'links without order'
    lines.push(
      `${grouped(explored)} states of ${count(configurations.length, 'small configuration')}, ${count(seeds, 'seed')}, ${order}`,
    )
  }
  if (unfinished.length > 0)
    lines.push(`not every order was tried: ${unfinished.map(configurationText).join('; ')} (more: --states)`)
  const { exclusion, liveness, fairness, messages, total, messagesPerEntry } = score
  const parts = Object.entries({ exclusion, liveness, fairness, messages }).map(
    ([part, { points, of }]) => `${part} ${points}/${of}`,
  )
  const cost = messagesPerEntry === null ? '' : `; ${messagesPerEntry} messages an entry`
  lines.push(`score ${total} of 100: ${parts.join(', ')}${cost}`, '')
  if (violations.length === 0) lines.push(paint('good', `nothing wrong was found in ${file}`))
  else lines.push(paint('bad', 'the algorithm is wrong'))
  return `${lines.join('\n')}\n`
}

function configurationText({ nodes, requests, mode, withdraws, states }: Explored): string {
  return `${nodes} sites, ${requests.join('+')} requests${mode === 'exclusive' ? '' : `, ${mode}`}${withdraws ? ', withdrawn' : ''}, ${grouped(states)} states`
}

function count(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`
}
