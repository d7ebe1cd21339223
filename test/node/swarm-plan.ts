import type { Mode } from '../../lib/base/mode.ts'
import type { Random } from '../../lib/base/random.ts'

const faultKinds = ['crash', 'silentCrash', 'pause', 'suspend', 'partition', 'stall', 'cut', 'jump', 'close', 'start'] as const

export type FaultKind = (typeof faultKinds)[number]

/** One request of a user. */
export interface Ask {
  readonly how: 'acquire' | 'tryAcquire'
  readonly lock: string
  readonly mode: Mode
  readonly waitMs: number | undefined
  /** When it gives up by its signal. */
  readonly abortMs: number | undefined
}

/** What a seed makes of a run. */
export interface Plan {
  readonly seed: number
  /** Where processes start; with a local register it is one host, as often as there are processes. */
  readonly hosts: readonly string[]
  /** The join list's hosts; empty with the local register. */
  readonly listed: readonly string[]
  readonly algorithm: string
  readonly clock: 'hlc' | 'lamport'
  readonly sessionMs: number
  readonly locks: readonly string[]
  readonly modes: readonly Mode[]
  readonly usersPerProcess: number
  readonly thinkMsMax: number
  readonly holdMsMax: number
  readonly delayMsMax: number
  readonly slowFrames: boolean
  readonly startSpreadMs: number
  /** Whether the hosts' clocks run at rates a hundredth apart. */
  readonly drifts: boolean
  /** The faults that this seed has. */
  readonly kinds: readonly FaultKind[]
  readonly faultEveryMs: number
  readonly faultsMs: number
  readonly calmMs: number
  readonly mayJumpBack: boolean
  drawAsk(random: Random): Ask
}

/** Each fault is on with probability one half; one run in ten has none. */
export function drawPlan(seed: number, random: Random): Plan {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T
  const coin = (): boolean => random.below(2) === 0
  const isLocal = coin()
  const count = 2 + random.below(5)
  const listedCount = pick([2, 3, 3, 5])
  const listed = isLocal ? [] : ['a', 'b', 'c', 'd', 'e'].slice(0, listedCount)
  const guests = isLocal ? [] : ['x', 'y', 'z'].slice(0, Math.max(0, Math.min(random.below(3), 6 - listedCount)))
  const algorithm = pick(['carvalho-roucairol', 'ricart-agrawala', 'token-ring'])
  const modes: readonly Mode[] =
    algorithm === 'token-ring'
      ? ['exclusive']
      : pick<readonly Mode[]>([['exclusive'], ['exclusive', 'shared'], [2], [3, 3, 'exclusive'], ['exclusive', 'shared', 2]])
  const locks = ['door', 'gate', 'hatch'].slice(0, 1 + random.below(3))
  const sessionMs = pick([500, 1000, 2000])
  const isFaultless = random.below(10) === 0
  const kinds = faultKinds.filter(() => coin() && !isFaultless)
  const hasDeadlines = coin()
  const hasAborts = coin()
  const hasTries = coin()
  return {
    seed,
    hosts: isLocal ? Array.from({ length: count }, () => 'host') : [...listed, ...guests],
    listed,
    algorithm,
    clock: pick(['hlc', 'lamport']),
    sessionMs,
    locks,
    modes,
    usersPerProcess: 1 + random.below(2),
    thinkMsMax: pick([20, 200, 1000]),
    holdMsMax: pick([20, 300, 10_000, 100_000]),
    delayMsMax: pick([1, 5, 20]),
    slowFrames: random.below(3) === 0,
    startSpreadMs: pick([1, 500]),
    drifts: coin() && !isFaultless,
    kinds,
    faultEveryMs: pick([100, 300, 1000]),
    faultsMs: 4000 + random.below(6000),
    calmMs: 10 * sessionMs + 12_000,
    // Epochs are promised to rise unless the clock of a listed host is set back around a loss of its memory.
    mayJumpBack: isLocal || !kinds.some((kind) => kind === 'crash' || kind === 'silentCrash' || kind === 'close'),
    drawAsk: (user) => ({
      how: hasTries && user.below(3) === 0 ? 'tryAcquire' : 'acquire',
      lock: locks[user.below(locks.length)] as string,
      mode: modes[user.below(modes.length)] as Mode,
      waitMs: hasDeadlines && user.below(2) === 0 ? 1 + user.below(2000) : undefined,
      abortMs: hasAborts && user.below(3) === 0 ? user.below(1000) : undefined,
    }),
  }
}
