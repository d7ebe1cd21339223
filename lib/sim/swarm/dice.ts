/** This file draws values from the distributions that plans are made with. */
import type { Random } from '../../base/random.ts'

/** One of them, each as likely. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T
}

/** True with that probability. */
export function chance(random: Random, probability: number): boolean {
  return random.next() < probability
}

/** Each order of magnitude as likely as the next. */
export function logUniform(random: Random, least: number, most: number): number {
  return round(least * Math.exp(random.next() * Math.log(most / least)))
}

/** From nothing to the maximum, most often short. */
export function spread(random: Random, most: number): number {
  return round(Math.exp(random.next() * Math.log(most + 1)) - 1)
}

/** Short enough to be read in a plan that is printed. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
