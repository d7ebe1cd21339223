import { BadOptionError } from './errors.ts'
import { shownValue } from './message-of.ts'

/** Where a node listens or is dialled. An IPv6 host is kept without its brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Takes `host:port`; an IPv6 host stands in brackets.
 *
 * @throws BAD_OPTION that names the option.
 * @example parseAddress('[::1]:7000', 'listen') // { host: '::1', port: 7000 }
 */
export function parseAddress(text: unknown, option: string): Address {
  const address = typeof text === 'string' ? readAddress(text) : null
  if (address !== null) return address
  const got = typeof text === 'string' ? `'${text.slice(0, 80)}'` : shownValue(text)
  throw new BadOptionError(
    `${option} must be an address such as '10.0.0.1:7000', 'name:7000' or '[::1]:7000', with a port from 0 to 65535; got ${got}`,
    { option },
  )
}

/** The address in a text that may come from a peer; null when it is none. */
export function readAddress(text: string): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[0-9A-Za-z]+)?)\]|([0-9A-Za-z._-]{1,253})):(\d{1,5})$/.exec(text)
  if (match === null) return null
  const port = Number(match[3])
  if (port > 65_535) return null
  return { host: (match[1] ?? match[2]) as string, port }
}

/** The text of an address, the inverse of `parseAddress`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether only processes of this machine can reach what listens at this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/i.test(host)
}
