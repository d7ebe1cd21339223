import { expect } from 'chai'
import type { Mode } from '../../lib/base/mode.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Carried } from '../../lib/view/flush-host.ts'
import { checkEnd } from '../../lib/sim/explorer/checks.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import type { Situation, Wish } from '../../lib/sim/explorer/situation.ts'
import { World } from '../../lib/sim/explorer/world.ts'

const exclusive: Wish = { mode: 'exclusive' }
const shared: Wish = { mode: 'shared' }
const fickle: Wish = { mode: 'exclusive', fickle: true }
const trying: Wish = { mode: 'exclusive', ifFree: true }
const permit = (k: number): Wish => ({ mode: k })

/** Every order of events at three sites; each site's wishes in turn. */
const configurations: readonly (readonly [name: string, wishes: readonly (readonly Wish[])[]])[] = [
  ['one after another', [[exclusive, exclusive], [exclusive], [exclusive]]],
  ['withdrawn while they wait', [[fickle, exclusive], [exclusive], []]],
  ['two that withdraw', [[fickle], [fickle], []]],
  ['shared and exclusive', [[shared, exclusive], [shared], [exclusive]]],
  ['sharing twice', [[shared, shared], [shared, exclusive], []]],
  ['withdrawn while others share', [[{ mode: 'shared', fickle: true }, exclusive], [shared], []]],
  ['two permits for three', [[permit(2), permit(2)], [permit(2)], []]],
  ['two permits, each wanting one', [[permit(2)], [permit(2)], [permit(2)]]],
  ['permits and exclusive', [[permit(2), permit(2)], [], [exclusive]]],
  ['rather refused than kept waiting', [[trying], [exclusive, exclusive], []]],
]

/** Tries every order; how many states there are. */
function statesOf(situation: Situation): number {
  const { states, complete, violation } = explore(situation)
  if (violation !== null) throw new Error(violation.story.join('\n'))
  expect(complete).to.equal(true)
  return states
}

describe('every order of events at three sites', function () {
  this.timeout(120_000)
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol', 'token-ring']) {
    const kind = algorithmKind(algorithm)
    for (const [name, wishes] of configurations) {
      if (algorithm === 'token-ring' && wishes.flat().some(({ mode }) => mode !== 'exclusive')) continue
      it(`${algorithm}: ${name}`, () => {
        expect(statesOf({ kind, wishes, rests: true })).to.be.greaterThan(80)
      })
    }
  }

  it('token-ring-perpetual: one after another, withdrawing and trying', () => {
    const kind = algorithmKind('token-ring-perpetual')
    for (const wishes of [
      [[exclusive, exclusive], [exclusive, fickle], [exclusive]],
      [[fickle, exclusive], [trying, trying], []],
    ]) {
      expect(statesOf({ kind, wishes })).to.be.greaterThan(80)
    }
  })
})

describe('every order of events, with sites that rest in the middle, or stop for good', function () {
  this.timeout(120_000)
  const small: readonly (readonly [name: string, wishes: readonly (readonly Wish[])[]])[] = [
    [
      'two sites, two entries each',
      [
        [exclusive, exclusive],
        [exclusive, exclusive],
      ],
    ],
    ['two sites, withdrawing', [[fickle, exclusive], [fickle]]],
    [
      'two sites, trying',
      [
        [trying, exclusive],
        [trying, fickle],
      ],
    ],
    [
      'two sites, shared and exclusive',
      [
        [{ mode: 'shared', fickle: true }, exclusive],
        [{ mode: 'shared' }, exclusive],
      ],
    ],
    [
      'two sites, permits and exclusive',
      [
        [permit(2), permit(2)],
        [permit(2), exclusive],
      ],
    ],
    ['three sites, withdrawing', [[fickle], [exclusive], []]],
    ['three sites, sharing', [[shared], [exclusive], []]],
  ]
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol', 'token-ring']) {
    const kind = algorithmKind(algorithm)
    for (const [name, wishes] of small) {
      if (algorithm === 'token-ring' && wishes.flat().some(({ mode }) => mode !== 'exclusive')) continue
      it(`${algorithm}, resting: ${name}`, () => {
        expect(statesOf({ kind, wishes, rests: true, napsMax: 1, firstPlace: 'b' })).to.be.greaterThan(40)
      })
      it(`${algorithm}, stopping: ${name}`, () => {
        const napsMax = wishes.length === 2 ? 1 : 0
        expect(statesOf({ kind, wishes, napsMax, stops: true, firstPlace: 'b' })).to.be.greaterThan(80)
      })
    }
  }
})

