/** This file words the warning about a listener on loopback that neither a secret nor TLS guards. */
import { isLoopback, parseAddress } from '../base/address.ts'
import type { Settings } from './options.ts'

/**
 * The warning about a listener on loopback without secret and TLS, for the log and for `explain`; null if it has one, or
 * `insecure` was given. Beyond loopback such a listener is refused.
 */
export function unguardedAdvice(settings: Settings, address: string): string | null {
  const { join, secret, tls, insecure } = settings
  // The local directory has its own secret, and in memory there is no listener.
  if (typeof join === 'string' || secret !== undefined || tls !== undefined || insecure) return null
  if (address === '' || !isLoopback(parseAddress(address, 'listen').host)) return null
  return (
    `give all nodes the same 'secret': every user and every container that reaches ${address} of this host can join the cluster and ` +
    `take its locks, since the join list comes with neither 'secret' nor 'tls'`
  )
}
