/**
 * This file checks an algorithm about which nothing is known: every order of small configurations, then runs at random of larger
 * ones. The first breach is told by its shortest story; what comes after it is not looked for, since one mistake tends to show
 * in many ways.
 */
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { explore } from '../../sim/explorer/explore.ts'
import type { Situation, Wish } from '../../sim/explorer/situation.ts'
import { GlobalState } from '../../sim/explorer/global-state.ts'
import { brokenBy } from '../../sim/explorer/rules.ts'
import { storyOfSteps } from '../../sim/explorer/story.ts'
import { textOf } from '../../sim/story/text.ts'
import { narrate } from '../../sim/story/words.ts'
import { guarded, type Watch } from './guard.ts'
import { type CheckedMode, modeAt } from './modes.ts'
import { isPlain } from './plain.ts'
import { replayed } from './replay.ts'
import type { CheckReport, Explored, Finding } from './report.ts'
import { scoreOf, tryOut } from './score.ts'
import { isBrokenBy, shorten } from './shorten.ts'
import { type Walk, walk } from './walk.ts'

/** An algorithm as it was found in a file. */
export interface Candidate {
  readonly kind: AlgorithmKind<Body>
  readonly links: 'fifo' | 'unordered'
  readonly cancels: boolean
  /** The modes of its requests. Default: exclusive. */
  readonly modes?: readonly CheckedMode[]
}

/** How far the check goes. */
export interface CheckOptions {
  /** How many sites the small configurations have. */
  readonly nodes: readonly number[]
  /** The most sites in a run at random, and in a run for the score. */
  readonly most: number
  /** Each is a run at random. */
  readonly seeds: readonly number[]
  /** How many states of each small configuration are searched. */
  readonly statesMax: number
  /** Nothing but the first breach is wanted: no score. */
  readonly isHasty?: boolean
}

/** What the check is doing. */
export interface CheckProgress {
  readonly text: string
}

/** Checks it. Nothing that the algorithm does makes this throw, except not to return. */
export function check(
  candidate: Candidate,
  options: CheckOptions,
  watch: Watch,
  say: (progress: CheckProgress) => void,
): CheckReport {
  const { kind, links, cancels, modes = ['exclusive'] } = candidate
  const watched = guarded(kind, watch)
  const remembered = replayed(watched)
  const walkOf = (of: AlgorithmKind<Body>, seed: number, stepsMax?: number): Walk =>
    walk({ kind: of, links, cancels, modes, most: options.most }, seed, stepsMax)
  const configurations: Explored[] = []
  let found = made(watched) ?? unrepeatable((seed) => walkOf(remembered, seed, repeatedStepsMax))
  if (found === null) {
    const copied = brokenBy(() => void isPlain(kind)) === null && isPlain(kind)
    for (const configuration of configurationsOf(options.nodes, cancels, modes)) {
      say({ text: `${configuration.nodes} sites, ${configuration.requests.join('+')} requests, ${configuration.mode}` })
      const situation = { ...situationOf(configuration, links), statesMax: options.statesMax }
      const histories = { ...situation, kind: remembered, depthMax: rememberedDepthMax }
      let exploration = explore(copied ? { ...situation, kind: watched } : histories)
      const { violation: breach } = exploration
      // What copies of states brought about must happen without copies as well.
      if (copied && breach !== null && !isBrokenBy({ ...situation, kind: watched }, breach.steps, breach.rule))
        exploration = explore(histories)
      const { states, complete, violation } = exploration
      configurations.push({ ...configuration, states, complete })
      if (violation === null) continue
      const broken = { rule: violation.rule, problem: violation.problem }
      // Where a site waits for ever the search has gone to the end of everything, which the story need not.
      const whole = { situation: { ...situation, kind: remembered }, steps: violation.steps, broken }
      const short = shorten(whole)
      found = findingOf(short.steps.length < whole.steps.length ? short : whole, 'every order')
      break
    }
  }
  say({ text: `${options.seeds.length} seeds` })
  const broken = found === null ? shortestOf(options, (seed) => walkOf(watched, seed)) : null
  if (broken !== null) found = broken
  const sizes = [Math.min(3, options.most), Math.min(4, options.most), options.most]
  const trials = (options.isHasty === true ? [] : options.seeds).map((seed, place) =>
    tryOut(watched, links, seed, sizes[place % sizes.length] as number),
  )
  return {
    name: kind.name,
    links,
    explored: configurations.reduce((sum, { states }) => sum + states, 0),
    configurations,
    seeds: trials.length,
    violations: found === null ? [] : [found],
    score: scoreOf(found === null ? null : found.property === 'loads' ? 'throws' : found.property, trials),
  }
}

