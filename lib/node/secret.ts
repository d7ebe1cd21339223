/**
 * This file checks a shared secret. A secret is not a password: a program makes it, so a short or empty one is a mistake and is
 * refused.
 */
import { BadOptionError } from '../base/errors.ts'

/** The fewest characters of a secret, not counting white space at its ends. */
export const secretLengthMin = 16

/** Why this is not a valid secret, or null. The secret itself is never part of the answer. */
export function secretFault(secret: unknown): string | null {
  if (typeof secret !== 'string') return `must be a string of at least ${secretLengthMin} characters`
  if (secret === '') return 'is empty: leave it out, or give all nodes the same secret'
  const core = secret.trim()
  if (core.length < secretLengthMin)
    return `must have at least ${secretLengthMin} characters, not counting white space at its ends, such as \`openssl rand -hex 32\` prints; it has ${core.length}`
  return null
}

/** Takes the secret of the options. @throws BAD_OPTION */
export function takeSecret(secret: unknown, option: string): string {
  const fault = secretFault(secret)
  if (fault !== null) throw new BadOptionError(`${option} ${fault}`, { option })
  return secret as string
}
