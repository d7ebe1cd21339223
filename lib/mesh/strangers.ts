/**
 * This file limits the connections that have not proven the secret yet: their number, their time, and their share for each
 * address.
 */
import type { Socket } from 'node:net'
import { isLoopback } from '../base/address.ts'
import { clearTimeout, setTimeout } from './real-time.ts'

/** Why a connection that proved nothing was cut: it took too long, or it was one of too many. */
export type Cut = 'silent' | 'crowded'

/** How many addresses are remembered from which a node proved itself. */
const friendsMax = 1_024
/** How many connections from such an address weigh as much as one from another. */
const friendShare = 8

interface Stranger {
  readonly source: string
  readonly timer: NodeJS.Timeout
}

/**
 * The connections to this node on which the dialler has not proven itself yet. They are few, and each has little time. When there
 * is one too many, the node cuts the oldest from the address that has most of them here. Connections from an address at which a
 * node has proven itself count for less. So a flood from one address leaves room for the nodes at all others, and at the same
 * address for a node that speaks at once.
 */
export class Strangers {
  private readonly waiting = new Map<Socket, Stranger>()
  private readonly friends = new Set<string>()
  /** Connections that were reported already. */
  private readonly noted = new WeakSet<Socket>()
  private readonly max: number
  private readonly patienceMs: number
  private readonly cut: (socket: Socket, why: Cut) => void

  /** @param cut Told of each connection that is cut, just before. */
  constructor(max: number, patienceMs: number, cut: (socket: Socket, why: Cut) => void) {
    this.max = max
    this.patienceMs = patienceMs
    this.cut = cut
  }

  add(socket: Socket): void {
    const timer = setTimeout(() => this.end(socket, 'silent'), this.patienceMs)
    timer.unref()
    this.waiting.set(socket, { source: sourceOf(socket.remoteAddress), timer })
    socket.once('close', () => this.forget(socket))
    if (this.waiting.size > this.max) this.end(this.mostCrowding(), 'crowded')
  }

  /** The node at the other end has proven itself. */
  proven(socket: Socket): void {
    const source = this.waiting.get(socket)?.source
    this.forget(socket)
    this.noted.add(socket)
    if (source === undefined) return
    this.friends.delete(source)
    this.friends.add(source)
    if (this.friends.size > friendsMax) for (const oldest of this.friends) return void this.friends.delete(oldest)
  }

  /** True once for each connection that was not cut and has not proven itself: what is wrong with it is told once. */
  takeNote(socket: Socket): boolean {
    if (this.noted.has(socket)) return false
    this.noted.add(socket)
    return true
  }

  /** Cuts all, without a report. */
  clear(): void {
    for (const socket of [...this.waiting.keys()]) {
      this.forget(socket)
      socket.destroy()
    }
  }

  private end(socket: Socket, why: Cut): void {
    this.forget(socket)
    if (this.takeNote(socket)) this.cut(socket, why)
    socket.destroy()
  }

  private forget(socket: Socket): void {
    clearTimeout(this.waiting.get(socket)?.timer)
    this.waiting.delete(socket)
  }

  private mostCrowding(): Socket {
    const crowds = new Map<string, { count: number; readonly oldest: Socket }>()
    for (const [socket, { source }] of this.waiting) {
      const crowd = crowds.get(source)
      if (crowd === undefined) crowds.set(source, { count: 1, oldest: socket })
      else crowd.count++
    }
    let found: { readonly weight: number; readonly oldest: Socket } | null = null
    for (const [source, { count, oldest }] of crowds) {
      const weight = this.friends.has(source) ? count / friendShare : count
      if (found === null || weight > found.weight) found = { weight, oldest }
    }
    return (found as { readonly oldest: Socket }).oldest
  }
}

/**
 * What counts as one address. All addresses of this machine are one. An IPv4 address is one. Of IPv6 the 64 bits of the network
 * are one, since the owner of the network chooses the rest.
 */
export function sourceOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return ''
  if (isLoopback(remoteAddress)) return 'loopback'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1]
  if (mapped !== undefined) return mapped
  if (!remoteAddress.includes(':')) return remoteAddress
  const [head = '', tail] = remoteAddress.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups.slice(0, 4).join(':')
}
