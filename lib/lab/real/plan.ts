/**
 * This file plans what the users of a real run will do, before the run begins. The load itself plans, in an arena whose algorithm
 * lets all sites in at once. So a real run has the very draws that the simulation has under the same seed. What a load draws from
 * outside (poisson, hotspot, zipf, bursts) is the same visit for visit. Where users come back after they have left (closed,
 * saturated) the pauses are the same, though who leaves when is up to the processes.
 */
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { Arena } from '../arena/arena.ts'
import { delayLaw } from '../arena/delays.ts'
import { type Load, usersRandom } from '../arena/loads.ts'

/** What the users of one place do. Times are in units of T. */
export type PlacePlan =
  /** One user, who pauses so long before each visit, and begins from the front when the pauses are used up. */
  | { readonly kind: 'comes back'; readonly firstT: number; readonly pausesT: Float64Array }
  /** Users who come at these times, whether or not the others were served. */
  | { readonly kind: 'from outside'; readonly atT: Float64Array }

/** What all of them do. */
export type Schedule =
  | { readonly kind: 'each by itself'; readonly places: readonly PlacePlan[] }
  /** One visit in the whole system at a time: at this place, so long after the last one. */
  | { readonly kind: 'one at a time'; readonly visits: readonly { readonly place: number; readonly pauseT: number }[] }

export interface PlanOptions {
  readonly load: Load
  readonly nodes: number
  readonly seed: number
  readonly sectionT: number
  /** Visits that are needed; the plan has more, for a run ends only when the processes have heard that it is enough. */
  readonly visits: number
}

/** How many times the visits that are needed a plan has. */
const reserve = 1.5

/** Plans a run. The same options give the same plan. */
export function planOf({ load, nodes, seed, sectionT, visits }: PlanOptions): Schedule {
  const enough = Math.ceil(visits * reserve) + nodes
  const arena = new Arena({ kind: everybodyEnters, nodes, delay: delayLaw('constant:1'), seed, sectionT, mode: 'shared' })
  const planned: Visit[] = []
  const { left } = load.start(arena, { random: usersRandom(seed), sectionT, mayGoOn: () => planned.length < enough })
  const leftAtT = new Array<number>(nodes).fill(0)
  let lastLeftAtT = 0
  arena.listener = {
    requested: (seat, { arrivedAtT }) => {
      const sinceOwnT = arrivedAtT - (leftAtT[seat.index] as number)
      planned.push({ place: seat.index, arrivedAtT, sinceOwnT, sinceLastT: arrivedAtT - lastLeftAtT })
    },
    left: (seat) => {
      leftAtT[seat.index] = arena.nowT
      lastLeftAtT = arena.nowT
      left?.(seat)
    },
  }
  arena.run(() => planned.length >= enough)
  if (load.name === 'light') {
    return { kind: 'one at a time', visits: planned.map(({ place, sinceLastT }) => ({ place, pauseT: sinceLastT })) }
  }
  const places = Array.from({ length: nodes }, (_, place) => planned.filter((visit) => visit.place === place))
  return { kind: 'each by itself', places: places.map((own) => (left === undefined ? fromOutside(own) : comesBack(own))) }
}

interface Visit {
  readonly place: number
  readonly arrivedAtT: number
  /** Since the last one left there, and since the last one left anywhere. */
  readonly sinceOwnT: number
  readonly sinceLastT: number
}

function fromOutside(visits: readonly Visit[]): PlacePlan {
  return { kind: 'from outside', atT: Float64Array.from(visits, ({ arrivedAtT }) => arrivedAtT) }
}

function comesBack(visits: readonly Visit[]): PlacePlan {
  const [first, ...others] = visits
  const pausesT = Float64Array.from(others, ({ sinceOwnT }) => sinceOwnT)
  return { kind: 'comes back', firstT: first?.arrivedAtT ?? 0, pausesT: pausesT.length === 0 ? Float64Array.of(0) : pausesT }
}

/** What is planned with: no user waits for another. */
const everybodyEnters: AlgorithmKind<Body> = {
  name: 'all enter',
  modes: ['shared'],
  asksAlways: true,
  create: (site) => ({
    request: () => site.granted(),
    receive() {},
    release() {},
    cancel() {},
    wanted: () => false,
    mayHold: () => false,
    idle: () => true,
    rest() {},
    describe: () => ({ token: false, permissions: [] }),
  }),
  untouched: () => false,
}
