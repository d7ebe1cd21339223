import { expect } from 'chai'
import { experimentOf } from '../../../lib/lab/experiment.ts'
import { historyOf } from '../../../lib/lab/report/history.ts'
import { representatives } from '../../../lib/lab/report/one-run.ts'
import { executionOf } from '../../../lib/lab/report/write.ts'
import { shivizDelimiter, shivizEvent, shivizOf } from '../../../lib/sim/story/shiviz.ts'
import type { Setting } from '../../../lib/lab/settings.ts'
import { checkHistory } from '../../../lib/sim/history/checker.ts'

const experiment = experimentOf({
  algorithms: ['ricart-agrawala', 'token-ring'],
  nodes: [5, 3],
  loads: ['saturated', 'light'],
  delays: ['exponential:2'],
})

const settings = representatives(experiment)

function setting(at: number): Setting {
  const found = settings[at]
  if (found === undefined) throw new Error('no such setting')
  return found
}

describe('the history of a run of the lab', () => {
  it('is of the first load at the fewest nodes, for each algorithm', () => {
    expect(settings.map(({ algorithm, nodes, load }) => [algorithm, nodes, load])).to.deep.equal([
      ['ricart-agrawala', 3, 'saturated'],
      ['token-ring', 3, 'saturated'],
    ])
  })

  it('is judged clean by the checker of the simulator, entry by entry', () => {
    for (const each of settings) {
      const verdict = checkHistory(historyOf(each, 1, 50).split('\n'))
      expect(verdict.violations, each.algorithm).to.deep.equal([])
      expect(verdict.entries).to.be.at.least(50)
    }
  })

  it('would not be, if two were inside at once', () => {
    const lines = historyOf(setting(0), 1, 20).split('\n')
    const broken = lines.filter((line) => !line.includes('"releasing"') && !line.includes('"released"'))
    expect(checkHistory(broken).violations.map(({ property }) => property)).to.include('exclusion')
  })

  it('is the same text at every run', () => {
    expect(historyOf(setting(1), 7, 20)).to.equal(historyOf(setting(1), 7, 20))
    expect(historyOf(setting(1), 7, 20)).not.to.equal(historyOf(setting(1), 8, 20))
  })
})

interface ShivizEvent {
  readonly host: string
  readonly clock: Readonly<Record<string, number>>
  readonly event: string
}

/** Reads a log as ShiViz does: by the expressions in its first two lines. */
function read(log: string): { name: string; events: ShivizEvent[] }[] {
  const [event = '', delimiter = '', ...rest] = log.split('\n')
  const [, ...parts] = rest.join('\n').split(new RegExp(delimiter, 'm'))
  const executions: { name: string; events: ShivizEvent[] }[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const events = [...(parts[at + 1] ?? '').matchAll(new RegExp(event, 'g'))].map(({ groups = {} }) => ({
      host: groups.host ?? '',
      clock: JSON.parse(groups.clock ?? '{}') as Record<string, number>,
      event: groups.event ?? '',
    }))
    executions.push({ name: parts[at] ?? '', events })
  }
  return executions
}

describe('the log for ShiViz', () => {
  const log = shivizOf(settings.map((setting) => executionOf(setting, 1, 10)))
  const executions = read(log)

  it('begins with the expressions that read it, and has an execution for each algorithm', () => {
    expect(log.startsWith(`${shivizEvent}\n${shivizDelimiter}\n=== ricart-agrawala: 3 nodes, saturated`)).to.equal(true)
    expect(executions.map(({ name }) => name.split(':')[0])).to.deep.equal(['ricart-agrawala', 'token-ring'])
    const events = log.split('\n').length - 1 - 2 - executions.length
    expect(executions.reduce((sum, each) => sum + each.events.length, 0)).to.equal(events / 2)
  })

  it('counts the events of each host from 1 without a gap', () => {
    for (const { events } of executions) {
      const counts: Record<string, number> = {}
      for (const { host, clock } of events) {
        counts[host] = (counts[host] ?? 0) + 1
        expect(clock[host]).to.equal(counts[host])
      }
    }
  })

  it('knows of the sending wherever a message is received', () => {
    let received = 0
    for (const { events } of executions) {
      for (const { host, clock, event } of events) {
        const [, what = '', from = ''] = /^receives (.*) from (\S+)$/.exec(event) ?? []
        if (from === '') continue
        received++
        const sent = events.findLast(
          (each) => each.host === from && each.event === `sends ${what} to ${host}` && knows(clock, each),
        )
        expect(sent, event).not.to.equal(undefined)
      }
    }
    expect(received).to.be.at.least(40)
  })

  it('orders every entry after the one before it', () => {
    for (const { events } of executions) {
      const entries = events.filter(({ event }) => event.startsWith('enters'))
      expect(entries.length).to.be.at.least(10)
      for (const [at, entry] of entries.slice(1).entries()) expect(knows(entry.clock, entries[at])).to.equal(true)
    }
  })
})

/** Whether that event happened before. */
function knows(clock: Readonly<Record<string, number>>, event: ShivizEvent | undefined): boolean {
  return event !== undefined && (clock[event.host] ?? 0) >= (event.clock[event.host] ?? 0)
}
