/** The algorithms whose token goes straight to where a pointer says: every order of events of a few sites, and random stories. */
import { expect } from 'chai'
import { type Random, seededRandom } from '../../../lib/base/random.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import { checkEnd } from '../../../lib/sim/explorer/checks.ts'
import { explore } from '../../../lib/sim/explorer/explore.ts'
import type { Situation, Step, Wish } from '../../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../../lib/sim/explorer/global-state.ts'

const exclusive: Wish = { mode: 'exclusive' }
const fickle: Wish = { ...exclusive, fickle: true }
const trying: Wish = { ...exclusive, ifFree: true }
const fickleTry: Wish = { ...fickle, ifFree: true }

const three: readonly (readonly [name: string, wishes: Situation['wishes']])[] = [
  ['one after another', [[exclusive, exclusive], [exclusive], [exclusive]]],
  ['withdrawing and trying', [[fickle, trying], [exclusive], [trying]]],
  ['tries that are withdrawn', [[fickleTry, exclusive], [fickle], [trying]]],
]

const two: readonly (readonly [name: string, wishes: Situation['wishes']])[] = [
  [
    'two entries each',
    [
      [exclusive, exclusive],
      [exclusive, exclusive],
    ],
  ],
  [
    'withdrawing and trying',
    [
      [fickle, trying],
      [fickleTry, exclusive],
    ],
  ],
]

/** Of each: does it give up what it knows when it rests? */
const algorithms: readonly (readonly [name: string, rests: boolean])[] = [
  ['home-queue', true],
  ['naimi-trehel', false],
  ['mueller', false],
  ['raymond', true],
  ['raymond:star+greedy+piggyback', true],
]

function statesOf(situation: Situation): number {
  const { states, complete, violation } = explore(situation)
  if (violation !== null) throw new Error(violation.story.join('\n'))
  expect(complete).to.equal(true)
  return states
}

/** What the compliance suite tries of each up to a bound is tried to the end for the one meant for real locks, and for all by HOLDFAST_EXPLORE=1. */
const isThorough = (algorithm: string): boolean => algorithm === 'home-queue' || process.env.HOLDFAST_EXPLORE !== undefined

for (const [algorithm, rests] of algorithms) {
  describe(`every order of events: ${algorithm}`, function () {
    this.timeout(60_000)
    const kind = algorithmKind(algorithm)
    for (const [name, wishes] of isThorough(algorithm) ? three : []) {
      it(`three sites, ${name}, wherever the token begins`, () => {
        for (const firstPlace of ['a', 'b', 'c']) expect(statesOf({ kind, wishes, rests, firstPlace })).to.be.greaterThan(80)
        const carried = [{ lock: 'door', holder: 'c', mode: 'exclusive' as const, fence: 1n }]
        expect(statesOf({ kind, wishes, rests, carried })).to.be.greaterThan(80)
      })

      it(`three sites, ${name}, one cut off at any moment, or a message lost`, () => {
        const once = wishes.map((own) => own.slice(0, 1))
        expect(statesOf({ kind, wishes: once, firstPlace: 'b', crash: true, fences: true })).to.be.greaterThan(300)
        expect(statesOf({ kind, wishes: once, firstPlace: 'c', loss: true, fences: true })).to.be.greaterThan(100)
      })
    }

    for (const [name, wishes] of isThorough(algorithm) ? two : []) {
      it(`two sites, ${name}, resting in the middle, or one stopping`, () => {
        for (const firstPlace of ['a', 'b'])
          expect(statesOf({ kind, wishes, rests, firstPlace, napsMax: 1 })).to.be.greaterThan(100)
        expect(statesOf({ kind, wishes, firstPlace: 'b', napsMax: 1, stops: true })).to.be.greaterThan(100)
        expect(statesOf({ kind, wishes, firstPlace: 'b', napsMax: 1, crash: true, fences: true })).to.be.greaterThan(300)
      })
    }

    it('thousands of random stories', () => {
      let entries = 0
      let refusals = 0
      for (let seed = 1; seed <= 5000; seed++) {
        const state = storyOf(seed, algorithm, rests)
        entries += state.entries.length
        refusals += state.refusals
      }
      expect(entries).to.be.greaterThan(10_000)
      expect(refusals).to.be.greaterThan(1000)
    })

    it('no try is refused unless another site was inside or waited meanwhile', () => {
      let refusals = 0
      let granted = 0
      for (let seed = 1; seed <= 3000; seed++) {
        const random = seededRandom(seed)
        const sites = 2 + random.below(4)
        const wishes = Array.from({ length: sites }, () =>
          Array.from({ length: random.below(4) }, () => ({
            mode: 'exclusive' as const,
            ifFree: random.below(2) === 0,
            fickle: random.below(2) === 0,
          })),
        )
        const state = new GlobalState({ kind, wishes, firstPlace: 'b', napsMax: random.below(2) })
        const excused = new Set<string>()
        for (let steps = state.steps(); steps.length > 0; steps = state.steps()) {
          const before = state.refusals
          const tried = state.ids.filter((id) => state.seat(id).pending[0]?.ifFree === true)
          excuse(state, tried, excused)
          state.take(draw(random, steps))
          const refused = tried.find((id) => state.seat(id).pending.length === 0 && state.seat(id).inside === 0)
          if (state.refusals > before) {
            excuse(state, tried, excused)
            expect(excused.has(refused as string), `seed ${seed}: ${refused} was refused for a reason`).to.equal(true)
          }
          for (const id of state.ids) if (state.seat(id).pending.length === 0) excused.delete(id)
        }
        refusals += state.refusals
        granted += state.entries.length
      }
      expect(refusals).to.be.greaterThan(500)
      expect(granted).to.be.greaterThan(3000)
    })
  })
}

/** Up to seven sites and four requests each, and one fault. */
function storyOf(seed: number, algorithm: string, rests: boolean): GlobalState {
  const random = seededRandom(seed)
  const sites = 2 + random.below(6)
  const letter = (): string => String.fromCharCode(97 + random.below(sites))
  const troubles: readonly Partial<Situation>[] = [{}, { stops: true }, { crash: true }, { loss: true }, {}]
  const state = new GlobalState({
    kind: algorithmKind(algorithm),
    wishes: Array.from({ length: sites }, () =>
      Array.from({ length: random.below(5) }, () => ({
        mode: 'exclusive' as const,
        fickle: random.below(3) === 0,
        ifFree: random.below(4) === 0,
      })),
    ),
    carried: random.below(2) === 0 ? [{ lock: 'door', holder: letter(), mode: 'exclusive', fence: 1n }] : [],
    firstPlace: letter(),
    napsMax: random.below(2) * random.below(4),
    fences: true,
    rests,
    ...troubles[random.below(troubles.length)],
  })
  try {
    state.walk(random, 5000)
    checkEnd(state)
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`)
  }
  return state
}

/** A site that tries while another is inside, waits, or tries as well, may be refused. */
function excuse(state: GlobalState, tried: readonly string[], excused: Set<string>): void {
  for (const id of tried) {
    const isTaken = state.ids.some(
      (other) => other !== id && (state.seat(other).inside > 0 || state.seat(other).pending.length > 0),
    )
    if (isTaken) excused.add(id)
  }
}

function draw(random: Random, steps: readonly Step[]): Step {
  return steps[random.below(steps.length)] as Step
}
