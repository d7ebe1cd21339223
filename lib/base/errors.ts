/**
 * This file is the registry of errors. One table makes the error classes, and the page docs/errors.md is written from the same
 * table.
 */
import type { LossReason } from './loss.ts'
import { messageOf } from './message-of.ts'

/**
 * The error registry: one table makes the classes, and the documentation's table is made from it.
 *
 * `definite` answers the question that decides whether a retry is safe: is it certain that nothing happened?
 */
export const errorRegistry = {
  TIMEOUT: {
    className: 'TimeoutError',
    definite: true,
    summary: 'The deadline (`wait`) passed before the lock was granted or the call was answered.',
    advice: 'Wait longer, or see with `query()` which node holds it.',
  },
  ABORTED: {
    className: 'AbortedError',
    definite: true,
    summary: 'The `signal` of the call was aborted; `cause` is its reason.',
    advice: 'The request has left no trace; call again if you still need it.',
  },
  LOST: {
    className: 'LostError',
    definite: false,
    summary: 'The hold ended before its owner released it; `reason` says why.',
    advice: 'Stop using the resource: the fence is stale. Acquire the lock again.',
  },
  EXPIRING: {
    className: 'ExpiringError',
    definite: true,
    summary: 'The hold stands, but less time is certain to be left of it than `check(margin)` or `ensure(time)` asked for.',
    advice:
      'Do not begin the step. `ensure` renews what can be renewed; beyond that, release and acquire again, with a longer `maxHold` or session.',
  },
  NO_QUORUM: {
    className: 'NoQuorumError',
    definite: true,
    summary:
      'The node is in no active view, so no lock can be granted; or `tryAcquire` could not learn in time whether an evicted node is still inside the lock.',
    advice: 'Check that a majority of the join list is up and reachable. If the message names a time, wait that long.',
  },
  NOT_RUNNING: {
    className: 'NotRunningError',
    definite: true,
    summary:
      'An observer found no running node of the cluster: there is no local directory, it has no entry, or all addresses refuse the connection.',
    advice:
      'Start a node, or give the observer the right `cluster`, `join` or `directory`. With `wait` it keeps trying for that time.',
  },
  NOT_OWNER: {
    className: 'NotOwnerError',
    definite: true,
    summary: 'The caller does not own the hold that it tried to use.',
    advice: 'Use the hold that `acquire` gave, or name and fence.',
  },
  STALE: {
    className: 'StaleError',
    definite: true,
    summary:
      'The resource refused a fence, because it has admitted a higher one: a later holder has been there. `fence` is the refused one, `highest` the one that was admitted.',
    advice: 'Stop: the hold is over, or soon known to be. Acquire the lock again, and read the resource again.',
  },
  DEADLOCK: {
    className: 'DeadlockError',
    definite: true,
    summary:
      'Owners wait for locks of each other in a cycle, and this request is the youngest; `cycle` names its locks and nodes.',
    advice: 'Let the functions around it end, so that their locks are free, and begin again; or acquire all locks in one order.',
  },
  LOCK_ORDER: {
    className: 'LockOrderError',
    definite: true,
    summary: 'A lock was asked for against the declared levels, under a lock of the same level or a higher one.',
    advice: 'Take locks in rising levels, and locks of one level together.',
  },
  UPGRADE_CONFLICT: {
    className: 'UpgradeConflictError',
    definite: true,
    summary:
      'The hold cannot be upgraded: two shared holders that wait to become exclusive would wait for each other. Or a nested `reentrant` request asks for more than its owner has.',
    advice: 'Take the lock with `upgradable` or in the stronger mode, or release the hold and take it with `write`.',
  },
  CLOCK_SKEW: {
    className: 'ClockSkewError',
    definite: true,
    summary: "The node's clock differs by more than `maxClockOffset`, so it may not join.",
    advice: 'Set the clock (NTP), or raise `maxClockOffset` on all nodes.',
  },
  CONFIG_MISMATCH: {
    className: 'ConfigMismatchError',
    definite: true,
    summary: 'The node has other algorithms, permits, clock, session or join list than the cluster was founded with.',
    advice: 'Give all nodes of the cluster the same value for the option that the message names.',
  },
  OVERLOADED: {
    className: 'OverloadedError',
    definite: true,
    summary: 'A bound of `limits` was reached.',
    advice: 'Make fewer requests at a time, or raise the limit that the message names.',
  },
  REFUSED: {
    className: 'RefusedError',
    definite: true,
    summary: 'A peer or the local directory refused this node; `reason` says why.',
    advice: 'Correct what the message names; a retry alone will not help.',
  },
  FAILED: {
    className: 'FailedError',
    definite: false,
    summary:
      'The handler of the asked actor failed: the message is that of its error, and `reason` its code if it had one. Or a step of `steps` failed in an earlier call, and the run was undone.',
    advice:
      'Check that actor. Whether a second `ask` is safe depends on it. A run of `steps` that was undone is over: give the next one another name.',
  },
  CLOSED: {
    className: 'ClosedError',
    definite: true,
    summary: 'The node or the observer was closed, or the actor is gone.',
    advice: 'Create a new node or observer, or spawn the actor again.',
  },
  BAD_OPTION: {
    className: 'BadOptionError',
    definite: true,
    summary: 'An option or argument is unknown or has a wrong value; `option` names it.',
    advice: 'Give the value that the message asks for.',
  },
} as const satisfies Record<string, ErrorEntry>

