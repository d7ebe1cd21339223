/** This file declares the options of `createNode` and `createObserver`, checks them once, and copies them into `Settings`. */
import { type Address, formatAddress, isUnspecified, parseAddress } from '../base/address.ts'
import { type Duration, parseDuration, parseWait } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { checkPermits } from '../base/mode.ts'
import { checkName, matchesPattern } from '../base/names.ts'
import type { Signal } from '../base/platform.ts'
import { algorithmKind, defaultAlgorithm } from '../mutex/algorithms.ts'
import type { ClusterConfig } from '../view/view.ts'
import { readingOptions, takeOptions } from '../base/options.ts'
import { checkPath, checkSignal, checkSwitch, choiceFrom, takeLimits } from '../base/option-checks.ts'
import { checkTable } from './name-checks.ts'
import { checkSecret } from './secret.ts'
import { fixLogger } from './user-logger.ts'
import { takeTls } from './tls-option.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { type Profile, type ProfileName, parseProfile } from './profile.ts'

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
  /** This process was a member before. Not an option: one tenure sets it for the next. */
  readonly wasMember: boolean
  readonly maxClockOffsetMs: number
  readonly limits: Limits
  readonly discovery: Discovery | undefined
  readonly logger: Logger | undefined
  readonly unref: boolean
  readonly waitMs: number | undefined
  readonly signal: Signal | undefined
}

const known = [
  'cluster',
  'join',
  'listen',
  'advertise',
  'directory',
  'dataDir',
  'secret',
  'tls',
  'insecure',
  'profile',
  'algorithm',
  'algorithms',
  'permits',
  'clock',
  'maxClockOffset',
  'limits',
  'discovery',
  'logger',
  'unref',
  'wait',
  'signal',
] as const

/**
 * Checks options and fills in the defaults. It reads each option once and copies it, so later changes of the caller's object have
 * no effect, also if a lost session makes the node begin anew.
 *
 * @param call what the message names
 * @throws BAD_OPTION that names the option.
 */
export function parseOptions(given: NodeOptions, call = 'createNode'): Settings {
  const options = takeOptions(given, known, call)
  const join = parseJoin(options.join)
  const profile = parseProfile(options.profile, Array.isArray(join) ? 'lan' : 'local')
  checkParts(options)
  return Object.freeze({
    cluster: checkName(options.cluster ?? 'default', 'cluster'),
    join,
    listen: options.listen === undefined ? undefined : parseListen(options.listen),
    advertise: options.advertise === undefined ? undefined : parseAdvertise(options.advertise),
    directory: options.directory === undefined ? undefined : checkPath(options.directory, 'directory'),
    dataDir: parseDataDir(options.dataDir, join),
    secret: options.secret === undefined ? undefined : checkSecret(options.secret),
    tls: options.tls === undefined ? undefined : takeTls(options.tls),
    insecure: checkSwitch(options.insecure ?? false, 'insecure'),
    profile,
    config: parseConfig(options, profile, join),
    epochFloor: 0,
    wasMember: false,
    maxClockOffsetMs: parseDuration(options.maxClockOffset ?? 500, 'maxClockOffset'),
    limits: options.limits === undefined ? defaultLimits : takeLimits(options.limits, defaultLimits),
    discovery: options.discovery,
    logger: options.logger === undefined ? undefined : fixLogger(options.logger),
    unref: checkSwitch(options.unref ?? false, 'unref'),
    waitMs:
      options.wait === undefined
        ? undefined
        : parseWait(options.wait, 'leave it out to wait for ever, or give the time that a join may take'),
    signal: options.signal,
  })
}

const joinProblem = "join must be 'local', 'memory' or a list of addresses such as ['10.0.0.1:7000', '10.0.0.2:7000']"

