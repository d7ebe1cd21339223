/** This file declares what a client of an engine needs of the server behind it. Each engine implements it with the commands of its server. */
import type { Loss } from '../../base/loss.ts'
import type { TimeLeft } from '../../port/time-left.ts'
import type { Withdrawal } from './withdrawal.ts'

/** The locks of a server, exclusive ones alone, as one client asks for them. It asks for a lock once at a time. */
export interface EngineServer {
  /**
   * Resolves when the server granted the lock. When the withdrawal is asked for, it withdraws the request and then rejects, or it resolves
   * because the grant came first.
   *
   * @throws a HoldfastError if a retry cannot help; any other error is that of a server that cannot be asked now.
   */
  take(name: string, withdrawal: Withdrawal): Promise<ServerGrant>
  /** Resolves with null if the lock has another holder or waiter. Its errors are those of `take`. */
  tryTake(name: string): Promise<ServerGrant | null>
  /** Ends what the engine opened itself. Never rejects. */
  close(): Promise<void>
}

/** A lock that the server granted to this client. */
export interface ServerGrant {
  readonly fence: bigint
  /** The loss if the grant is over at this moment; `suspect` if the server did not confirm it for two thirds of its length. */
  standing(): 'held' | 'suspect' | Loss
  /** How long it is certain to last; endless if the server gives no lease. */
  timeLeft(): TimeLeft
  /** Asks the server for it now, and renews a lease. Resolves when the server answered, or cannot be asked. Never rejects. */
  confirm(): Promise<void>
  /** Calls the listener once, if the grant ends before its release. */
  onLoss(listener: (loss: Loss) => void): void
  /** Gives the lock back. Resolves with a loss if the grant was over before. Never rejects. */
  release(): Promise<Loss | null>
}
