import { HoldfastError } from '../base/errors.ts'
import { isQuorum } from '../view/successor.ts'
import type { View } from '../view/view.ts'

/**
 * Who turned this node away at the door, and whether that leaves it any way in. One address that refuses proves little:
 * a port may have been given to another cluster's process, or that peer may be the one with the wrong secret. A joiner
 * gives up when no view could take it in: with a join list, when the addresses that do not refuse are no quorum; with the
 * local directory, when a member of the newest view refuses, since all members of one view have proven the same secret.
 */
export class TurnedAway {
  private readonly errors = new Map<string, HoldfastError>()
  /** Why the latest dial came to nothing, whatever it was: the hint for whoever waits in vain. */
  lastFailure: Error | null = null

  /** A dial failed. Only a refusal counts; whoever does not answer, or has no room, may do so later. */
  failed(address: string, error: Error): void {
    this.lastFailure = error
    if (error instanceof HoldfastError && error.code === 'REFUSED') this.errors.set(address, error)
    else this.errors.delete(address)
  }

  /** Whoever is there now let this node in. */
  opened(address: string): void {
    this.errors.delete(address)
  }

  /** The latest refusal that still stands; null when there is none. */
  get latest(): HoldfastError | null {
    return [...this.errors.values()].at(-1) ?? null
  }

  /** Why there is no way in; null while there may be one. */
  verdict(join: string | readonly string[], known: View | null): HoldfastError | null {
    if (this.errors.size === 0) return null
    if (typeof join !== 'string') return isQuorum(join, (entry) => !this.errors.has(join[entry] as string)) ? null : this.latest
    for (const { address } of known?.members ?? []) {
      const error = this.errors.get(address)
      if (error !== undefined) return error
    }
    return null
  }

  /** For an observer, who needs only one that answers: why there is none. */
  verdictOfAll(addresses: readonly string[]): HoldfastError | null {
    return addresses.every((address) => this.errors.has(address)) ? this.latest : null
  }
}
