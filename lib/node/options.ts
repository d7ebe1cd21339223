/** This file declares the options of `createNode` and `createObserver`, checks them once, and copies them into `Settings`. */
import { type Duration, parseDuration, waitFrom } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { checkFenceFloor } from '../base/fence-floor.ts'
import { checkPermits } from '../base/mode.ts'
import { checkName, matchesPattern } from '../base/names.ts'
import { checkFunction, checkPath, checkSignal, checkSwitch, limitsFrom, choiceFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { fenceParts } from '../lock/fence.ts'
import { algorithmKind, defaultAlgorithm } from '../mutex/algorithms.ts'
import type { ClusterConfig } from '../view/view.ts'
import { takeAdvertise, takeJoin, takeListen } from './address-options.ts'
import { type HealthCheck, type HealthOptions, type HealthSettings, takeHealth } from './health-watch.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { noPatterns, patternsTo } from './name-checks.ts'
import { type Profile, type ProfileName, profileOf, takeProfile } from './profile.ts'
import { takeSecret } from './secret.ts'
import { takeTls } from './tls-option.ts'
import { takeLogger } from './user-logger.ts'

/** A logger of messages for people. Any object with these four methods fits (console, pino, …). */
export interface Logger {
  /** Gets a line that matters only in the search for a fault. */
  debug(message: string): void
  /** Gets a line about a normal event. */
  info(message: string): void
  /** Gets a line about an event that a person should check. */
  warn(message: string): void
  /** Gets a line about a failure. */
  error(message: string): void
}

/** Finds addresses at which peers may be: yields the list known now, and again whenever it changed. */
export type Discovery = (signal: Signal) => AsyncIterable<readonly string[]>

/**
 * Options of `createNode`. All are optional: with none, all processes of one user on one host form one cluster. The call reads and
 * copies them before it returns its promise; relative paths are resolved then. No environment variable is read: the variables
 * `HOLDFAST_*` are the command line's.
 */
export interface NodeOptions {
  /** The cluster's name; nodes of other clusters are refused. Default `default`. */
  readonly cluster?: string
  /**
   * `'local'` (default): the processes of this user on this host. `'memory'`: nodes of this process only, for tests.
   * A list of addresses `host:port`: several hosts; the majority of this list decides who is a member.
   */
  readonly join?: 'local' | 'memory' | readonly string[]
  /**
   * `host:port` to listen at. Default with `join: 'local'`: a unix socket in the cluster's directory, and no port; with a list
   * `127.0.0.1:0`: loopback, a free port. Beyond loopback a `secret` or `tls` is demanded.
   */
  readonly listen?: string
  /** The address that others dial, if it differs from `listen`. */
  readonly advertise?: string
  /** The local register's directory; default a fixed path under the system's temporary folder. */
  readonly directory?: string
  /**
   * The folder in which this host stores the highest epoch of each cluster and, with a join list, the votes of its voters. So
   * fences rise after all processes have ended, even if the clock goes back. Default: `holdfast` in `$XDG_STATE_HOME`, else in
   * `~/.local/state`, else in `/var/lib`. If that cannot be written, an event and the log say so, and epochs depend on the clock.
   * A folder that is named here must be writable: a voter gives no vote that it cannot save. `false`: memory only.
   */
  readonly dataDir?: string | false
  /**
   * This node is granted no fence up to this one: the `fenceFloor()` of a cluster that is gone with all it had stored, or the highest fence in your own data.
   * Give it to all nodes that may found the new cluster. Default: none; a cluster whose disks are kept needs none.
   */
  readonly fenceFloor?: bigint
  /** Shared by all nodes; proven by HMAC both ways in the handshake. At least 16 characters, six of them different. */
  readonly secret?: string
  /** Mutual TLS, as PEM strings. */
  readonly tls?: {
    /** The private key of this node. */
    readonly key: string
    /** The certificate of this node, which names the host that others dial. */
    readonly cert: string
    /** The certificate of the authority that signed those of all nodes. */
    readonly ca: string
  }
  /** Confirms that the node shall listen beyond loopback without secret and TLS. */
  readonly insecure?: boolean
  /** How fast failures are found and how long a session lasts: `local`, `lan`, `wan`, or one of them with other parts. */
  readonly profile?: ProfileName | Partial<ProfileOptions>
  /** The algorithm of locks that no pattern names. Default `home-queue`. The same for the whole cluster. */
  readonly algorithm?: string
  /**
   * Algorithms by pattern of lock names (`*` stands for any characters); the first that fits counts. The same for the whole
   * cluster.
   */
  readonly algorithms?: Readonly<Record<string, string>>
  /** Number of permits by pattern of lock names, the default mode of such locks. The same for the whole cluster. */
  readonly permits?: Readonly<Record<string, number>>
  /** What stamps requests. Default `hlc`. The same for the whole cluster. */
  readonly clock?: 'hlc' | 'lamport'
  /** A node whose clock differs by more may not join. Default 500 ms. */
  readonly maxClockOffset?: Duration
  /** The bounds of this node; a call that reaches one rejects with OVERLOADED. */
  readonly limits?: Partial<Limits>
  /**
   * Your own check of this process, as a function or as `{ check, every, within }`. While it fails, all holds of this node are lost with the reason `unhealthy`, and its requests wait, also until the first
   * check has passed. Default: none.
   */
  readonly health?: HealthCheck | HealthOptions
  /** Finds more addresses at which to join, beside `join`. */
  readonly discovery?: Discovery
  /** Receives lines for an operator. Default: none. */
  readonly logger?: Logger
  /** Does not keep the process alive. Default false. */
  readonly unref?: boolean
  /** How long to wait for membership, longer than 0. Default: for ever. */
  readonly wait?: Duration
  /** Gives up joining. */
  readonly signal?: Signal
}

/** The parts of a profile that options may set. */
export interface ProfileOptions {
  /** The profile that the other parts come from. Default `local`, or `lan` with a join list. */
  readonly base: ProfileName
  /** How long a session lasts after the start of its latest renewal: D. */
  readonly session: Duration
}

/** Options, checked and with their defaults. */
export interface Settings {
  readonly cluster: string
  readonly join: 'local' | 'memory' | readonly string[]
  /** Undefined: a unix socket where there can be one, else a free port of loopback. */
  readonly listen: string | undefined
  readonly advertise: string | undefined
  readonly directory: string | undefined
  /** Undefined: this user's state folder. */
  readonly dataDir: string | false | undefined
  readonly secret: string | undefined
  readonly tls: NodeOptions['tls']
  readonly insecure: boolean
  readonly profile: Profile
  readonly config: ClusterConfig
  /** A view that this node founds has a higher epoch than this. Not an option: a recovery sets it. */
  readonly epochFloor: number
  /** The node enters no view below this epoch: that of `fenceFloor` has passed there. */
  readonly epochLeast: number
  /** This process was a member before. Not an option: one tenure sets it for the next. */
  readonly wasMember: boolean
  readonly maxClockOffsetMs: number
  readonly limits: Limits
  readonly health: HealthSettings | undefined
  readonly discovery: Discovery | undefined
  readonly logger: Logger | undefined
  readonly unref: boolean
  readonly waitMs: number | undefined
  readonly signal: Signal | undefined
}

function takeAlgorithm(name: unknown, option: string): string {
  if (typeof name !== 'string') throw new BadOptionError(`${option} must be a name, got ${typeof name}`, { option })
  algorithmKind(name)
  return name
}

const table = {
  cluster: checkName,
  join: takeJoin,
  listen: takeListen,
  advertise: takeAdvertise,
  directory: checkPath,
  dataDir: (path, option) => (path === false ? path : checkPath(path, option)),
  fenceFloor: checkFenceFloor,
  secret: takeSecret,
  tls: takeTls,
  insecure: checkSwitch,
  profile: takeProfile,
  algorithm: takeAlgorithm,
  algorithms: patternsTo(takeAlgorithm),
  permits: patternsTo(checkPermits),
  clock: choiceFrom('hlc', 'lamport'),
  maxClockOffset: parseDuration,
  limits: limitsFrom(defaultLimits),
  health: takeHealth,
  discovery: checkFunction,
  logger: takeLogger,
  unref: checkSwitch,
  wait: waitFrom('leave it out to wait for ever, or give the time that a join may take'),
  signal: checkSignal,
} satisfies OptionTable<NodeOptions>

/**
 * Checks options and fills in the defaults. It reads each option once and copies it, so later changes of the caller's object have
 * no effect, also if a lost session makes the node begin anew.
 *
 * @param call what the message names
 * @throws BAD_OPTION that names the option.
 */
export function parseOptions(given: NodeOptions, call = 'createNode'): Settings {
  const taken = takeOptions(given, table, call)
  const { join = 'local', dataDir } = taken
  if (join === 'memory' && typeof dataDir === 'string')
    throw new BadOptionError(
      "dataDir has no use with join: 'memory', where nothing outlives the process: leave one of them out",
      { option: 'dataDir' },
    )
  const { base = typeof join === 'string' ? 'local' : 'lan', session } = taken.profile ?? {}
  const profile = profileOf(base, session)
  return Object.freeze({
    cluster: taken.cluster ?? 'default',
    join,
    listen: taken.listen,
    advertise: taken.advertise,
    directory: taken.directory,
    dataDir,
    secret: taken.secret,
    tls: taken.tls,
    insecure: taken.insecure ?? false,
    profile,
    config: Object.freeze({
      algorithm: taken.algorithm ?? defaultAlgorithm,
      algorithms: taken.algorithms ?? noPatterns,
      permits: taken.permits ?? noPatterns,
      clock: taken.clock ?? 'hlc',
      sessionMs: profile.sessionMs,
      joinList: typeof join === 'string' ? [] : join,
    }),
    epochFloor: 0,
    epochLeast: taken.fenceFloor === undefined ? 0 : fenceParts(taken.fenceFloor).epoch + 1,
    wasMember: false,
    maxClockOffsetMs: taken.maxClockOffset ?? 500,
    limits: taken.limits ?? defaultLimits,
    health: taken.health,
    discovery: taken.discovery,
    logger: taken.logger,
    unref: taken.unref ?? false,
    waitMs: taken.wait,
    signal: taken.signal,
  })
}

/** The value of the first pattern that fits the name. */
export function firstMatch<T>(patterns: readonly (readonly [string, T])[], name: string): T | undefined {
  for (const [pattern, value] of patterns) if (matchesPattern(pattern, name)) return value
  return undefined
}

/** The algorithm of a lock, as the cluster has decided. */
export function algorithmNameOf(config: Pick<ClusterConfig, 'algorithm' | 'algorithms'>, lock: string): string {
  return firstMatch(config.algorithms, lock) ?? config.algorithm
}
