/**
 * This file keeps the addresses that this node should dial, and the reason for each: a peer is kept there, or a peer is expected
 * there.
 */
import type { NodeId } from '../base/ids.ts'
import { Dialler } from './dialler.ts'
import type { Peer } from './peer.ts'
import type { World } from '../world/world.ts'

/**
 * The addresses to dial, and why: a kept peer is there, or a node is sought there. Several peers may have one address (a node and
 * its successor at the same port), and a node may have several (an alias in a join list).
 */
export class Addresses {
  private readonly peers: ReadonlyMap<NodeId, Peer>
  private readonly dialler: Dialler
  private readonly sought = new Set<string>()
  /** Addresses at which this node itself answered. */
  private readonly own = new Set<string>([''])

  constructor(world: World, peers: ReadonlyMap<NodeId, Peer>, dial: (address: string) => void) {
    this.peers = peers
    this.dialler = new Dialler(world, dial)
  }

  isOwn(address: string): boolean {
    return this.own.has(address)
  }

  /** This node itself answered at this address. */
  addOwn(address: string): void {
    this.own.add(address)
    this.sought.delete(address)
    this.dialler.drop(address)
  }

  /** Looks for nodes at these addresses, and at no others. */
  seek(addresses: readonly string[]): void {
    for (const address of [...this.sought]) {
      if (addresses.includes(address)) continue
      this.sought.delete(address)
      this.release(address)
    }
    for (const address of addresses) {
      if (this.own.has(address)) continue
      this.sought.add(address)
      if (!this.isConnected(address)) this.dialler.want(address)
    }
  }

  /** The peer is at this address now. */
  move(peer: Peer, address: string): void {
    const former = peer.address
    peer.address = address
    if (former !== address) this.release(former)
  }

  want(peer: Peer): void {
    if (peer.info === null) this.dialler.want(peer.address)
  }

  reached(address: string): void {
    this.dialler.reached(address)
  }

  /** The connection to a peer broke. */
  broke({ address, kept }: Peer): void {
    if (this.own.has(address) || !(kept || this.sought.has(address))) return
    if (this.dialler.wants(address)) this.dialler.again(address)
    else this.dialler.want(address)
  }

  failed(address: string): void {
    if (!this.isConnected(address)) this.dialler.again(address)
  }

  /** Stops dialling an address without a reason. */
  release(address: string): void {
    if (this.sought.has(address)) return
    for (const peer of this.peers.values()) if (peer.kept && peer.address === address) return
    this.dialler.drop(address)
  }

  close(): void {
    this.dialler.close()
  }

  private isConnected(address: string): boolean {
    for (const { info, address: known } of this.peers.values())
      if (info !== null && (known === address || info.address === address)) return true
    return false
  }
}
