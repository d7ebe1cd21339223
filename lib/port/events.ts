/** This file declares the events that every engine has, in the past tense. An engine may have events of its own beside these. */
import { BadOptionError } from '../base/errors.ts'
import type { LossReason } from '../base/loss.ts'
import { shownValue } from '../base/message-of.ts'
import { nearestName } from '../base/nearest.ts'
import type { RevokeOutcome } from './hold-end.ts'

/** Events of the requests and holds of the client on which the listener was registered, not of other clients of the engine. */
export type LockEvent =
  /** A request was granted. */
  | {
      readonly type: 'lockGranted'
      /** The name of the lock. */
      readonly lock: string
      /** The fence of the hold. */
      readonly fence: bigint
      /** How long the request waited. */
      readonly waitedMs: number
    }
  /** A hold was released. */
  | {
      readonly type: 'lockReleased'
      /** The name of the lock. */
      readonly lock: string
      /** The fence of the hold. */
      readonly fence: bigint
    }
  /** A hold was lost. */
  | {
      readonly type: 'lockLost'
      /** The name of the lock. */
      readonly lock: string
      /** The fence of the hold. */
      readonly fence: bigint
      /** Why, in the word that the LOST error has as its reason. */
      readonly reason: LossReason
      /** The message of the LOST error that the hold's `signal` has as its reason. */
      readonly message: string
    }
  /** A hold of this client was asked back. Its grace begins. */
  | {
      readonly type: 'revokeAsked'
      /** The name of the lock. */
      readonly lock: string
      /** The fence of the hold. */
      readonly fence: bigint
      /** The id of the client that asks. */
      readonly by: string
      /** Why, as that client said. */
      readonly reason: string
      /** How long the owner has to release the lock. */
      readonly graceMs: number
    }
  /** An order for a hold of this client, or an order of this client, came to its end. */
  | {
      readonly type: 'revokeEnded'
      /** The name of the lock. */
      readonly lock: string
      /** The fence that the order named. */
      readonly fence: bigint
      /** The id of the client that gave the order. */
      readonly by: string
      /** The id of the client whose hold it was; null if no client told of such a hold. */
      readonly holder: string | null
      /** Whether it was `admin.force`, and not `admin.revoke`. */
      readonly isForced: boolean
      /** Why, as the client that gave the order said. */
      readonly reason: string
      /** How it ended. `refused`: the hold was not revocable, or the holder was overloaded. `unknown`: the client waited no longer. */
      readonly outcome: RevokeOutcome | 'refused' | 'unknown'
    }

/** The names of what every engine tells. */
export type LockEventType = LockEvent['type']
/** The event of a lock of one name. */
export type LockEventOf<Type extends LockEventType> = LockEventTable[Type]

type LockEventTable = { readonly [Each in LockEvent as Each['type']]: Each }

/** A type that is not named here does not compile. */
const types: { readonly [Type in LockEventType]: true } = {
  lockGranted: true,
  lockReleased: true,
  lockLost: true,
  revokeAsked: true,
  revokeEnded: true,
}
/** All names of events that every engine has. */
export const lockEventTypes = Object.keys(types) as readonly LockEventType[]

/** Accepts the name of an event, or `*` if `takesAll`. */
export function checkEventType(type: unknown, known: readonly string[], takesAll: boolean): void {
  if ((takesAll && type === '*') || known.some((each) => each === type)) return
  const got = shownValue(type)
  const meant = typeof type === 'string' ? nearestName(type, known) : null
  const cure = meant === null ? '' : ` Did you mean '${meant}'?`
  throw new BadOptionError(
    `on: there is no event '${got}'.${cure} The events are ${known.join(', ')}${takesAll ? ', and * for all' : ''}`,
    { option: 'type' },
  )
}