/** Sites that are known by their histories are slow where these are long, as where messages go round for ever. */
const rememberedDepthMax = 80

const repeatedSeeds = [1, 2, 3, 4]
const repeatedStepsMax = 200

/** Whether an instance can be made at all. */
function made(kind: AlgorithmKind<Body>): Finding | null {
  const situation = { kind, wishes: [[], []] }
  const broken = brokenBy(() => void new GlobalState(situation))
  return broken === null ? null : findingOf({ situation, steps: [], broken }, 'every order')
}

/** Sites that act differently when the same happens again: no finding about them would be worth anything. */
function unrepeatable(run: (seed: number) => Walk): Finding | null {
  for (const seed of repeatedSeeds) {
    const walked = run(seed)
    if (walked.broken?.rule === 'unrepeatable') return findingOf(walked, `seed ${seed}`)
  }
  return null
}

/** How many breaches are made short; the shortest of them is told. */
const shortenedMax = 5

function shortestOf({ seeds, isHasty }: CheckOptions, run: (seed: number) => Walk): Finding | null {
  const broken: { readonly seed: number; readonly walked: Walk }[] = []
  for (const seed of seeds) {
    const walked = run(seed)
    if (walked.broken !== null) broken.push({ seed, walked })
    if (walked.broken !== null && isHasty === true) break
  }
  broken.sort(
    (a, b) =>
      a.walked.situation.wishes.length - b.walked.situation.wishes.length || a.walked.steps.length - b.walked.steps.length,
  )
  const short = broken.slice(0, shortenedMax).map(({ seed, walked }) => ({ seed, walked: shorten(walked) }))
  short.sort((a, b) => a.walked.steps.length - b.walked.steps.length)
  const [first] = short
  return first === undefined ? null : findingOf(first.walked, `seed ${first.seed}`)
}

function findingOf({ situation, steps, broken }: Walk, foundBy: string): Finding | null {
  if (broken === null) return null
  const { rule, problem } = broken
  const run = steps.length === 0 ? null : storyOfSteps(situation, steps, broken)
  return {
    property: rule,
    problem,
    story: run === null ? [problem] : narrate(run),
    diagram: run === null ? '' : textOf(run, { columns: Infinity }),
    nodes: situation.wishes.length,
    foundBy,
    run,
  }
}

type Configuration = Omit<Explored, 'states' | 'complete'>

/** The fewest requests first, then the fewest sites: so the first breach is a small one. */
function configurationsOf(nodes: readonly number[], cancels: boolean, modes: readonly CheckedMode[]): Configuration[] {
  const all = [...new Set(nodes)].flatMap((count) => {
    const once = Array.from({ length: count }, () => 1)
    const shapes = [once, [2, ...once.slice(1)], [2, 2, ...once.slice(2)]]
    return shapes.flatMap((requests) =>
      modes.flatMap((mode) => {
        const plain = { nodes: count, requests, mode, withdraws: false }
        return cancels ? [plain, { ...plain, withdraws: true }] : [plain]
      }),
    )
  })
  const asked = ({ requests }: Configuration): number => requests.reduce((sum, count) => sum + count, 0)
  return all.sort((a, b) => asked(a) - asked(b) || a.nodes - b.nodes)
}

function situationOf({ requests, mode, withdraws }: Configuration, links: 'fifo' | 'unordered'): Omit<Situation, 'kind'> {
  const wishes = requests.map((count, at) => {
    return Array.from({ length: count }, (_, place): Wish => {
      const wish = { mode: modeAt(mode, at, place) }
      return withdraws && at === 0 ? { ...wish, fickle: true } : wish
    })
  })
  return { wishes, unordered: links === 'unordered', timeouts: true }
}
