/** This file turns the option `profile` into the times of gossip and of the session. */
import { parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { type SwimProfile, swimProfiles } from '../membership/profile.ts'
import { choiceFrom } from '../base/option-checks.ts'
import { type OptionTable, takeParts } from '../base/options.ts'
import type { ProfileOptions } from './options.ts'

/** For processes of one host, machines of one network, or sites far apart. */
export type ProfileName = 'local' | 'lan' | 'wan'

/** How fast failures are found, and how long a session lasts after its latest renewal. */
export interface Profile {
  readonly name: ProfileName
  /** D. A hung holder's locks move on D after its last renewal; a pause longer than D costs its holds. */
  readonly sessionMs: number
  readonly swim: SwimProfile
}

const sessionMs: Readonly<Record<ProfileName, number>> = { local: 5000, lan: 3000, wan: 10_000 }

/** The shortest session: below it a busy event loop would cost holds. */
export const sessionMsMin = 500

const nameOf = choiceFrom('local', 'lan', 'wan')

const table = {
  base: nameOf,
  session(value, option) {
    const ms = parseDuration(value, option)
    if (ms >= sessionMsMin) return ms
    throw new BadOptionError(`${option} must be at least ${sessionMsMin} ms, got ${ms}`, { option })
  },
} satisfies OptionTable<ProfileOptions>

/** Takes the option `profile`: a name, or an object with the parts to change. @throws BAD_OPTION */
export function takeProfile(given: unknown, option: string): { readonly base?: ProfileName; readonly session?: number } {
  return typeof given === 'string' ? { base: nameOf(given, option) } : takeParts(given as ProfileOptions, table, option)
}

/** The profile of a base and a length of the session, where that is not the base's own. */
export function profileOf(base: ProfileName, session = sessionMs[base]): Profile {
  return { name: base, sessionMs: session, swim: swimProfiles[base] }
}
