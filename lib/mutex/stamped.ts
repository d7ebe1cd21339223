/** This file finds the stamp of the request that a message names. */
import type { Stamp } from '../clock/stamp.ts'
import type { Body } from './contract.ts'

/** The request that a message names, if it names one in the way of the product's messages. */
export function stampIn(body: Body): Stamp | null {
  const { stamp } = body as { readonly stamp?: unknown }
  if (typeof stamp !== 'object' || stamp === null) return null
  const { time, id } = stamp as { readonly time?: unknown; readonly id?: unknown }
  return typeof time === 'number' && typeof id === 'string' ? (stamp as Stamp) : null
}
