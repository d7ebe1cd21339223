/**
 * What every algorithm must keep, as one suite over the real actors: each order of events of a few sites, and thousands of random
 * stories of more sites. What an algorithm promises beyond exclusion and service it says in a row of the table in
 * `compliance.test.ts`, and is held to.
 */
import { expect } from 'chai'
import { carries, Mode, type PlainMode } from '../../lib/base/mode.ts'
import { ModeCounts } from '../../lib/base/mode-counts.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { compareStamps } from '../../lib/clock/stamp.ts'
import type { AlgorithmKind } from '../../lib/mutex/contract.ts'
import { checkEnd } from '../../lib/sim/explorer/checks.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import type { CarriedWish, Situation, Wish } from '../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import { cutOff, resting, silent, type Small, staying, threeSites, tryingAtOnce } from './compliance-situations.ts'

/** What an algorithm promises. */
export interface Promises {
  /** When all have left and rested, is every site as new? Some are not where a view began with a hold, some never. */
  readonly idle: 'always' | 'unless carried' | 'never'
  /** How often others may enter before a site whose request has reached every site that it concerns; null: no bound is promised. */
  readonly bypassMax: ((sites: number) => number) | null
  /** Entries come in the order of the stamps, if no site withdraws or tries. */
  readonly byStamp?: boolean
  /** Do links have to keep their order? If they do, there is a story without it that goes wrong. */
  readonly links: 'in order' | 'in any order'
  /** Every situation to its very end, however many states that takes: with HOLDFAST_EXPLORE=1 for all, and a larger one for these. */
  readonly thorough?: boolean
  /** Its token never rests, so nothing ever comes to an end. */
  readonly perpetual?: boolean
  /** It skips sites that are suspected: then sites suspect each other, rightly or not, at any moment of its stories. */
  readonly skipsSilent?: boolean
}

const modesOf = (kind: AlgorithmKind): readonly PlainMode[] =>
  kind.modes.flatMap((mode) => (mode === 'permits' ? (kind.fixedPermits === true ? [2] : [2, 3]) : [mode as PlainMode]))

