/** This file checks the arguments of `request`, and makes the errors that the Web Locks API asks for. */
import { BadOptionError, ClosedError, HoldfastError } from '../../base/errors.ts'
import { shownShortly } from '../../base/message-of.ts'
import { choiceFrom, checkSignal, checkSwitch } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import type { Signal } from '../../base/platform.ts'
import { type AcquireOptions, acquireTable } from '../acquire-options.ts'
import { fitsLockName, lockNameOf } from './names.ts'
import type { WebLock, WebLockOptions } from './types.ts'

/** A request, checked. */
export interface WebRequest<T> {
  readonly name: string
  /** The name of its lock. */
  readonly lockName: string
  readonly mode: WebLock['mode']
  readonly ifAvailable: boolean
  readonly steal: boolean
  readonly signal: Signal | undefined
  /** Options of `acquire` that the Web Locks API does not have. */
  readonly more: Pick<AcquireOptions, 'wait' | 'priority' | 'maxHold' | 'meta'>
  readonly callback: (lock: WebLock | null) => T | Promise<T>
}

const standard = {
  mode: choiceFrom('exclusive', 'shared'),
  ifAvailable: checkSwitch,
  steal: checkSwitch,
  signal: checkSignal,
}
const { priority, maxHold } = acquireTable
/** `acquire` checks `wait` and `meta`. */
const table = { ...standard, wait: null, priority, maxHold, meta: null } satisfies OptionTable<WebLockOptions>

/** @throws TypeError, NotSupportedError (DOMException), BAD_OPTION for an option that the Web Locks API does not have, or the reason of the signal. */
export function takeWebRequest<T>(args: readonly unknown[]): WebRequest<T> {
  const [name, ...rest] = args
  const [options, callback] = rest.length < 2 ? [{}, rest[0]] : rest
  if (typeof name !== 'string') throw new TypeError(`request takes a name as its first argument, got ${shownShortly(name)}`)
  if (typeof callback !== 'function')
    throw new TypeError(`request takes a function as its last argument, got ${shownShortly(callback)}`)
  const given = takeWebOptions(options)
  const { mode = 'exclusive', ifAvailable = false, steal = false, signal, ...more } = given
  if (name.startsWith('-')) throw notSupported(`the name '${name}' begins with '-', which the Web Locks API does not allow`)
  if (steal && ifAvailable) throw notSupported('steal and ifAvailable exclude each other')
  if (steal && mode !== 'exclusive') throw notSupported(`steal is for the mode exclusive, not ${mode}`)
  if (signal !== undefined && (steal || ifAvailable))
    throw notSupported(`signal and ${steal ? 'steal' : 'ifAvailable'} exclude each other: give \`wait\` instead`)
  const lockName = lockNameOf(name)
  if (!fitsLockName(lockName)) throw notSupported('the name is longer than 256 bytes of UTF-8')
  if (signal?.aborted === true) throw signal.reason
  return { name, lockName, mode, ifAvailable, steal, signal, more, callback: callback as WebRequest<T>['callback'] }
}

function takeWebOptions(options: unknown) {
  try {
    return takeOptions<WebLockOptions, typeof table>(options as WebLockOptions, table, 'request')
  } catch (error) {
    const option = error instanceof BadOptionError ? (error.option ?? '') : ''
    if (option === 'options' || Object.hasOwn(standard, option)) throw new TypeError((error as Error).message, { cause: error })
    throw error
  }
}

/** The error for a request that the API, or this client, cannot serve. */
export function notSupported(message: string): DOMException {
  return new DOMException(message, 'NotSupportedError')
}

/** What the API gives in the place of an error of `acquire` or `query`. */
export function webErrorOf(error: unknown, signal?: Signal): unknown {
  if (!(error instanceof HoldfastError)) return error
  if (error instanceof ClosedError) return withCause(new DOMException(error.message, 'InvalidStateError'), error)
  return error.code === 'ABORTED' && signal?.aborted === true ? signal.reason : error
}

/** The error of a request whose lock was taken from it. */
export function brokenError(message: string, cause?: unknown): DOMException {
  return withCause(new DOMException(message, 'AbortError'), cause)
}

/** `DOMException` of Node 20 takes no cause. */
function withCause(error: DOMException, cause: unknown): DOMException {
  return cause === undefined ? error : Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true })
}
