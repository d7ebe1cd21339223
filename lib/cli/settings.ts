/** This file finds which cluster a command is about, from flags, the environment, and the file of `--config`, in this order. */
import { readAddress } from '../base/address.ts'
import { secretFault } from '../node/secret.ts'
import { openFile, readOwn, readPrivateFile, readTextFile } from './own-files.ts'
import type { ValuesOf } from './option.ts'
import type { clusterOptions } from './table/cluster.ts'
import { UsageError } from './usage.ts'

/**
 * Which cluster a command is about. Flags beat the environment, which beats the file of `--config`, which beats the
 * library's own defaults (an absent setting). A secret is taken from the environment or a file only: a flag would show
 * it to every user who lists processes.
 */
export interface ClusterSettings {
  readonly cluster?: string
  readonly join?: 'local' | readonly string[]
  readonly listen?: string
  readonly advertise?: string
  readonly directory?: string
  readonly dataDir?: string
  readonly secret?: string
  /** The texts of the PEM files. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string }
}

/** The values of the options of commands that look at a cluster. */
type SettingsFlagValues = Partial<ValuesOf<typeof clusterOptions>>

/** The settings of a configuration file, and the flags and variables that set them. */
const sources = {
  cluster: { flag: 'cluster', variable: 'HOLDFAST_CLUSTER' },
  join: { flag: 'join', variable: 'HOLDFAST_JOIN' },
  listen: { flag: null, variable: 'HOLDFAST_LISTEN' },
  advertise: { flag: null, variable: 'HOLDFAST_ADVERTISE' },
  directory: { flag: 'directory', variable: null },
  dataDir: { flag: null, variable: 'HOLDFAST_DATA_DIR' },
  secret: { flag: null, variable: 'HOLDFAST_SECRET' },
  secretFile: { flag: 'secret-file', variable: 'HOLDFAST_SECRET_FILE' },
  tlsCa: { flag: 'tls-ca', variable: 'HOLDFAST_TLS_CA' },
  tlsCert: { flag: 'tls-cert', variable: 'HOLDFAST_TLS_CERT' },
  tlsKey: { flag: 'tls-key', variable: 'HOLDFAST_TLS_KEY' },
} as const satisfies Record<string, { readonly flag: keyof SettingsFlagValues | null; readonly variable: string | null }>

/** Settings before the secret's file is read and the list is split. */
type RawSettings = { -readonly [Name in keyof typeof sources]?: string }
const names = Object.keys(sources) as (keyof RawSettings)[]

/**
 * Merges flags, environment and file.
 *
 * @throws UsageError for a file that cannot be read or has an unknown or mistyped entry, or a malformed list.
 */
export function readSettings(
  flags: SettingsFlagValues,
  environment: Readonly<Record<string, string | undefined>>,
): ClusterSettings {
  const file = flags.config === undefined ? {} : readConfig(flags.config)
  const merged: RawSettings = {}
  for (const layer of [file, fromEnvironment(environment), fromFlags(flags)]) {
    // Secret and secret file are two forms of one setting: the form of a layer with precedence replaces the other.
    if (layer.secret !== undefined || layer.secretFile !== undefined) {
      delete merged.secret
      delete merged.secretFile
    }
    for (const name of names) if (layer[name] !== undefined) merged[name] = layer[name]
  }
  const { secretFile, join, tlsCa, tlsCert, tlsKey, ...plain } = merged
  const tls = readTls({ '--tls-ca': tlsCa, '--tls-cert': tlsCert, '--tls-key': tlsKey })
  return {
    ...plain,
    ...(tls === null ? {} : { tls }),
    ...(join === undefined ? {} : { join: parseJoin(join, joinSource(flags, environment)) }),
    ...(secretFile === undefined ? {} : { secret: readSecret(secretFile) }),
  }
}

/** The secret in a file, without the newline at its end. */
function readSecret(path: string): string {
  const { text, openTo } = readOwn(path, 'the secret')
  if (openTo !== null) throw openFile(path, 'the secret', openTo)
  return goodSecret(text.trim(), `the secret in ${path}`)
}

function fromFlags(flags: SettingsFlagValues): RawSettings {
  return settingsBy((name) => {
    const { flag } = sources[name]
    return flag === null ? undefined : flags[flag]
  })
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): RawSettings {
  const settings = settingsBy((name) => {
    const { variable } = sources[name]
    return variable === null ? undefined : filledVariable(environment, variable)
  })
  if (settings.secret === undefined) return settings
  if (settings.secretFile !== undefined) throw new UsageError('HOLDFAST_SECRET and HOLDFAST_SECRET_FILE are both set: unset one')
  return { ...settings, secret: goodSecret(settings.secret, 'HOLDFAST_SECRET') }
}

function settingsBy(read: (name: keyof RawSettings) => string | undefined): RawSettings {
  return Object.fromEntries(names.map((name) => [name, read(name)] as const).filter(([, value]) => value !== undefined))
}

/** An empty variable is an error: if it counted as unset, a secret would be left out, or a cluster would have one host. */
function filledVariable(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const text = environment[name]
  if (text !== undefined && text.trim() === '') throw new UsageError(`${name} is set and empty: give it a value, or unset it`)
  return text
}

function goodSecret(secret: string, source: string): string {
  const fault = secretFault(secret)
  if (fault !== null) throw new UsageError(`${source} ${fault}`)
  return secret
}

/**
 * All users may read a configuration without a secret. It decides where a node joins, so only its owner may be able to write it:
 * ssh's rule for its own configuration. Another owner than this user is accepted, since the user named the file.
 */
function readConfig(path: string): RawSettings {
  const { text, openTo, isWrittenByOthers } = readOwn(path, 'the configuration')
  if (isWrittenByOthers)
    throw new UsageError(`the configuration in ${path} can be written by users other than its owner: chmod go-w ${path}`)
  const parsed = parseJson(text, path)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UsageError(`${path}: expected a JSON object`)
  const settings: RawSettings = {}
  for (const [key, value] of Object.entries(parsed)) {
    const name = names.find((each) => each === key)
    if (name === undefined) throw new UsageError(`${path}: unknown entry '${key}'; known are ${names.join(', ')}`)
    if (name === 'join' && Array.isArray(value) && value.every((each) => typeof each === 'string'))
      settings.join = value.join(',')
    else if (typeof value === 'string') settings[name] = value
    else throw new UsageError(`${path}: '${key}' must be a string`)
    if (value === '') throw new UsageError(`${path}: '${key}' is empty: give it a value, or leave it out`)
  }
  if (settings.secret === undefined) return settings
  if (openTo !== null) throw openFile(path, 'the configuration with the secret', openTo)
  return { ...settings, secret: goodSecret(settings.secret, `${path}: 'secret'`) }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes the text, which may hold the secret.
    const place = /at position \d+|line \d+ column \d+/.exec((error as Error).message)
    throw new UsageError(`${path}: not JSON${place === null ? '' : ` ${place[0]}`}`)
  }
}

