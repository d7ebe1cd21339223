import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type FigureView, Geometry } from '../../../lib/sim/story/geometry.ts'
import { hitAt } from '../../../lib/lab/scenario/hit.ts'
import { linkOf } from '../../../lib/lab/scenario/link.ts'
import { Player, play } from '../../../lib/lab/scenario/player.ts'
import { defaultScenario } from '../../../lib/lab/scenario/scenario.ts'
import { svgOf } from '../../../lib/sim/story/svg.ts'

const recording = play({ ...defaultScenario, algorithm: 'token-ring' }, 60)
const view = (options: Partial<FigureView> = {}): FigureView => ({
  isVertical: false,
  along: 'time',
  scale: 40,
  from: 0,
  length: 2000,
  firstLane: 60,
  laneGap: 80,
  cursor: 60,
  ...options,
})
const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length

describe('a figure', () => {
  it('finds each message and event under the point where it is drawn, in any layout', () => {
    for (const isVertical of [false, true]) {
      for (const along of ['time', 'steps'] as const) {
        const seen = view({ isVertical, along, scale: along === 'time' ? 40 : 20 })
        const geometry = new Geometry(recording, seen)
        for (const event of recording.events) {
          const [x, y] = geometry.point(geometry.along(geometry.unit(event.step, event.at)), geometry.lane(event.node))
          const hit = hitAt(recording, seen, x, y)
          const found = hit?.kind === 'event' ? recording.events[hit.event] : undefined
          if (hit?.kind !== 'flight') expect(found).to.include({ node: event.node })
        }
        for (const flight of recording.flights) {
          const { from, head } = geometry.flight(flight)
          const hit = hitAt(recording, seen, from[0] + (head[0] - from[0]) * 0.4, from[1] + (head[1] - from[1]) * 0.4)
          expect(hit, `message ${flight.number}`).to.include({ kind: 'flight' })
        }
      }
    }
  })

  it('finds nothing where nothing is', () => {
    expect(hitAt(recording, view(), 5, 5)).to.equal(null)
  })

  it('draws nothing that happens after its cursor', () => {
    const early = svgOf(recording, { cursor: 3, toT: 10 })
    const alone = svgOf(play({ ...defaultScenario, algorithm: 'token-ring' }, 3), { toT: 10 })
    expect(early.replace(/<title>.*<\/title>/, '')).to.equal(alone.replace(/<title>.*<\/title>/, ''))
  })

  it('has an arrowhead for each message that arrived, and a cross for each that was lost', () => {
    const { scenario } = linkOf('algorithm=ricart-agrawala&nodes=4&loss=0.2&users=10')
    const lossy = play(scenario, 80)
    const cursor = lossy.steps.length - 1
    const svg = svgOf(lossy, { cursor })
    const arrived = lossy.flights.filter(({ end }) => end === 'arrived').length
    const lost = lossy.flights.filter(({ end }) => end === 'lost').length
    expect(lost).to.be.greaterThan(2)
    expect(count(svg, /<polygon/g)).to.equal(arrived)
    expect(count(svg, /stroke-dasharray="5 4"/g)).to.be.at.least(lost)
  })

  it('is one SVG element with a title, in light and dark, whose names cannot break out of it', () => {
    const svg = svgOf(recording, { title: '<script>&"' })
    expect(svg).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).to.include('<title>&lt;script&gt;&amp;&quot;</title>').and.to.include('prefers-color-scheme:dark')
    expect(svg).not.to.match(/NaN|undefined|Infinity/)
    expect(svgOf(recording, { isVertical: true, palette: 'dark' })).not.to.match(/NaN|undefined|Infinity|prefers-color/)
  })

  it('is drawn of crashes, pauses, parts, view changes and breaches without a hole', () => {
    const { scenario } = linkOf(
      'algorithm=naimi-trehel&nodes=5&load=poisson:1.5&do=4:duplicate:2,6:pause:B,8:partition:A+B/C+D,12:heal,14:resume:B,18:crash:D,20:view',
    )
    const player = new Player(scenario)
    player.playTo(60)
    for (let cursor = 0; cursor <= player.position; cursor++) {
      expect(svgOf(player.recording(), { cursor })).not.to.match(/NaN|undefined|Infinity/)
    }
  })
})