interface ErrorEntry {
  readonly className: string
  readonly definite: boolean
  readonly summary: string
  readonly advice: string
}

/** The stable codes; branch on these, never on messages. */
export type ErrorCode = keyof typeof errorRegistry

/** What an error may carry beside its message. */
export interface ErrorDetails {
  /** What led to the error: another error, or the reason of an aborted signal. */
  readonly cause?: unknown
  /** Why, in one word that is stable: for LOST and REFUSED; for FAILED the code of the actor's own error. */
  readonly reason?: string
  /** The option or argument at fault: for BAD_OPTION, CONFIG_MISMATCH, and REFUSED with the reason `data-dir`. */
  readonly option?: string
  /** For DEADLOCK: the locks and nodes of the cycle by turns; each lock is held by the node after it, which waits for the next lock. */
  readonly cycle?: readonly string[]
  /** The fence that was refused: for STALE. */
  readonly fence?: bigint
  /** The highest fence that the resource has admitted: for STALE. */
  readonly highest?: bigint
  /** Set if this occurrence is less certain than the table says: for example, a question without an answer may have arrived. */
  readonly definite?: boolean
}

/** Marks every error of Holdfast, also one made by a second copy of the package. */
const brand = Symbol.for('holdfast.error')

function isBranded(value: unknown): value is HoldfastError {
  return typeof value === 'object' && value !== null && brand in value
}

/**
 * The base of every error that Holdfast throws on purpose. `instanceof` goes by a mark and the code, not by the class
 * object, so an error of a second copy of the package in the same process is recognised as well.
 *
 * @example
 * try { await node.acquire('invoice/42', { wait: '1s' }) }
 * catch (error) { if (error instanceof HoldfastError && error.code === 'TIMEOUT') later() }
 */
export class HoldfastError extends Error {
  /** What happened, as one of the stable codes. Branch on it, never on the message. */
  readonly code: ErrorCode
  /** True when it is certain that nothing happened. */
  readonly definite: boolean
  /** Why, in one stable word, where the code alone does not say it. */
  declare readonly reason?: string
  /** The option or argument at fault. */
  declare readonly option?: string
  /** The locks and nodes of a deadlock. */
  declare readonly cycle?: readonly string[]
  /** The fence that a resource refused. */
  declare readonly fence?: bigint
  /** The highest fence that this resource has admitted. */
  declare readonly highest?: bigint

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.definite = details.definite ?? errorRegistry[code].definite
    this.name = errorRegistry[code].className
    if (details.reason !== undefined) this.reason = details.reason
    if (details.option !== undefined) this.option = details.option
    if (details.cycle !== undefined) this.cycle = details.cycle
    if (details.fence !== undefined) this.fence = details.fence
    if (details.highest !== undefined) this.highest = details.highest
  }

  /** What `JSON.stringify` shows of it: its fields, fences as decimal strings, its message, and the message of its cause. */
  toJSON(): object {
    const { fence, highest } = this
    const fences = fence === undefined ? {} : { fence: String(fence), highest: String(highest) }
    const cause = this.cause === undefined ? {} : { cause: messageOf(this.cause) }
    return { ...this, ...fences, name: this.name, message: this.message, ...cause }
  }
}

// On the prototype, so that it is not a field of an error and is not printed with it.
Object.defineProperty(HoldfastError.prototype, brand, { value: true })
recognise(HoldfastError, isBranded)

/** Makes `instanceof` go by `isOne`. A class that a user derives from this one still means its own instances only. */
function recognise(made: object, isOne: (value: unknown) => boolean): void {
  Object.defineProperty(made, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === made ? isOne(value) : Function.prototype[Symbol.hasInstance].call(this, value)
    },
  })
}