/** The three files of mutual TLS, which are needed together; null if none is named. */
function readTls(paths: {
  readonly '--tls-ca': string | undefined
  readonly '--tls-cert': string | undefined
  readonly '--tls-key': string | undefined
}): NonNullable<ClusterSettings['tls']> | null {
  const { '--tls-ca': ca, '--tls-cert': cert, '--tls-key': key } = paths
  if (ca === undefined && cert === undefined && key === undefined) return null
  if (ca === undefined || cert === undefined || key === undefined) {
    const missing = Object.entries(paths).flatMap(([flag, path]) => (path === undefined ? [flag] : []))
    throw new UsageError(
      `--tls-ca, --tls-cert and --tls-key go together, and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    )
  }
  return {
    ca: readTextFile(ca, 'the certificate of the authority (--tls-ca)'),
    cert: readTextFile(cert, 'the certificate (--tls-cert)'),
    key: readPrivateFile(key, 'the private key (--tls-key)'),
  }
}

function joinSource({ join, config }: SettingsFlagValues, environment: Readonly<Record<string, string | undefined>>): string {
  if (join !== undefined) return '--join'
  return environment['HOLDFAST_JOIN'] === undefined ? `${config}: 'join'` : 'HOLDFAST_JOIN'
}

/** @param source where it was given: an option, a variable or a file. */
function parseJoin(text: string, source: string): 'local' | readonly string[] {
  if (text === 'local') return text
  const addresses = text.split(',').map((each) => each.trim())
  const wrong = addresses.find((each) => readAddress(each) === null)
  if (wrong === undefined) return addresses
  const forms = "must be host:port, several with commas between them, or 'local'"
  throw new UsageError(`${source} ${forms}; got '${text}'`, source === '--join' ? undefined : null)
}
