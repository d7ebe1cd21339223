import { seededRandom } from '../../lib/base/random.ts'
import { showViolation } from './canary.ts'
import { type FaultKind, faultKinds, shuffled } from './faults.ts'
import type { Failover } from './measures.ts'
import { type Outcome, kindsFor, play, type Round } from './round.ts'
import type { PoolKind } from './stage.ts'

export interface NemesisOptions {
  readonly seconds: number
  readonly seed: number
  /** Names of kinds; default all. */
  readonly faults?: readonly string[]
  /** Default all that can be had here. */
  readonly pools?: readonly PoolKind[]
  readonly progress?: (text: string) => void
  /** Takes the history of a round with a violation. */
  readonly keep?: (history: string) => void
}

/** What a run of the nemesis found. */
export interface NemesisReport {
  readonly seed: number
  readonly seconds: number
  readonly rounds: number
  /** Each kind with how often it was done; 0 where a tool is missing for it. */
  readonly faults: Readonly<Record<string, number>>
  /** Why some kinds could not be done here. */
  readonly missing: Readonly<Record<string, string>>
  readonly grants: number
  readonly turnedAway: number
  readonly failovers: readonly (Failover & { readonly pool: PoolKind })[]
  readonly violations: readonly string[]
  readonly falseRemovals: readonly string[]
  readonly removals: number
  readonly failures: Readonly<Record<string, number>>
  readonly unexpected: readonly string[]
  /** Violations that were seen at a resource that ignores fences: none would mean that this suite is blind. */
  readonly unfenced: number
}

/** After so many rounds that could not be played it is no use to go on. */
const brokenRoundsMax = 5

/** So many faults a round on each lane: about twenty seconds. */
const faultsALane = 3

/**
 * Plays rounds until the time is up and each kind of fault was done at least once. What happens when is drawn from the seed;
 * how the processes meet it is not, so a seed names a story, not a replay.
 */
export async function runNemesis(options: NemesisOptions): Promise<NemesisReport> {
  const began = performance.now()
  const random = seededRandom(options.seed)
  const draw = (): number => random.next()
  const say = options.progress ?? (() => undefined)
  const elapsed = (): number => (performance.now() - began) / 1000
  const wanted = (kind: FaultKind): boolean => options.faults?.includes(kind.name) ?? true
  const pools = (options.pools ?? (['local', 'proxies', 'namespaces'] as const)).filter((pool) => kindsFor(pool).some(wanted))
  const missing = Object.fromEntries(
    faultKinds.filter(wanted).flatMap(({ name, missing: why }) => {
      const text = why?.() ?? null
      return text === null ? [] : [[name, text]]
    }),
  )
  const unfenced = await showViolation(false)
  const fenced = await showViolation(true)
  say(`a holder stopped for longer than its session: ${unfenced} violations without fences, ${fenced} with them`)
  const decks = new Map(pools.map((pool) => [pool, new Deck(kindsFor(pool).filter(wanted), draw)]))
  const outcomes: Outcome[] = []
  const broken: string[] = []
  const undone = new Set([...decks.values()].flatMap((deck) => deck.names))
  for (let index = 0; elapsed() < options.seconds || undone.size > 0; index++) {
    const pool = pools[index % pools.length]
    const deck = pool === undefined ? undefined : decks.get(pool)
    if (pool === undefined || deck === undefined) break
    // The longer session outlasts the noticing and deciding, so that others really have to wait for its end.
    const session = pool === 'local' || draw() < 0.5 ? {} : { sessionMs: 6000 }
    const round: Round = {
      ...session,
      pool,
      count: pool === 'local' ? 5 : 3 + 2 * Math.floor(draw() * 2),
      faults: deck.deal(undone),
    }
    let outcome: Outcome
    try {
      outcome = await play(round, draw, options.seed)
    } catch (error) {
      broken.push(`round ${index + 1} (${round.count} × ${pool}) could not be played: ${String(error)}`)
      say(`         ${broken.at(-1)}`)
      if (broken.length >= brokenRoundsMax) break
      continue
    }
    outcomes.push(outcome)
    for (const name of outcome.done) undone.delete(name)
    say(`${elapsed().toFixed(0).padStart(5)} s  ${describe(index + 1, round, outcome)}`)
    for (const text of [...outcome.violations, ...outcome.falseRemovals]) say(`         ${text}`)
    if (outcome.history !== null) options.keep?.(outcome.history)
  }
  return {
    ...gather(outcomes),
    seed: options.seed,
    seconds: elapsed(),
    missing,
    faults: Object.fromEntries(
      faultKinds
        .filter(wanted)
        .map(({ name }) => [name, outcomes.flatMap(({ done }) => done).filter((each) => each === name).length]),
    ),
    unfenced,
    violations: [
      ...outcomes.flatMap(({ violations }) => violations),
      ...broken,
      ...(fenced > 0 ? [`${fenced} violations with fences in the story of the stopped holder`] : []),
    ],
  }
}

/** Whether nothing was broken, no member was removed falsely, and the suite can see. */
export function isClean({ violations, falseRemovals, unfenced }: NemesisReport): boolean {
  return violations.length === 0 && falseRemovals.length === 0 && unfenced > 0
}

/** Kinds in an order drawn anew each time; those that were never done come first. */
class Deck {
  private readonly kinds: readonly FaultKind[]
  private readonly random: () => number

  constructor(kinds: readonly FaultKind[], random: () => number) {
    this.kinds = kinds
    this.random = random
  }

  get names(): readonly string[] {
    return this.kinds.map(({ name }) => name)
  }

  deal(undone: ReadonlySet<string>): FaultKind[] {
    const inOrder = shuffled(this.kinds, this.random).sort((a, b) => Number(undone.has(b.name)) - Number(undone.has(a.name)))
    return (['process', 'network'] as const).flatMap((lane) => inOrder.filter((kind) => kind.lane === lane).slice(0, faultsALane))
  }
}

function describe(number: number, { pool, count }: Round, outcome: Outcome): string {
  const { done, grants, turnedAway, failovers, violations, falseRemovals, removals } = outcome
  const slowest = failovers.length === 0 ? '' : `, slowest failover ${Math.max(...failovers.map(({ ms }) => ms)).toFixed(0)} ms`
  const counts = `${grants} grants, ${turnedAway} turned away, ${removals} removed${slowest}`
  const bad = `${violations.length} violations, ${falseRemovals.length} false removals`
  return `round ${number}, ${count} × ${pool}: ${done.join(', ')}: ${counts}; ${bad}`
}

function gather(outcomes: readonly Outcome[]) {
  const failures: Record<string, number> = {}
  for (const outcome of outcomes)
    for (const [code, count] of Object.entries(outcome.failures)) failures[code] = (failures[code] ?? 0) + count
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  return {
    rounds: outcomes.length,
    grants: sum(({ grants }) => grants),
    turnedAway: sum(({ turnedAway }) => turnedAway),
    removals: sum(({ removals }) => removals),
    failovers: outcomes.flatMap(({ pool, failovers }) => failovers.map((failover) => ({ ...failover, pool }))),
    falseRemovals: outcomes.flatMap(({ falseRemovals }) => falseRemovals),
    failures,
    unexpected: outcomes.flatMap(({ unexpected }) => unexpected),
  }
}
