import { expect } from 'chai'
import { play } from '../../../lib/lab/scenario/player.ts'
import { defaultScenario } from '../../../lib/lab/scenario/scenario.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import type { Situation, Step } from '../../../lib/sim/explorer/situation.ts'
import { storyOfSteps } from '../../../lib/sim/explorer/story.ts'
import { storyOf } from '../../../lib/sim/history/story.ts'
import { shivizDelimiter, shivizEvent, shivizOf } from '../../../lib/sim/story/shiviz.ts'
import { later, type Story } from '../../../lib/sim/story/story.ts'
import { svgOf } from '../../../lib/sim/story/svg.ts'
import { textOf } from '../../../lib/sim/story/text.ts'
import { narrate } from '../../../lib/sim/story/words.ts'
import { Script } from '../history/writing.ts'

const exclusive = { mode: 'exclusive' } as const
const situation: Situation = {
  kind: algorithmKind('ricart-agrawala'),
  wishes: [[exclusive], [{ mode: 'shared', ifFree: true }], []],
  crash: true,
}
const steps: readonly Step[] = [
  { do: 'request', at: 'a' },
  { do: 'deliver', from: 'a', to: 'b' },
  { do: 'evict', at: 'c' },
  { do: 'install', at: 'a' },
  { do: 'install', at: 'b' },
  { do: 'activate', at: 'a' },
  { do: 'activate', at: 'b' },
  { do: 'deliver', from: 'a', to: 'b' },
  { do: 'deliver', from: 'b', to: 'a' },
  { do: 'expire', at: 'c' },
  { do: 'request', at: 'b' },
]
const explored = storyOfSteps(situation, steps, { rule: 'exclusion', problem: 'so it is said' })
const history = new Script().members('ann', 'bob').enters('ann', 1).life('crashed', 'ann').later(5).enters('bob', 2)
const stories: readonly (readonly [string, Story])[] = [
  ['the explorer', explored],
  ['the simulator', storyOf(history.events)],
  ['the arena', play({ ...defaultScenario, loss: 0.2, interventions: [{ after: 9, do: { kind: 'crash', node: 'B' } }] }, 60)],
]

describe('a story', () => {
  for (const [recorder, story] of stories) {
    it(`recorded by ${recorder} is drawn as text, within its columns and in ASCII`, () => {
      const lines = textOf(story, { columns: 90, unicode: false }).split('\n')
      expect(lines.filter((line) => line.length > 90 || !/^[\x20-\x7e]*$/.test(line))).to.deep.equal([])
      expect(lines.length).to.be.at.least(story.steps.length)
      if (story.flights.length > 0) expect(lines.join()).to.match(/->\*|\*<-/)
    })

    it(`recorded by ${recorder} is drawn as a figure, without a hole`, () => {
      for (const isVertical of [false, true]) expect(svgOf(story, { isVertical })).not.to.match(/NaN|undefined|Infinity/)
    })

    it(`recorded by ${recorder} is a log in which every event counts one more of its host`, () => {
      const log = shivizOf([{ title: recorder, story }])
      expect(log.startsWith(`${shivizEvent}\n${shivizDelimiter}\n=== ${recorder} ===\n`)).to.equal(true)
      const events = [...log.split('\n').slice(3).join('\n').matchAll(new RegExp(shivizEvent, 'g'))]
      expect(events).to.have.length(story.events.length)
      const counts: Record<string, number> = {}
      for (const { groups } of events) {
        const host = groups?.host ?? ''
        counts[host] = (counts[host] ?? 0) + 1
        expect((JSON.parse(groups?.clock ?? '{}') as Record<string, number>)[host]).to.equal(counts[host])
      }
    })
  }

  it('of explored steps tells each step and what came of it, and what was forgotten with its view', () => {
    expect(narrate(explored)).to.deep.equal([
      '1. a asks: sends request 1·a to b and c',
      '2. b receives request 1·a from a: sends reply 1·a to a',
      '3. c is cut off; a view without it is decided',
      '4. a installs the view, and claims',
      '5. b installs the view, and claims',
      '6. a begins the view: sends request 1·a to b',
      '7. b begins the view',
      '8. b receives request 1·a from a: sends reply 1·a to a',
      '9. a receives reply 1·a from b: enters',
      "10. c's session is over",
      '11. b asks for shared, if it is free: sends request 2·b, mode shared, if free yes to a',
      'Still on its way: request 2·b, mode shared, if free yes from b to a',
      'so it is said',
    ])
    const lost = explored.flights.filter(({ end }) => end === 'lost').map(({ kind, to, why }) => [kind, to, why])
    expect(lost).to.deep.equal([
      ['request', 2, 'old view'],
      ['reply', 0, 'old view'],
    ])
    expect(explored.spans.filter(({ kind }) => kind === 'gone').map(({ node, fromStep }) => [node, fromStep])).to.deep.equal([
      [2, 10],
    ])
  })

  it('of a history has a line for each process from its start to its death', () => {
    const story = storyOf(history.events)
    const started = story.events.find(({ node, kind }) => node === 1 && kind === 'starts')?.step ?? 0
    const died = story.events.find(({ node, kind }) => node === 0 && kind === 'dies')?.step ?? 0
    const lines = [
      ...svgOf(story, { scale: 10 }).matchAll(
        /<line x1="(\d+)" y1="(\d+)" x2="(\d+)" y2="\2" stroke="var\(--hf-lane\)" stroke-width="1.5"/g,
      ),
    ]
    expect(lines.map(([, from, , to]) => [Number(from), Number(to)])).to.deep.equal([
      [10, died * 10],
      [started * 10, (story.steps.length - 1) * 10],
    ])
    expect(story.spans.some(({ node, kind, toStep }) => node === 0 && kind === 'gone' && toStep === later)).to.equal(true)
  })

  it('of the arena says in its log which message is lost, and why', () => {
    const [, story] = stories[2] as (typeof stories)[number]
    const lost = story.flights.filter(({ end }) => end === 'lost').length
    expect(lost).to.be.greaterThan(2)
    const told = shivizOf([{ title: 'arena', story }]).split('\n')
    expect(told.filter((line) => /^sends .*, which is lost: (loss|crash)$/.test(line))).to.have.length(lost)
  })
})
