import { expect } from 'chai'
import { describe, it } from 'mocha'
import { labAlgorithms } from '../../lib/lab/algorithms.ts'
import { cones, relation } from '../../lib/sim/story/causality.ts'
import type { Intervention } from '../../lib/lab/scenario/interventions.ts'
import { lampsAt } from '../../lib/lab/scenario/lamps.ts'
import { Player, play } from '../../lib/lab/scenario/player.ts'
import { type Recording, stateAt } from '../../lib/lab/scenario/recording.ts'
import { defaultScenario, type Scenario, withIntervention } from '../../lib/lab/scenario/scenario.ts'
import { stepText } from '../../lib/lab/scenario/words.ts'
import { isNow, type StoryEvent } from '../../lib/sim/story/story.ts'

const scenario = (options: Partial<Scenario> = {}): Scenario => ({ ...defaultScenario, users: 8, ...options })

const done = (after: number, what: Intervention) => ({ after, do: what })

/** The lamps that are not as they should be. */
const broken = (recording: Recording): string[] =>
  lampsAt(recording, recording.steps.length - 1)
    .filter(({ light }) => light !== 'kept')
    .map(({ property, light }) => `${property}: ${light}`)

/** The first step after which a message that is the token is under way. */
function tokenFlight(of: Scenario): { step: number; message: number } {
  const flight = play(of, 200).flights.find(({ isToken }) => isToken)
  if (flight === undefined) throw new Error('no token was sent')
  return { step: flight.fromStep, message: flight.number }
}

describe('a scenario that is played', () => {
  it('is the same run each time, and as far as one likes', () => {
    const whole = play(scenario(), 1000)
    expect(whole.isOver).to.equal(true)
    expect(play(scenario(), 1000)).to.deep.equal(whole)
    const half = play(scenario(), 20)
    expect(half.events).to.deep.equal(whole.events.filter(({ step }) => step <= 20))
    expect(half.steps).to.deep.equal(whole.steps.slice(0, 21))
  })

  it('keeps all promises with every algorithm of the lab without interventions', function () {
    this.timeout(60_000)
    for (const { name, modes } of labAlgorithms) {
      if (!modes.includes('exclusive')) continue
      const recording = play(scenario({ algorithm: name, nodes: 5, users: 15 }), 2000)
      expect(recording.breaches, name).to.deep.equal([])
      expect(recording.events.filter(({ kind }) => kind === 'enters').length, name).to.be.greaterThan(10)
    }
  })

  it('knows where the token is at every step', () => {
    for (const algorithm of ['token-ring', 'naimi-trehel', 'raymond']) {
      const recording = play(scenario({ algorithm }), 1000)
      for (const cursor of recording.steps.keys()) {
        const held = recording.spans.filter((span) => span.kind === 'token' && isNow(span, cursor))
        const flying = recording.flights.filter((flight) => flight.isToken && isNow(flight, cursor))
        expect(held.length + flying.length, `${algorithm}, ${stepText(recording, cursor)}`).to.equal(1)
      }
    }
  })

  it('gives each event a Lamport time above all that happened before it', () => {
    const { events, flights } = play(scenario({ nodes: 5 }), 1000)
    for (const flight of flights) {
      const sent = events[flight.sentEvent] as StoryEvent
      const arrived = events[flight.arrivedEvent] as StoryEvent
      expect(arrived.lamport).to.be.greaterThan(sent.lamport)
      expect(relation(arrived, sent)).to.equal('past')
      expect(relation(sent, arrived)).to.equal('future')
    }
    for (const event of events) {
      for (const other of events) if (relation(event, other) === 'past') expect(other.lamport).to.be.lessThan(event.lamport)
    }
  })

  it('tells past, future and concurrent apart as a search along the arrows does', () => {
    const recording = play(scenario({ nodes: 4, users: 4 }), 60)
    const { events, flights } = recording
    const causes = events.map(() => new Set<number>())
    const last = new Map<number, number>()
    for (const event of events) {
      const direct = [last.get(event.node) ?? -1]
      if (event.kind === 'receives') direct.push(flights[event.message - 1]?.sentEvent ?? -1)
      for (const cause of direct.filter((index) => index >= 0)) {
        causes[event.index]?.add(cause)
        for (const earlier of causes[cause] ?? []) causes[event.index]?.add(earlier)
      }
      last.set(event.node, event.index)
    }
    for (const event of events) {
      const past = events.filter((other) => relation(event, other) === 'past').map(({ index }) => index)
      expect(past).to.deep.equal([...(causes[event.index] ?? [])].sort((a, b) => a - b))
      const counts = cones(recording, event, recording.steps.length)
      expect(counts.self + counts.past + counts.future + counts.concurrent).to.equal(events.length)
    }
  })

  it('keeps what each node knew at each step', () => {
    const recording = play(scenario({ algorithm: 'ricart-agrawala', nodes: 3 }), 1000)
    const entered = recording.events.find(({ kind }) => kind === 'enters') as StoryEvent
    const pendingAt = (step: number) =>
      stateAt(recording, entered.node, step)?.variables.find(({ name }) => name === 'pending')?.isEmpty
    expect(pendingAt(entered.step - 1)).to.equal(false)
    expect(pendingAt(entered.step)).to.equal(true)
    expect(stateAt(recording, 0, 0)?.clock).to.equal(0)
  })
})

