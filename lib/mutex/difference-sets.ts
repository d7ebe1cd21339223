/**
 * Finite projective planes, for quorums in which any two share exactly one site: J. Singer 1938, "A theorem in finite projective
 * geometry and some applications to number theory". For every prime power q there are q+1 numbers whose differences modulo N =
 * q²+q+1 are all of 1…N−1, each once. So the N shifts of that one set are the lines of a plane: two lines meet in one point, and
 * every point is on q+1 lines. Only the one set needs to be kept.
 *
 * The construction: let α generate the multiplicative group of the field with q³ elements. The powers of α below N stand for the
 * points of the plane, and those whose trace into the field with q elements is zero for the points of one line.
 */
import { invariant } from '../base/assert.ts'

/** The least q with q²+q+1 ≥ `count` for which a plane is known; 0 and 1 are the point and the triangle. */
export function planeOrderFor(count: number): number {
  let order = 0
  while (planeSize(order) < count || !hasPlane(order)) order++
  return order
}

/** How many points, and lines, the plane of that order has. */
export function planeSize(order: number): number {
  return order ** 2 + order + 1
}

/** The line through 0 of which all lines are shifts modulo `planeSize(order)`, rising; `order` is 0, 1 or a prime power. */
export function differenceSet(order: number): readonly number[] {
  let line = known.get(order)
  if (line === undefined) {
    line = order < 2 ? [0, 1].slice(0, order + 1) : singerSet(order)
    known.set(order, line)
  }
  return line
}

/** One for each order that was ever asked for, which are few. */
const known = new Map<number, readonly number[]>()

/** A power of a prime, or one of the two degenerate cases. No other order is known to have a plane; 6 and 10 have none. */
function hasPlane(order: number): boolean {
  if (order < 2) return true
  let rest = order
  for (const prime = leastFactor(order); rest % prime === 0; ) rest /= prime
  return rest === 1
}

function leastFactor(number: number): number {
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return factor
  return number
}

function singerSet(order: number): readonly number[] {
  const prime = leastFactor(order)
  const degree = 3 * Math.round(Math.log(order) / Math.log(prime))
  const powers = powersOfGenerator(prime, degree)
  const size = planeSize(order)
  const line: number[] = []
  for (let i = 0; i < size; i++) {
    // The trace of y is y + y^q + y^(q²).
    const terms = [i, i * order, i * order ** 2].map((exponent) => powers[exponent % powers.length] as Uint8Array)
    if (Array.from({ length: degree }, (_, at) => at).every((at) => sumAt(terms, at) % prime === 0)) line.push(i)
  }
  invariant(line.length === order + 1, 'a line has one point more than its order')
  const [first = 0] = line
  return line.map((point) => point - first)
}

function sumAt(terms: readonly Uint8Array[], at: number): number {
  return terms.reduce((sum, term) => sum + (term[at] as number), 0)
}

/** All powers of an element that generates the field of `prime` to the `degree`, each as the coefficients of a polynomial. */
function powersOfGenerator(prime: number, degree: number): readonly Uint8Array[] {
  const all = prime ** degree - 1
  for (let code = 1; code <= all; code++) {
    const tail = Array.from({ length: degree }, (_, at) => Math.floor(code / prime ** at) % prime)
    const powers = powersOfX(prime, tail, all)
    if (powers !== null) return powers
  }
  invariant(false, 'every finite field has a generator')
}

/** The powers of x where x to the degree is the polynomial `tail`; null when they come back to 1 before `all` of them. */
function powersOfX(prime: number, tail: readonly number[], all: number): readonly Uint8Array[] | null {
  const degree = tail.length
  const powers: Uint8Array[] = []
  let power = Uint8Array.from(tail, (_, at) => (at === 0 ? 1 : 0))
  for (let i = 0; i < all; i++) {
    if (i > 0 && power[0] === 1 && power.every((each, at) => at === 0 || each === 0)) return null
    powers.push(power)
    const carry = power[degree - 1] as number
    const before = power
    power = Uint8Array.from(tail, (each, at) => ((at === 0 ? 0 : (before[at - 1] as number)) + carry * each) % prime)
  }
  // A polynomial that divides some power of x never comes back at all.
  return power[0] === 1 && power.every((each, at) => at === 0 || each === 0) ? powers : null
}
