/** This file describes the names of algorithms, loads and delays that the lab's commands take. */
import { BadOptionError } from '../../base/errors.ts'
import { nearestName } from '../../base/nearest.ts'
import { delayLaw } from '../../lab/arena/delays.ts'
import { loadOf } from '../../lab/arena/loads.ts'
import { labAlgorithm, labAlgorithms } from '../../lab/algorithms.ts'
import { UsageError } from '../usage.ts'

/** @throws UsageError with the nearest name, if one of them names no algorithm. */
export function checkAlgorithms(option: string, names: readonly string[] | undefined, command: string): void {
  const known = labAlgorithms.map(({ name }) => name)
  check(names, labAlgorithm, (name, why) => {
    const plain = name.split(':', 1)[0] as string
    const nearest = known.includes(plain) ? null : nearestName(plain, known)
    const what = nearest === null ? why : `there is no algorithm '${name}'; did you mean '${nearest}'?`
    return new UsageError(`--${option}: ${what}`, `holdfast ${command} --${option} ${nearest ?? 'token-ring'}`)
  })
}

/** @throws UsageError with the forms there are, if one of them is no load. */
export function checkLoads(loads: readonly string[] | undefined, command: string): void {
  check(loads, loadOf, (_load, why) => new UsageError(`--load: ${why}`, `holdfast ${command} --load poisson:0.5`))
}

/** @throws UsageError with the forms there are, if one of them is no law of delays. */
export function checkDelays(delays: readonly string[] | undefined, command: string): void {
  check(delays, delayLaw, (_delay, why) => new UsageError(`--delay: ${why}`, `holdfast ${command} --delay exponential:1`))
}

function check(
  texts: readonly string[] | undefined,
  read: (text: string) => unknown,
  complaint: (text: string, why: string) => Error,
): void {
  for (const text of texts ?? []) {
    try {
      read(text)
    } catch (error) {
      if (error instanceof BadOptionError) throw complaint(text, error.message)
      throw error
    }
  }
}