describe('an intervention', () => {
  it('takes the place of a step, and changes nothing before it', () => {
    const plain = play(scenario(), 100)
    const changed = play(withIntervention(scenario(), 10, { kind: 'crash', node: 'B' }), 100)
    expect(changed.steps.slice(0, 11)).to.deep.equal(plain.steps.slice(0, 11))
    expect(changed.steps[11]?.text).to.equal('B crashes')
    expect(changed.steps[11]?.at).to.equal(plain.steps[10]?.at)
  })

  it('that drops the token leaves all sites waiting, and says so', () => {
    const of = scenario({ algorithm: 'naimi-trehel', load: 'saturated', nodes: 3 })
    const { step, message } = tokenFlight(of)
    const recording = play(withIntervention(of, step, { kind: 'drop', message }), 1000)
    expect(broken(recording)).to.deep.equal(['liveness: broken', 'one token: dim'])
    expect(recording.flights[message - 1]).to.include({ end: 'lost', why: 'dropped' })
  })

  it('that duplicates the token is seen at once', () => {
    const of = scenario({ algorithm: 'naimi-trehel', load: 'saturated', nodes: 3 })
    const { step, message } = tokenFlight(of)
    const recording = play(withIntervention(of, step, { kind: 'duplicate', message }), step + 1)
    expect(broken(recording)).to.deep.equal(['one token: broken'])
    expect(recording.flights.at(-1)).to.include({ copyOf: message })
  })

  it('delivers a message before anything else happens, or later than it would have come', () => {
    const of = scenario({ algorithm: 'ricart-agrawala' })
    const flight = play(of, 1).flights.at(-1)
    const number = flight?.number ?? 0
    const now = play(withIntervention(of, 1, { kind: 'deliver', message: number }), 2)
    expect(now.flights[number - 1]).to.include({ end: 'arrived', toStep: 2, endAt: now.steps[1]?.at })
    const plannedT = flight?.plans[0]?.at ?? 0
    const delayed = play(withIntervention(of, 1, { kind: 'delay', message: number, byT: 3 }), 1000)
    expect(delayed.flights[number - 1]?.endAt).to.be.closeTo(plannedT + 3, 1e-9)
  })

  it('crashes a node for good, and a view change lets the others go on', () => {
    const of = scenario({ algorithm: 'ricart-agrawala', nodes: 3, load: 'poisson:1.5' })
    const crashed = play({ ...of, interventions: [done(3, { kind: 'crash', node: 'C' })] }, 1000)
    expect(broken(crashed)).to.deep.equal(['liveness: broken'])
    const stuck = crashed.steps.length - 1
    const helped = play({ ...of, interventions: [done(3, { kind: 'crash', node: 'C' }), done(stuck, { kind: 'view' })] }, 1000)
    expect(broken(helped)).to.deep.equal([])
    expect(helped.views.map(({ epoch, members }) => [epoch, members])).to.deep.equal([[2, ['A', 'B']]])
    expect(helped.events.filter(({ kind, step }) => kind === 'enters' && step > stuck)).not.to.deep.equal([])
    expect(helped.events.filter(({ node, step }) => node === 2 && step > 4)).to.deep.equal([])
  })

  it('loses what is sent between the parts of the network, until they are one again', () => {
    const parts = [['A'], ['B', 'C', 'D']]
    const interventions = [
      done(0, { kind: 'partition', parts }),
      done(1, { kind: 'request', node: 'A' }),
      done(2, { kind: 'heal' }),
    ]
    const of = scenario({ load: 'hands', interventions: [...interventions, done(3, { kind: 'request', node: 'B' })] })
    const { flights, parted } = play(of, 4)
    expect(flights.filter(({ from }) => from === 0).map(({ why }) => why)).to.deep.equal(['partition', 'partition', 'partition'])
    expect(flights.filter(({ from }) => from === 1).map(({ why }) => why)).to.deep.equal([null, null, null])
    expect(parted.map(({ fromStep, toStep }) => [fromStep, toStep])).to.deep.equal([[1, 3]])
  })

  it('holds back what comes to a paused node until it is resumed', () => {
    const of = scenario({ load: 'hands', nodes: 2, delay: 'constant:1' })
    const asked = [done(0, { kind: 'pause', node: 'B' }), done(1, { kind: 'request', node: 'A' })]
    const waiting = play({ ...of, interventions: asked }, 100)
    expect(waiting.flights.map(({ end }) => end)).to.deep.equal(['under way'])
    expect(waiting.breaches).to.deep.equal([])
    const resumed = play({ ...of, interventions: [...asked, done(waiting.steps.length - 1, { kind: 'resume', node: 'B' })] }, 100)
    expect(resumed.events.filter(({ kind }) => kind === 'enters').length).to.equal(1)
  })

  it('can be a user: one that comes, gives up, or leaves', () => {
    const hands = scenario({ load: 'hands', nodes: 2, delay: 'constant:1', sectionT: null })
    const player = new Player({ ...hands, interventions: [done(0, { kind: 'request', node: 'A' })] })
    player.playTo(100)
    expect(player.recording().events.at(-1)?.kind).to.equal('enters')
    const at = player.position
    const left = play(
      { ...player.scenario, interventions: [...player.scenario.interventions, done(at, { kind: 'release', node: 'A' })] },
      100,
    )
    expect(left.events.filter(({ kind }) => kind === 'leaves').length).to.equal(1)
    const gaveUp = play(
      { ...hands, interventions: [done(0, { kind: 'request', node: 'A' }), done(1, { kind: 'cancel', node: 'A' })] },
      100,
    )
    expect(gaveUp.events.map(({ kind }) => kind))
      .to.include('withdraws')
      .and.not.to.include('enters')
    expect(broken(gaveUp)).to.deep.equal([])
  })

  it('on a message that has arrived, or a node that has crashed, is a step in which nothing happens', () => {
    const of = {
      ...scenario(),
      interventions: [
        done(0, { kind: 'crash', node: 'A' }),
        done(1, { kind: 'pause', node: 'A' }),
        done(2, { kind: 'drop', message: 99 }),
      ],
    }
    const { events, steps } = play(of, 3)
    expect(steps.length).to.equal(4)
    expect(events.map(({ kind }) => kind)).to.deep.equal(['dies'])
  })
})

