/** This file reads and writes the addresses of nodes. Each address has one spelling, so that addresses can be compared as strings. */
import { BadOptionError } from './errors.ts'
import { shownValue } from './message-of.ts'

/** Where a node listens or is dialled, in its one spelling. An IPv6 host is kept without its brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

const examples = "such as '10.0.0.1:7000', 'name:7000' or '[::1]:7000', with a port from 0 to 65535"

/**
 * Takes `host:port`; an IPv6 host stands in brackets. All spellings of one address give the same result: see `readAddress`.
 *
 * @param label what the message calls the value; by default the option's name.
 * @throws BAD_OPTION that names the option.
 * @example parseAddress('[0:0:0:0:0:0:0:1]:7000', 'listen') // { host: '::1', port: 7000 }
 */
export function parseAddress(text: unknown, option: string, label = option): Address {
  const address = typeof text === 'string' ? readAddress(text) : null
  if (address !== null) return address
  const got = typeof text === 'string' ? `'${text.slice(0, 80)}'${faultOf(text)}` : shownValue(text)
  throw new BadOptionError(`${label} must be an address ${examples}; got ${got}`, { option })
}

/**
 * Reads the address in a string that may come from a peer; null if the string is not an address. Addresses are compared as
 * strings, so each has one spelling: names in lower case and without a dot at the end, IPv6 as RFC 5952 writes it, an IPv4
 * address that is written as IPv6 as IPv4, and `127.0.0.1` for `localhost`.
 */
export function readAddress(text: string): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)(%[0-9A-Za-z]+)?\]|([0-9A-Za-z._-]{1,254})):(\d{1,5})$/.exec(text)
  if (match === null) return null
  const [, ipv6, zone = '', name = '', digits] = match
  const host = ipv6 === undefined ? plainHost(name) : plainIPv6(ipv6, zone)
  const port = Number(digits)
  return host === null || port > 65_535 ? null : { host, port }
}

/** Writes an address as a string; the inverse of `parseAddress`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The one spelling of an address. A string that is not an address is returned unchanged. */
export function plainAddress(text: string): string {
  const address = readAddress(text)
  return address === null ? text : formatAddress(address)
}

/** The address of the unix socket of a node, in the folder of its cluster. */
export function socketAddress(id: string): string {
  return `unix:${id}`
}

/** The id of the node whose unix socket this address names; null for every other address. It holds nothing that leads out of a folder. */
export function socketIdOf(address: string): string | null {
  return /^unix:([A-Za-z0-9_-]{1,64})$/.exec(address)?.[1] ?? null
}

/** Whether only processes of this machine can reach a listener at this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/i.test(host)
}

/** Whether this host stands for all addresses of a machine: a node can listen there, but cannot be dialled there. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function plainHost(name: string): string | null {
  const host = name.toLowerCase().replace(/\.$/, '')
  if (host === 'localhost') return '127.0.0.1'
  // Resolvers read `127.1`, `0x7f.1` or `010.0.0.1` as IPv4 too, each in its own way: only four decimal numbers are taken.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host)) return isIPv4(host) ? host : null
  return host === '' ? null : host
}

function isIPv4(host: string): boolean {
  const numbers = host.split('.')
  return numbers.length === 4 && numbers.every((number) => /^(?:0|[1-9]\d{0,2})$/.test(number) && Number(number) <= 255)
}

function plainIPv6(ipv6: string, zone: string): string | null {
  const url = `http://[${ipv6}]/`
  if (!URL.canParse(url)) return null
  const host = new URL(url).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host)
  if (mapped === null) return host + zone
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Says why a string is not an address, if that is known. */
function faultOf(text: string): string {
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*$/.test(text)) return ', an IPv6 host without brackets'
  if (!/:\d+$/.test(text)) return ', which has no port'
  if (/^[\d.]+:/.test(text)) return ', whose host is neither a name nor four numbers from 0 to 255'
  return ''
}
