/**
 * What the papers say a measure should be, as numbers for a given load and size. Messages to oneself are free here, so quorums of
 * K cost K−1 of each kind. Where arithmetic on the paper's rules gives more than the paper prints, the arithmetic stands here and
 * the note says so. A printed figure that its own model does not give stands as an approximation.
 */
import { meanQuorumSize } from '../mutex/quorums.ts'
import { meanTreeDistance } from '../mutex/trees.ts'
import type { FormulaKind, FormulaName } from './results.ts'

/** A formula with its value, not yet compared with anything. */
export interface Prediction {
  readonly text: string
  readonly value: number | null
  readonly kind: FormulaKind
  readonly note?: string
}

/** The case that a claim is asked for. */
export interface Case {
  readonly algorithm: string
  readonly nodes: number
  readonly load: string
  readonly sectionT: number
  /** Every message takes exactly T. */
  readonly hasConstantDelay: boolean
  /** Permits, where users share. */
  readonly permits?: number
}

/** Messages for each entry, light and saturated; N nodes. */
interface Messages {
  readonly light: (n: number, options: readonly string[]) => Prediction
  readonly saturated: (n: number, options: readonly string[]) => Prediction
}

const exact = (text: string, value: number): Prediction => ({ text, value, kind: 'exact' })
const meanOf = (text: string, value: number, note?: string): Prediction => ({ text, value, kind: 'mean', ...noteOf(note) })
const bound = (text: string, value: number, note?: string): Prediction => ({ text, value, kind: 'bound', ...noteOf(note) })
const roughly = (text: string, value: number, note: string): Prediction => ({ text, value, kind: 'approximation', note })
const none = (text: string, note: string): Prediction => ({ text, value: null, kind: 'bound', note })

function noteOf(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note }
}

const always = (text: string, value: (n: number) => number): Messages => ({
  light: (n) => exact(text, value(n)),
  saturated: (n) => exact(text, value(n)),
})

const harmonic = (n: number): number => Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((sum, part) => sum + part, 0)

const quorum = (algorithm: 'maekawa' | 'agrawal-el-abbadi'): Messages => ({
  light: (n, options) => {
    const size = meanQuorumSize(algorithm, n, options)
    return exact(`3(K − 1), K = ${round(size)}`, 3 * (size - 1))
  },
  saturated: (n, options) => {
    const size = meanQuorumSize(algorithm, n, options)
    return roughly(
      `4(K − 1), K = ${round(size)}`,
      4 * (size - 1),
      'Request, fail, grant and release; inquiries and yields come on top. The paper prints 5(K − 1) as the most.',
    )
  },
})

const messages: Readonly<Record<string, Messages>> = {
  lamport: always('3(N − 1)', (n) => 3 * (n - 1)),
  'ricart-agrawala': always('2(N − 1)', (n) => 2 * (n - 1)),
  'raymond-k': always('2(N − 1)', (n) => 2 * (n - 1)),
  'carvalho-roucairol': {
    light: (n) => meanOf('N − 1', n - 1, 'A site that enters again asks no other; at the mean half of the 2(N − 1) are left.'),
    saturated: (n) => exact('2(N − 1)', 2 * (n - 1)),
  },
  'singhal-dynamic': {
    light: (n) => meanOf('N − 1', n - 1),
    saturated: (n) =>
      roughly(
        '3(N − 1) / 2',
        (3 * (n - 1)) / 2,
        'As printed; with all sites asking again at once the rules give up to 2(N − 1).',
      ),
  },
  'lodha-kshemkalyani': {
    light: (n) => exact('2(N − 1)', 2 * (n - 1)),
    saturated: (n) => roughly('N', n, 'If all requests are concurrent; each earlier one costs a reply more, up to 2(N − 1).'),
  },
  'token-ring': {
    light: (n) =>
      meanOf('2(N − 1)', 2 * (n - 1), 'This parked ring: the chase and the token go round once together, then the token alone.'),
    saturated: () => exact('1', 1),
  },
  'token-ring-perpetual': {
    light: () => none('N in each N·T of idling', 'The token circulates whether it is wanted or not.'),
    saturated: () => exact('1', 1),
  },
  'suzuki-kasami': {
    light: (n) => meanOf('N(N − 1) / N = N − 1', n - 1, '0 for the site that has the token, N for all others.'),
    saturated: (n) => exact('N', n),
  },
  'singhal-heuristic': {
    light: (n) => meanOf('(N − 1)(N + 2) / 2N', ((n - 1) * (n + 2)) / (2 * n)),
    saturated: (n) => meanOf('N', n),
  },
  raymond: {
    light: (n, options) => meanOf('2 · mean distance', 2 * meanTreeDistance(n, options)),
    saturated: (n, options) =>
      options.includes('greedy') || options.includes('piggyback')
        ? none('below 4(N − 1) / N', 'The option saves messages; how many the paper does not say.')
        : meanOf('4(N − 1) / N', (4 * (n - 1)) / n),
  },
  'naimi-trehel': {
    light: (n) => meanOf('H(N − 1)', harmonic(n - 1), 'Theorem 5 of the paper, the token included.'),
    saturated: () => none('at most N', 'Concurrent requests shorten the paths; the paper has no mean for it.'),
  },
  mueller: {
    light: () =>
      none(
        'O(log N)',
        'H(N − 1) as with Naimi and Tréhel if later requests have later stamps; Lamport’s clocks do not see to that.',
      ),
    saturated: () =>
      none('O(log N)', 'A site that leaves knows the end of the queue: its next request stays there, after one or two messages.'),
  },
  'home-queue': {
    light: (n) =>
      meanOf('(N − 1)(3N − 2) / N²', ((n - 1) * (3 * n - 2)) / n ** 2, '3, less what the home and the last holder save.'),
    saturated: (n) => meanOf('3 − 2 / N', 3 - 2 / n),
  },
  maekawa: quorum('maekawa'),
  'agrawal-el-abbadi': quorum('agrawal-el-abbadi'),
  central: {
    light: (n) => meanOf('3(N − 1) / N', (3 * (n - 1)) / n),
    saturated: (n) => exact('3(N − 1) / N', (3 * (n - 1)) / n),
  },
  'majority-lease': {
    light: (n) => exact('3(N − 1)', 3 * (n - 1)),
    saturated: () => none('3(N − 1) for each try', 'Tries that collide are given up and made again.'),
  },
}

