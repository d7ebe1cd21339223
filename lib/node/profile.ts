/** This file turns the option `profile` into the times of gossip and of the session. */
import { parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { type SwimProfile, swimProfiles } from '../membership/profile.ts'
import { takeOptions } from '../base/options.ts'
import { choiceFrom } from '../base/option-checks.ts'
import type { NodeOptions } from './options.ts'

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

/** @throws BAD_OPTION */
export function parseProfile(option: NodeOptions['profile'], fallback: ProfileName): Profile {
  if (option === undefined || typeof option === 'string') return named(option ?? fallback)
  const taken = takeOptions(option, ['base', 'session'], 'profile')
  const base = named(taken.base ?? fallback)
  if (taken.session === undefined) return base
  const ms = parseDuration(taken.session, 'profile.session')
  if (ms < sessionMsMin) {
    throw new BadOptionError(`profile.session must be at least ${sessionMsMin} ms, got ${ms}`, { option: 'profile.session' })
  }
  return { ...base, sessionMs: ms }
}

function named(name: string): Profile {
  const checked = choiceFrom(name, ['local', 'lan', 'wan'], 'profile')
  return { name: checked, sessionMs: sessionMs[checked], swim: swimProfiles[checked] }
}
