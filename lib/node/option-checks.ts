import { BadOptionError } from '../base/errors.ts'

/** Refuses options that nobody reads: a misspelt option must not pass for the default. */
export function checkKeys(options: object, known: readonly string[], call: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new BadOptionError(`${call} takes its options as an object`, { option: 'options' })
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw new BadOptionError(`${call} has no option '${key}'; it has ${known.join(', ')}`, { option: key })
  }
}

/** Takes one of a few texts. */
export function oneOf<const Choice extends string>(value: unknown, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) {
    throw new BadOptionError(`${option} must be ${choices.map((each) => `'${each}'`).join(' or ')}, got '${String(value)}'`, { option })
  }
  return choice
}