/** Who hands over in one hop: the delay between two entries is T. */
const oneHop = new Set([
  'lamport',
  'ricart-agrawala',
  'carvalho-roucairol',
  'singhal-dynamic',
  'lodha-kshemkalyani',
  'suzuki-kasami',
  'singhal-heuristic',
  'naimi-trehel',
  'mueller',
  'home-queue',
])

/** From one leaving to the next entering, in T, with all sites asking. */
function syncDelayOf(name: string, n: number, options: readonly string[]): Prediction | null {
  if (oneHop.has(name) || name.startsWith('token-ring')) return meanOf('T', 1)
  if (name === 'maekawa' || name === 'agrawal-el-abbadi')
    return roughly('2T', 2, 'Less where an arbiter leaves or enters itself.')
  if (name === 'central') return meanOf('2T(N − 1) / N', (2 * (n - 1)) / n)
  if (name !== 'raymond' || options.includes('greedy')) return null
  return meanOf('2T(N − 1) / N', (2 * (n - 1)) / n, 'Textbooks print (T · log N) / 2, which is not the mean when saturated.')
}

/** A waiting site is overtaken at most once by each of the others. */
const bypassed = new Set(['ricart-agrawala', 'lamport', 'lodha-kshemkalyani', 'token-ring-perpetual'])

/** Saturated, with no time to think: the site that has just left is back before requests that are still under way arrive. */
const reentered = new Set(['carvalho-roucairol', 'home-queue', 'raymond', 'singhal-heuristic', 'central'])
const reenteredNote =
  'Delays vary and sites do not think: a site that has just left enters again before a request on its way arrives.'

/** A site that enters needs several answers, and waits for the slowest of them. */
const answered = new Set(['lamport', 'ricart-agrawala', 'carvalho-roucairol', 'singhal-dynamic', 'lodha-kshemkalyani'])
const answeredNote = 'Delays vary: an entrant waits for the slowest answer that it needs.'

/** The claims for one case, by measure. Nothing for loads between light and saturated but what holds at every load. */
export function claimsFor(what: Case): Partial<Record<FormulaName, Prediction>> {
  const [name = '', chosen] = what.algorithm.split(':')
  const options = chosen?.split('+') ?? []
  const { nodes: n, load, sectionT } = what
  if (what.permits !== undefined) return { messagesPerEntry: withPermits(name, n) }
  const own = messages[name]
  const claims: Partial<Record<FormulaName, Prediction>> = {}
  if (own !== undefined) {
    if (load === 'light') claims.messagesPerEntry = own.light(n, options)
    else if (load === 'saturated') claims.messagesPerEntry = own.saturated(n, options)
    else claims.messagesPerEntry = between(own.light(n, options), own.saturated(n, options))
  }
  if (load === 'saturated' && claims.messagesPerEntry !== undefined && reentered.has(name) && !what.hasConstantDelay)
    claims.messagesPerEntry = loosened(claims.messagesPerEntry, reenteredNote)
  const sync = load === 'saturated' ? syncDelayOf(name, n, options) : null
  if (sync !== null) {
    const note = answered.has(name) ? answeredNote : reentered.has(name) ? reenteredNote : null
    const claim = note === null || what.hasConstantDelay ? sync : loosened(sync, note)
    claims.syncDelay = claim
    if (claim.value !== null)
      claims.throughput = { ...claim, text: `1 / (${claim.text} + E)`, value: 1 / (claim.value + sectionT) }
  }
  if (load === 'light' && (name === 'lamport' || name === 'ricart-agrawala')) {
    const claim = exact('2T + E', 2 + sectionT)
    claims.response = what.hasConstantDelay ? claim : loosened(claim, 'Delays vary: the slowest of N − 1 answers counts.')
  }
  if (bypassed.has(name)) claims.bypassMax = bound('N − 1', n - 1)
  return claims
}

/** Where users share permits: more replies may come too late to count, and a site that says what it uses says again when that is less. */
function withPermits(name: string, n: number): Prediction {
  if (name === 'raymond-k')
    return bound('2(N − 1)', 2 * (n - 1), 'At most: replies that are deferred for long answer two requests at once.')
  return none('2(N − 1), and a word as permits are freed', 'How many are in use where an entrant asks depends on the load.')
}

/** A claim that holds where all delays are the same, in a case in which they are not. */
function loosened(claim: Prediction, note: string): Prediction {
  return { ...claim, kind: 'approximation', note: claim.note === undefined ? note : `${claim.note} ${note}` }
}

/** Where both ends claim the same, so does the middle; otherwise they are its ends. */
function between(light: Prediction, saturated: Prediction): Prediction {
  if (light.value !== null && light.value === saturated.value) return light
  return none(
    `${light.text} … ${saturated.text}`,
    'The paper speaks of one request at a time and of all sites asking at once; this load lies between.',
  )
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