/** Registers the suite for one algorithm. */
export function complies(kind: AlgorithmKind, promises: Promises): void {
  describe(`compliance: ${kind.name}`, function () {
    this.timeout(isPatient ? 600_000 : 60_000)
    const { idle, perpetual = false } = promises
    const isKnown = (small: Small): boolean => small.wishes.flat().every(({ mode }) => carries(kind, Mode.of(mode)))

    const exploreAll = (situations: readonly Small[], isThorough = promises.thorough === true): void => {
      for (const { name: what, ...small } of situations.filter(isKnown)) {
        for (const firstPlace of placesOf(kind)) {
          const rests = small.rests === true && idle !== 'never'
          statesOf(`${what}, begins at ${firstPlace}`, { kind, firstPlace, ...small, rests }, isThorough)
        }
      }
    }

    it('every order of events at three sites: exclusion, and no site waits for ever', () => {
      exploreAll(perpetual ? threeSites.slice(0, 3) : threeSites)
    })

    it('every order of events, and some stay inside: no site waits for a request that was withdrawn', () => {
      if (!perpetual) exploreAll(staying, false)
    })

    it('every order of events, and all try: one enters', () => exploreAll(tryingAtOnce, false))

    it('of up to eight sites that try at once one enters, in hundreds of random orders', () => {
      for (let seed = 1; seed <= 500; seed++) {
        const random = seededRandom(seed)
        const sites = 2 + random.below(7)
        const mode = drawn(random, modesOf(kind))
        const wishes = Array.from({ length: sites }, () => [{ mode, ifFree: true }])
        const state = new GlobalState({ kind, wishes, firstPlace: letter(random, sites), wins: true })
        // All ask before any message arrives, in any order.
        for (const id of state.ids.toSorted(() => random.below(3) - 1)) state.request(id)
        if (perpetual) walkUntilServed(state, random)
        else state.walk(random, 5000)
        checkEnd(state)
        expect(state.entries.length, `seed ${seed}`).to.be.at.least(1)
      }
    })

    if (!perpetual) {
      it('every order of events, with sites that rest in the middle, or stop for good', () => exploreAll(resting))

      it('every order of events, and a site that is cut off at any moment, or a message lost: fences rise', () =>
        exploreAll(cutOff))
    }

    if (promises.skipsSilent === true) {
      it('every order of events, and a site that suspects another at any moment and hears it again at any later one', () =>
        exploreAll(silent))
    }

    if (isPatient && promises.thorough === true) {
      it('three sites that enter twice each, one cut off at any moment', () => {
        const twice = [plain, plain]
        statesOf('twice each', { kind, wishes: [twice, twice, twice], crash: true }, true)
      })
    }

    it('thousands of random stories: exclusion and true testimonies, all are served, and all comes to rest', () => {
      let entries = 0
      for (let seed = 1; seed <= storyCount; seed++) entries += story(seed, kind, promises).entries.length
      expect(entries).to.be.greaterThan(2 * storyCount)
    })

    it(`${promises.bypassMax === null ? 'all are served' : 'a waiter is overtaken no more than promised'}${promises.byStamp ? ', in the order of the stamps' : ''}`, () => {
      let most = 0
      for (let seed = 1; seed <= 200; seed++) {
        const sites = 2 + (seed % 5)
        const { overtaken, state } = contended(seed, kind, sites)
        expect(state.entries, `seed ${seed}`).to.have.length(sites * 6)
        if (promises.bypassMax !== null) expect(overtaken, `seed ${seed}`).to.be.at.most(promises.bypassMax(sites))
        most = Math.max(most, overtaken)
        const stamps = state.entries.map(({ stamp }) => stamp)
        if (promises.byStamp === true) expect(stamps).to.deep.equal([...stamps].sort(compareStamps))
      }
      expect(most).to.be.greaterThan(0)
    })

    it(`links ${promises.links === 'in order' ? 'must keep their order' : 'need not keep their order'}`, () => {
      const broken = Array.from({ length: 500 }, (_, i) => disordered(i + 1, kind, promises)).filter(
        (problem) => problem !== null,
      )
      if (promises.links === 'in order') expect(broken.length).to.be.greaterThan(0)
      else expect(broken).to.deep.equal([])
    })
  })
}

/** With HOLDFAST_EXPLORE=1 there are minutes for each algorithm. */
const isPatient = process.env.HOLDFAST_EXPLORE !== undefined

const plain: Wish = { mode: 'exclusive' }

const storyCount = 2000

/** All of most situations; more is seldom worth its time. */
const statesMax = 20_000

function statesOf(name: string, situation: Situation, isThorough: boolean): void {
  const isBounded = !isThorough && !isPatient
  const { states, complete, violation } = explore({ ...situation, ...(isBounded ? { statesMax } : {}) })
  if (violation !== null) throw new Error([`${name}:`, ...violation.story].join('\n'))
  expect(complete || isBounded, name).to.equal(true)
  expect(states, name).to.be.greaterThan(20)
}

/** Where a token may begin, as far as that makes a difference: to `a` at least. */
function placesOf({ untouched }: AlgorithmKind): readonly string[] {
  return untouched([], 'a', 'a', 'b') === untouched([], 'b', 'a', 'b') ? ['b'] : ['a', 'b']
}

const letter = (random: Random, sites: number): string => String.fromCharCode(97 + random.below(sites))

function drawn<T>(random: Random, of: readonly T[]): T {
  return of[random.below(of.length)] as T
}

