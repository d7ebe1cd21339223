/**
 * This file looks up the address of a host name by the system's resolver. The answer can take long, so the caller can give it
 * up.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Patience } from '../world/world.ts'
import { AbortedError } from '../base/errors.ts'

/** Resolves with the address of a host name. Rejects with the system's error. */
export type HostLookup = (host: string) => Promise<string>

/** Asks DNS, the hosts file and what else the system is configured to ask. */
export const systemLookup: HostLookup = async (host) => (await lookup(host)).address

/**
 * The address of a host. An address is its own answer and is not looked up.
 *
 * @param what What the name is for, in the sentence that tells what is waited for.
 * @throws ABORTED as soon as the opening is given up. The system call goes on until it ends; its answer is dropped.
 */
export async function addressOfHost(
  host: string,
  what: string,
  find: HostLookup,
  patience: Patience | undefined,
): Promise<string> {
  if (isIP(host) !== 0) return host
  const found = find(host)
  if (patience === undefined) return await found
  const awaited = `the system to resolve the host name ${host} of ${what}`
  patience.waitsFor(awaited)
  const { signal } = patience
  let giveUp: () => void = () => undefined
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = () => reject(new AbortedError(`waiting for ${awaited} was given up`))
  })
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp)
  try {
    return await Promise.race([found, givenUp])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
