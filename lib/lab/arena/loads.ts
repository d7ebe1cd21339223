/**
 * What the users do. A load decides when they come and which node they come to; the same seed draws the same users for every
 * algorithm (common random numbers).
 */
import { BadOptionError } from '../../base/errors.ts'
import { meantOr } from '../../base/nearest.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import type { Body } from '../../mutex/contract.ts'
import type { Arena } from './arena.ts'
import { exponential } from './delays.ts'
import type { Seat } from './seat.ts'

/** Sends users until `enough` of them have come. */
export interface Load {
  /** As it is written: `poisson:0.5`. */
  readonly name: string
  /** Begins; `mayGoOn` is asked before each user is sent. */
  start<Message extends Body>(arena: Arena<Message>, users: Users): Visits<Message>
}

/** What a load has beside the arena. */
export interface Users {
  /** Draws when users come, and to which site. */
  readonly random: Random
  /** Mean length of a critical section, in T. */
  readonly sectionT: number
  /** Whether one more user may come. */
  mayGoOn(): boolean
}

/** What a load wants to hear. */
export interface Visits<Message extends Body> {
  /** Called when a user leaves the critical section. */
  left?(seat: Seat<Message>): void
}

const forms =
  'light, saturated, poisson:LOAD, closed:THINK, hotspot:LOAD,SHARE, zipf:LOAD,EXPONENT or bursts:LOAD,SIZE (LOAD is the offered share of N·λ·(E+T))'

const kinds = ['light', 'saturated', 'poisson', 'closed', 'hotspot', 'zipf', 'bursts']

/**
 * Reads a load. `light`: one request in the whole system at a time, its site drawn uniformly over all, the last holder too.
 * `saturated`: every site asks again as soon as it leaves. `poisson:ρ`: users come to each site at the rate λ with
 * N·λ·(E+T) = ρ, and queue there. `closed:T`: each site thinks for an exponential time of that mean. `hotspot:ρ,SHARE`:
 * that share of all comes to the first site. `zipf:ρ,S`: the site of rank r has a share in proportion to r^−S.
 * `bursts:ρ,SIZE`: users come to different sites so many at a time.
 *
 * @throws BAD_OPTION that lists the forms.
 */
export function loadOf(text: string): Load {
  const [kind = '', parameters = ''] = text.split(':')
  const numbers = parameters === '' ? [] : parameters.split(',').map(Number)
  const isBad =
    numbers.some((number) => !Number.isFinite(number) || number < 0) || text.split(':').length > 2 || numbers.length > 2
  const start = isBad ? null : startOf(kind, numbers)
  if (start === null)
    throw new BadOptionError(`'${text}' is no load${meantOr(kind, kinds, `write ${forms}`)}`, { option: 'load' })
  return { name: text, start }
}

/** The users' chance under a seed, apart from that of delays. */
export function usersRandom(seed: number): Random {
  return seededRandom(seed * 7919 + 13)
}

type Start = Load['start']

function startOf(kind: string, numbers: readonly number[]): Start | null {
  const [first, second] = numbers
  const isPositive = first !== undefined && first > 0
  switch (kind) {
    case 'light':
      return numbers.length === 0 ? light : null
    case 'saturated':
      return numbers.length === 0 ? saturated : null
    case 'poisson':
      return isPositive && second === undefined
        ? (arena, users) => open(arena, users, first, uniform(arena.seats.length), 1)
        : null
    case 'closed':
      return first !== undefined && second === undefined ? (arena, users) => closed(arena, users, first) : null
    case 'hotspot': {
      const share = second ?? 0.8
      return isPositive && share <= 1 ? (arena, users) => open(arena, users, first, hotspot(arena.seats.length, share), 1) : null
    }
    case 'zipf':
      return isPositive ? (arena, users) => open(arena, users, first, zipf(arena.seats.length, second ?? 1), 1) : null
    case 'bursts': {
      const size = second ?? 3
      if (!isPositive || !Number.isInteger(size) || size < 1) return null
      return (arena, users) => open(arena, users, first, uniform(arena.seats.length), size)
    }
    default:
      return null
  }
}

/** One request at a time: the next comes when nothing of the last is under way, at a moment that no token can expect. */
const light: Start = (arena, users) => {
  const next = (): void => {
    if (!users.mayGoOn()) return
    const seat = arena.seats[users.random.below(arena.seats.length)] as (typeof arena.seats)[0]
    let patienceT = settleMaxT * arena.seats.length * arena.delay.meanT
    const whenQuiet = (): void => {
      patienceT -= arena.delay.meanT
      // A token that never stops is never quiet.
      if (arena.inFlight > 0 && patienceT > 0) return arena.call(seat, arena.delay.meanT, whenQuiet)
      arena.arrive(seat)
    }
    arena.call(seat, users.random.next() * arena.seats.length * arena.delay.meanT, whenQuiet)
  }
  next()
  return { left: next }
}

/** How many times N·T the messages of a light load may take to settle. */
const settleMaxT = 3

/** All sites want it, always. The first requests are a little apart, so that no lock-step is built in. */
const saturated: Start = (arena, users) => {
  for (const seat of arena.seats) arena.call(seat, users.random.next() * arena.delay.meanT, () => arena.arrive(seat))
  return {
    left: (seat) => {
      if (users.mayGoOn()) arena.call(seat, 0, () => arena.arrive(seat))
    },
  }
}

function closed<Message extends Body>(arena: Arena<Message>, users: Users, thinkT: number): Visits<Message> {
  const think = (seat: Seat<Message>): void => {
    if (users.mayGoOn()) arena.call(seat, exponential(users.random, thinkT), () => arena.arrive(seat))
  }
  for (const seat of arena.seats) think(seat)
  return { left: think }
}

/** Users from outside, who come whether or not the others were served. */
function open<Message extends Body>(
  arena: Arena<Message>,
  users: Users,
  load: number,
  draw: (random: Random) => number,
  size: number,
): Visits<Message> {
  const gapT = (size * (users.sectionT + arena.delay.meanT)) / load
  const anySeat = arena.seats[0] as Seat<Message>
  const come = (): void => {
    if (!users.mayGoOn()) return
    const places = new Set<number>()
    for (let tries = 0; places.size < Math.min(size, arena.seats.length) && tries < size * 10; tries++) {
      places.add(draw(users.random))
    }
    for (const place of places) arena.arrive(arena.seats[place] as Seat<Message>)
    arena.call(anySeat, exponential(users.random, gapT), come)
  }
  arena.call(anySeat, exponential(users.random, gapT), come)
  return {}
}

const uniform = (nodes: number) => (random: Random) => random.below(nodes)

const hotspot = (nodes: number, share: number) => (random: Random) =>
  nodes === 1 || random.next() < share ? 0 : 1 + random.below(nodes - 1)

function zipf(nodes: number, exponent: number): (random: Random) => number {
  const weights = Array.from({ length: nodes }, (_, rank) => (rank + 1) ** -exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return (random) => {
    let left = random.next() * total
    const at = weights.findIndex((weight) => (left -= weight) < 0)
    return at === -1 ? nodes - 1 : at
  }
}