/** Up to seven sites and four requests each, perhaps a view that begins with holds, and one fault. */
function story(seed: number, kind: AlgorithmKind, { idle, perpetual = false, skipsSilent = false }: Promises): GlobalState {
  const random = seededRandom(seed)
  const sites = 1 + random.below(7)
  const modes = modesOf(kind)
  const wishes = Array.from({ length: sites }, () =>
    Array.from(
      { length: random.below(5) },
      (): Wish => ({ mode: drawn(random, modes), fickle: random.below(4) === 0, ifFree: random.below(5) === 0 }),
    ),
  )
  const troubles: readonly Partial<Situation>[] = perpetual
    ? [{}]
    : [{}, { napsMax: 1 + random.below(3) }, { stops: true }, { crash: true }, { loss: true }]
  const trouble = drawn(random, troubles)
  const carried = random.below(2) === 0 ? [] : carriedOf(random, sites, modes)
  const suspicions: Partial<Situation> = skipsSilent ? { suspicionsMax: random.below(10), timeouts: random.below(3) === 0 } : {}
  const isWithoutHolds = carried.length === 0 && trouble.crash !== true && trouble.loss !== true
  const state = new GlobalState({
    kind,
    wishes,
    carried,
    firstPlace: letter(random, sites),
    fences: modes.length === 1,
    rests: !perpetual && (idle === 'always' || (idle === 'unless carried' && isWithoutHolds)),
    ...trouble,
    ...suspicions,
  })
  try {
    if (perpetual) walkUntilServed(state, random)
    else state.walk(random, 5000)
    checkEnd(state)
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`)
  }
  return state
}

/** Holds that a view begins with: one, or several that stand beside each other, also in several modes. */
function carriedOf(random: Random, sites: number, modes: readonly PlainMode[]): CarriedWish[] {
  const inside = new ModeCounts()
  const count = 1 + random.below(4)
  return Array.from({ length: count }, (_, i): CarriedWish | null => {
    const beside = modes.filter((mode) => inside.admit(Mode.of(mode)))
    if (beside.length === 0) return null
    const mode = drawn(random, beside)
    inside.add(Mode.of(mode))
    return { lock: 'door', holder: letter(random, sites), mode, fence: BigInt(i + 1) }
  }).filter((hold) => hold !== null)
}

/** A perpetual token never comes to rest: goes on until every site was served. */
function walkUntilServed(state: GlobalState, random: Random): void {
  for (let i = 0; i < 20_000; i++) {
    const isOver = state.ids.every((id) => {
      const { pending, wishes, inside } = state.seat(id)
      return pending.length === 0 && wishes.length === 0 && inside === 0
    })
    const steps = state.steps()
    if (isOver || steps.length === 0) return
    state.take(drawn(random, steps))
  }
  throw new Error('still going')
}

/** All want in again and again; how often others entered before one whose request had arrived. */
function contended(
  seed: number,
  kind: AlgorithmKind,
  sites: number,
): { readonly overtaken: number; readonly state: GlobalState } {
  const random = seededRandom(seed)
  const wishes = Array.from({ length: sites }, () => Array.from({ length: 6 }, () => plain))
  const state = new GlobalState({ kind, wishes, firstPlace: letter(random, sites) })
  /** By how many those who wait were overtaken since everything they had said arrived. */
  const waiting = new Map<string, number>()
  let overtaken = 0
  while (state.entries.length < sites * 6) {
    const steps = state.steps()
    const deliveries = steps.filter((step) => step.do === 'deliver')
    if (steps.length === 0) break
    const before = state.entries.length
    state.take(drawn(random, deliveries.length > 0 && random.below(4) > 0 ? deliveries : steps))
    for (const { at } of state.entries.slice(before)) {
      waiting.delete(at)
      for (const [id, count] of waiting) waiting.set(id, count + 1)
    }
    overtaken = Math.max(overtaken, ...waiting.values())
    if (!isQuiet(state)) continue
    for (const id of state.ids) if (state.seat(id).pending.length > 0 && !waiting.has(id)) waiting.set(id, 0)
  }
  return { overtaken, state }
}

/** Nothing is on its way, but for a token that goes round. */
function isQuiet(state: GlobalState): boolean {
  return [...state.post.each()].every(({ queue }) => queue.every(({ body }) => body.kind === 'token'))
}

/** A story in which messages overtake each other; what went wrong, or null. */
function disordered(seed: number, kind: AlgorithmKind, { perpetual = false }: Promises): string | null {
  const random = seededRandom(seed)
  const sites = 2 + random.below(4)
  const wishes = Array.from({ length: sites }, () => Array.from({ length: 3 }, () => plain))
  const state = new GlobalState({ kind, wishes, firstPlace: letter(random, sites), unordered: true })
  try {
    if (perpetual) walkUntilServed(state, random)
    else state.walk(random, 20_000)
    checkEnd(state)
    return null
  } catch (error) {
    return `seed ${seed}: ${(error as Error).message}`
  }
}
