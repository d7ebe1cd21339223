/** This file remembers which peers refused this node's handshake, and decides when the refusals leave the node no way to join. */
import { HoldfastError, NotRunningError } from '../base/errors.ts'
import { isQuorum } from '../view/successor.ts'
import type { View } from '../view/view.ts'

/**
 * Remembers which peers refused this node at the handshake, and whether it can still join. One refusal proves little: the port
 * may belong to another cluster's process now, or that peer may have the wrong secret. A joiner gives up when no view can list
 * it: with a join list, when the addresses that do not refuse are not a quorum; with the local directory, when a member of the
 * newest view refuses, since all members of one view have proven the same secret.
 */
export class TurnedAway {
  private readonly errors = new Map<string, HoldfastError>()
  /** Addresses where no process listens, each with the reason. */
  private readonly absent = new Map<string, string>()
  /** Why the latest dial failed: a hint for a caller that waits in vain. */
  lastFailure: Error | null = null

  /** A dial failed. Only a refusal counts; a peer that does not answer, or has too many connections, may accept later. */
  failed(address: string, error: Error): void {
    this.lastFailure = error
    if (error instanceof HoldfastError && error.code === 'REFUSED') this.errors.set(address, error)
    else this.errors.delete(address)
    const reason = absenceOf(error)
    if (reason === null) this.absent.delete(address)
    else this.absent.set(address, reason)
  }

  /** The peer at this address accepted this node. */
  opened(address: string): void {
    this.errors.delete(address)
    this.absent.delete(address)
  }

  /** The latest refusal that is still valid; null without one. */
  get latest(): HoldfastError | null {
    return [...this.errors.values()].at(-1) ?? null
  }

  /** Why the node cannot join; null while it may. */
  verdict(join: string | readonly string[], known: View | null): HoldfastError | null {
    if (this.errors.size === 0) return null
    if (typeof join !== 'string') return isQuorum(join, (entry) => !this.errors.has(join[entry] as string)) ? null : this.latest
    for (const { address } of known?.members ?? []) {
      const error = this.errors.get(address)
      if (error !== undefined) return error
    }
    return null
  }

  /** For an observer, which needs only one node that answers: why there is none. */
  verdictOfAll(addresses: readonly string[]): HoldfastError | null {
    return addresses.every((address) => this.errors.has(address)) ? this.latest : null
  }

  /** For an observer: an error if no process listens at any of these addresses that do not refuse it; null if one may answer. */
  nobodyAt(addresses: readonly string[], cluster: string): HoldfastError | null {
    if (addresses.length === 0 || !addresses.every((address) => this.absent.has(address) || this.errors.has(address))) return null
    if (this.latest !== null) return this.latest
    const places = addresses.map((address) => `${address} (${this.absent.get(address)})`)
    return new NotRunningError(`no node of cluster '${cluster}' runs at ${places.join(', ')}`)
  }
}

const absences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  // A unix socket that is not there.
  ENOENT: 'no socket',
  ENOTFOUND: 'unknown host',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
}

/** Why no process listens there, in words, if the system says that of a dial; null otherwise. */
function absenceOf(error: Error): string | null {
  const { cause } = error
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  return Object.hasOwn(absences, code) ? (absences[code] as string) : null
}