describe('every order of events, and a site that is cut off at any moment of it', function () {
  this.timeout(120_000)
  const few: readonly (readonly [name: string, wishes: readonly (readonly Wish[])[]])[] = [
    [
      'two sites, two entries each',
      [
        [exclusive, exclusive],
        [exclusive, exclusive],
      ],
    ],
    [
      'two sites, withdrawing and trying',
      [
        [fickle, trying],
        [exclusive, trying],
      ],
    ],
    [
      'two sites, shared and exclusive',
      [
        [shared, exclusive],
        [shared, exclusive],
      ],
    ],
    [
      'two sites, permits and exclusive',
      [
        [permit(2), permit(2)],
        [permit(2), exclusive],
      ],
    ],
    ['three sites, one after another', [[exclusive], [exclusive], [exclusive]]],
    ['three sites, one that withdraws', [[exclusive], [fickle], []]],
    ['three sites, one that tries', [[trying], [exclusive], []]],
    ['three sites, sharing', [[shared], [exclusive], []]],
  ]
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol', 'token-ring']) {
    const kind = algorithmKind(algorithm)
    for (const [name, wishes] of few) {
      if (algorithm === 'token-ring' && wishes.flat().some(({ mode }) => mode !== 'exclusive')) continue
      it(`${algorithm}: ${name}`, () => {
        expect(statesOf({ kind, wishes, crash: true, fences: true, firstPlace: 'b' })).to.be.greaterThan(300)
      })
      it(`${algorithm}, a message lost and a view of the same members: ${name}`, () => {
        expect(statesOf({ kind, wishes, loss: true, fences: true, firstPlace: 'b' })).to.be.greaterThan(50)
      })
    }
  }

  // Minutes of their own: HOLDFAST_EXPLORE=1.
  if (process.env.HOLDFAST_EXPLORE !== undefined) {
    for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol', 'token-ring']) {
      it(`${algorithm}: three sites, two entries each`, () => {
        const twice = [exclusive, exclusive]
        const situation = { kind: algorithmKind(algorithm), wishes: [twice, twice, twice], crash: true }
        expect(statesOf(situation)).to.be.greaterThan(500_000)
      }).timeout(600_000)
    }
  }
})

describe('thousands of random stories', () => {
  const modesOf = (algorithm: string): readonly Mode[] =>
    algorithm.startsWith('token-ring') ? ['exclusive'] : ['exclusive', 'shared', 2, 3]
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol', 'token-ring', 'token-ring-perpetual']) {
    it(`${algorithm}: nobody is inside who must not be or was said not to be, nobody waits for ever, everything comes to rest`, () => {
      let entries = 0
      for (let seed = 1; seed <= 8000; seed++) {
        const random = seededRandom(seed)
        const modes = modesOf(algorithm)
        const wishes = Array.from({ length: 2 + random.below(6) }, () =>
          Array.from({ length: random.below(5) }, () => ({
            mode: modes[random.below(modes.length)] as Mode,
            fickle: random.below(4) === 0,
            ifFree: random.below(6) === 0,
          })),
        )
        const carried = drawCarried(random, wishes.length, modes)
        const world = new World({
          kind: algorithmKind(algorithm),
          wishes,
          carried,
          rests: algorithm !== 'token-ring-perpetual',
          firstPlace: 'b',
          napsMax: random.below(2) * random.below(4),
          stops: random.below(4) === 0,
        })
        try {
          if (algorithm === 'token-ring-perpetual') walkPerpetual(world, random)
          else world.walk(random, 5000)
          checkEnd(world)
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).message}`)
        }
        entries += world.entries.length
      }
      expect(entries).to.be.greaterThan(9000)
    })
  }
})

/** Holds that a view begins with: none, one, or several that stand beside each other. */
function drawCarried(random: Random, sites: number, modes: readonly Mode[]): Carried[] {
  if (random.below(2) === 0) return []
  const mode = modes[random.below(modes.length)] as Mode
  const count = mode === 'exclusive' ? 1 : 1 + random.below(typeof mode === 'number' ? mode : 4)
  return Array.from({ length: count }, (_, i) => ({
    lock: 'door',
    holder: String.fromCharCode(97 + random.below(sites)),
    mode,
    fence: BigInt(i + 1),
  }))
}

/** A perpetual token never comes to rest: goes on until everybody was served. */
function walkPerpetual(world: World, random: Random): void {
  for (let i = 0; i < 20_000; i++) {
    const steps = world.steps()
    const over = world.ids.every(
      (id) => world.seat(id).pending === null && world.seat(id).wishes.length === 0 && world.seat(id).inside === 0,
    )
    if (over || steps.length === 0) return
    world.take(steps[random.below(steps.length)] as (typeof steps)[0])
  }
}