describe('a lamp', () => {
  it('goes out where two are inside: with Lamport 1978 on links that do not keep order', () => {
    const of = (seed: number): Scenario =>
      scenario({ algorithm: 'lamport', nodes: 3, isFifo: false, delay: 'exponential:1', load: 'poisson:1.5', users: 20, seed })
    const seeds = Array.from({ length: 100 }, (_, seed) => play(of(seed), 500))
    const bad = seeds.find(({ breaches }) => breaches.some(({ property }) => property === 'exclusion')) as Recording
    const step = bad.breaches.find(({ property }) => property === 'exclusion')?.step ?? 0
    const lampAt = (cursor: number) => lampsAt(bad, cursor).find(({ property }) => property === 'exclusion')?.light
    expect(lampAt(step - 1)).to.equal('kept')
    expect(lampAt(step)).to.equal('broken')
    expect(stepText(bad, step)).to.match(/wrong: [A-C] enters while [A-C] is inside/)
  })

  it('goes out when the algorithm itself fails, and the run ends there', () => {
    const fails = { ...(labAlgorithms[0] as (typeof labAlgorithms)[0]), name: 'fails' }
    const find = () => ({
      ...fails,
      create: (site: Parameters<typeof fails.create>[0]) =>
        Object.assign(fails.create(site), {
          receive: () => {
            throw new Error('what is this?')
          },
        }),
    })
    const recording = play(scenario({ algorithm: 'fails' }), 1000, find)
    expect(recording.isOver).to.equal(true)
    expect(broken(recording)).to.deep.equal(['wrong move: broken'])
    expect(recording.breaches[0]?.text).to.equal('the algorithm fails: what is this?')
  })
})
