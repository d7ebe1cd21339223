/**
 * This file checks what may be a shared secret. It is no password: a program makes it, and a short or empty one is a mistake,
 * which is refused.
 */
import { BadOptionError } from '../base/errors.ts'

/** The fewest characters of a secret, not counting white space at its ends. */
export const secretLengthMin = 16

/** Why this is no secret, or null. The text itself is never part of the answer. */
export function secretFault(secret: unknown): string | null {
  if (typeof secret !== 'string') return `must be a text of at least ${secretLengthMin} characters`
  if (secret === '') return 'is empty: leave it out, or give all nodes the same secret'
  const core = secret.trim()
  if (core.length < secretLengthMin)
    return `must have at least ${secretLengthMin} characters, not counting white space at its ends, such as \`openssl rand -hex 32\` prints; it has ${core.length}`
  return null
}

/** Takes the secret of the options. @throws BAD_OPTION */
export function checkSecret(secret: unknown): string {
  const fault = secretFault(secret)
  if (fault !== null) throw new BadOptionError(`secret ${fault}`, { option: 'secret' })
  return secret as string
}
