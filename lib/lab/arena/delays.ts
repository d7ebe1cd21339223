/**
 * This file draws how long messages travel. Every law has the mean 1, or as many T as is said, so that results in units of T
 * compare. Constant delays give exact counts, and lock-step artefacts (with Maekawa's algorithm above all); claims about means
 * should rest on exponential or lognormal ones.
 */
import { BadOptionError } from '../../base/errors.ts'
import { meantOr } from '../../base/nearest.ts'
import type { Random } from '../../base/random.ts'

/** How long messages travel. */
export interface DelayLaw {
  /** As it is written: `exponential:1`. */
  readonly name: string
  /** The mean, in units of time; what measures call T. */
  readonly meanT: number
  /** The delay of one message. */
  draw(random: Random, from: number, to: number, nodes: number): number
}

const forms =
  "constant:T, uniform:LOW,HIGH, exponential:T, lognormal:T,SIGMA or two-sites:NEAR,FAR (each 'exponential' around its mean)"

const laws = ['constant', 'uniform', 'exponential', 'lognormal', 'two-sites']

/**
 * Reads a law: `constant:1`, `uniform:0.5,1.5`, `exponential:1`, `lognormal:1,0.5` (mean, σ of the logarithm), or
 * `two-sites:1,10` (the first half of the nodes is near each other, and far from the second half).
 *
 * @throws BAD_OPTION that lists the forms.
 */
export function delayLaw(text: string): DelayLaw {
  const [law = '', parameters = ''] = text.split(':')
  const numbers = parameters === '' ? [] : parameters.split(',').map(Number)
  const isBad = numbers.some((number) => !Number.isFinite(number) || number < 0) || text.split(':').length > 2
  const made = isBad ? null : lawOf(law, numbers)
  if (made === null)
    throw new BadOptionError(`'${text}' is no delay law${meantOr(law, laws, `write ${forms}`)}`, { option: 'delay' })
  return { name: text, ...made }
}

function lawOf(law: string, numbers: readonly number[]): Omit<DelayLaw, 'name'> | null {
  const [first = 1, second] = numbers
  if (numbers.length > 2 || (first <= 0 && law !== 'uniform')) return null
  switch (law) {
    case 'constant':
      return second === undefined ? { meanT: first, draw: () => first } : null
    case 'exponential':
      return second === undefined ? { meanT: first, draw: (random) => exponential(random, first) } : null
    case 'uniform': {
      const [low = 0.5, high = 1.5] = numbers
      return high > low ? { meanT: (low + high) / 2, draw: (random) => low + random.next() * (high - low) } : null
    }
    case 'lognormal': {
      const sigma = second ?? 0.5
      const mu = Math.log(first) - sigma ** 2 / 2
      return { meanT: first, draw: (random) => Math.exp(mu + sigma * normal(random)) }
    }
    case 'two-sites': {
      const far = second ?? 10 * first
      if (far <= 0) return null
      return {
        meanT: (first + far) / 2,
        draw: (random, from, to, nodes) => exponential(random, from < nodes / 2 === to < nodes / 2 ? first : far),
      }
    }
    default:
      return null
  }
}

/** An exponential variate of that mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next())
}

/** A standard normal variate (Box and Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