function parseJoin(join: NodeOptions['join']): Settings['join'] {
  if (join === undefined || join === 'local' || join === 'memory') return join ?? 'local'
  const entries: readonly unknown[] = readingOptions('join', () => (Array.isArray(join) ? [...join] : []))
  if (entries.length === 0 || !entries.every((entry) => typeof entry === 'string'))
    throw new BadOptionError(joinProblem, { option: 'join' })
  const list: string[] = []
  for (const entry of entries as readonly string[]) {
    const address = parseAddress(entry, 'join', 'each entry of join')
    const spelled = formatAddress(address)
    if (address.port === 0)
      throw new BadOptionError(`join names ${entry}: a node at port 0 cannot be found; name the port that it listens at`, {
        option: 'join',
      })
    checkDialled(address, `join names ${entry}`, 'join')
    if (list.includes(spelled))
      throw new BadOptionError(`join names an address twice: ${entry === spelled ? entry : `${entry}, which is ${spelled}`}`, {
        option: 'join',
      })
    list.push(spelled)
  }
  return Object.freeze(list)
}

/** @throws BAD_OPTION for an address that stands for all addresses of a machine. */
function checkDialled({ host }: Address, what: string, option: string): void {
  if (!isUnspecified(host)) return
  throw new BadOptionError(
    `${what}, and ${host} stands for every address of a machine: a node can listen there, and no node can be dialled there; ` +
      'name the address that the other hosts reach',
    { option },
  )
}

function parseListen(listen: unknown): string {
  return formatAddress(parseAddress(listen, 'listen'))
}

function parseAdvertise(advertise: unknown): string {
  const address = parseAddress(advertise, 'advertise')
  checkDialled(address, `advertise is ${String(advertise)}`, 'advertise')
  return formatAddress(address)
}

function parseDataDir(dataDir: unknown, join: Settings['join']): string | false | undefined {
  if (dataDir === undefined || dataDir === false) return dataDir
  const path = checkPath(dataDir, 'dataDir')
  if (join === 'memory')
    throw new BadOptionError(
      "dataDir has no use with join: 'memory', where nothing outlives the process: leave one of them out",
      {
        option: 'dataDir',
      },
    )
  return path
}

/** Values that are passed on unchecked: a later error would not name the option. */
function checkParts({ signal, logger, discovery }: NodeOptions): void {
  if (signal !== undefined) checkSignal(signal)
  if (discovery !== undefined && typeof discovery !== 'function')
    throw new BadOptionError('discovery must be a function that yields lists of addresses', { option: 'discovery' })
  if (logger === undefined) return
  const isLogger = readingOptions(
    'logger',
    () =>
      typeof logger === 'object' &&
      logger !== null &&
      [logger.debug, logger.info, logger.warn, logger.error].every((method) => typeof method === 'function'),
  )
  if (!isLogger)
    throw new BadOptionError('logger must be an object with the methods debug, info, warn and error, such as console', {
      option: 'logger',
    })
}

function checkAlgorithm(name: unknown): string {
  if (typeof name !== 'string') throw new BadOptionError(`algorithm must be a name, got ${typeof name}`, { option: 'algorithm' })
  algorithmKind(name)
  return name
}

function parseConfig(options: NodeOptions, profile: Profile, join: Settings['join']): ClusterConfig {
  const algorithm = checkAlgorithm(options.algorithm ?? defaultAlgorithm)
  const algorithms = checkTable(options.algorithms ?? {}, 'algorithms')
  for (const [, name] of algorithms) checkAlgorithm(name)
  const permits = checkTable(options.permits ?? {}, 'permits')
  for (const [, count] of permits) checkPermits(count, 'permits')
  return Object.freeze({
    algorithm,
    algorithms: Object.freeze(algorithms),
    permits: Object.freeze(permits),
    clock: choiceFrom(options.clock ?? 'hlc', ['hlc', 'lamport'], 'clock'),
    sessionMs: profile.sessionMs,
    joinList: typeof join === 'string' ? [] : join,
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