/** An error of one code. */
export interface ErrorOf<Code extends ErrorCode> extends HoldfastError {
  /** The code of this class. */
  readonly code: Code
}

/** The class of the errors of one code. */
export interface ErrorClass<Code extends ErrorCode> {
  new (message: string, details?: ErrorDetails): ErrorOf<Code>
  /** What its errors have in common. */
  readonly prototype: ErrorOf<Code>
}

function classFor<Code extends ErrorCode>(code: Code): ErrorClass<Code> {
  const named = {
    [errorRegistry[code].className]: class extends HoldfastError {
      declare readonly code: Code
      constructor(message: string, details: ErrorDetails = {}) {
        super(code, message, details)
      }
    },
  }
  const made = named[errorRegistry[code].className] as ErrorClass<Code>
  recognise(made, (value) => isBranded(value) && value.code === code)
  return made
}

/** The deadline passed before the call was answered. */
export const TimeoutError = classFor('TIMEOUT')
export type TimeoutError = ErrorOf<'TIMEOUT'>
/** The caller's signal was aborted. */
export const AbortedError = classFor('ABORTED')
export type AbortedError = ErrorOf<'ABORTED'>
/** The hold ended before its owner released it. `reason` says why. */
export const LostError = classFor('LOST') as LostErrorClass
export interface LostError extends ErrorOf<'LOST'> {
  /** Why the hold was lost. */
  readonly reason: LossReason
}

interface LostErrorClass {
  new (message: string, details: ErrorDetails & { readonly reason: LossReason }): LostError
  readonly prototype: LostError
}

/** Less time is certain to be left of a hold than was asked for. */
export const ExpiringError = classFor('EXPIRING')
export type ExpiringError = ErrorOf<'EXPIRING'>
/** The node is in no active view, so no lock can be granted. */
export const NoQuorumError = classFor('NO_QUORUM')
export type NoQuorumError = ErrorOf<'NO_QUORUM'>
/** No node runs where an observer looked for one. */
export const NotRunningError = classFor('NOT_RUNNING')
export type NotRunningError = ErrorOf<'NOT_RUNNING'>
/** The caller does not own the hold. */
export const NotOwnerError = classFor('NOT_OWNER')
export type NotOwnerError = ErrorOf<'NOT_OWNER'>
/** The resource has admitted a higher fence. */
export const StaleError = classFor('STALE') as StaleErrorClass
export interface StaleError extends ErrorOf<'STALE'> {
  /** The fence that the resource refused. */
  readonly fence: bigint
  /** The highest fence that it has admitted. */
  readonly highest: bigint
}

interface StaleErrorClass {
  new (message: string, details: ErrorDetails & { readonly fence: bigint; readonly highest: bigint }): StaleError
  readonly prototype: StaleError
}

/** Waiting would close a cycle. */
export const DeadlockError = classFor('DEADLOCK')
export type DeadlockError = ErrorOf<'DEADLOCK'>
/** A lock was requested against the declared order. */
export const LockOrderError = classFor('LOCK_ORDER')
export type LockOrderError = ErrorOf<'LOCK_ORDER'>
/** Two shared holders both want to become exclusive. */
export const UpgradeConflictError = classFor('UPGRADE_CONFLICT')
export type UpgradeConflictError = ErrorOf<'UPGRADE_CONFLICT'>
/** The clock is too far off to join. */
export const ClockSkewError = classFor('CLOCK_SKEW')
export type ClockSkewError = ErrorOf<'CLOCK_SKEW'>
/** The node has other options than the cluster was founded with. */
export const ConfigMismatchError = classFor('CONFIG_MISMATCH')
export type ConfigMismatchError = ErrorOf<'CONFIG_MISMATCH'>
/** A limit was reached. */
export const OverloadedError = classFor('OVERLOADED')
export type OverloadedError = ErrorOf<'OVERLOADED'>
/** A peer or the local directory refused the node. */
export const RefusedError = classFor('REFUSED')
export type RefusedError = ErrorOf<'REFUSED'>
/** The actor that was asked failed. */
export const FailedError = classFor('FAILED')
export type FailedError = ErrorOf<'FAILED'>
/** The node is closed. */
export const ClosedError = classFor('CLOSED')
export type ClosedError = ErrorOf<'CLOSED'>
/** A wrong option or argument. */
export const BadOptionError = classFor('BAD_OPTION')
export type BadOptionError = ErrorOf<'BAD_OPTION'>
