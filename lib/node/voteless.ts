/**
 * This file finds signs that a node without a vote should have one. A node votes if its own address is an entry of the join list;
 * other members have no vote, which is normal. It is a fault if an entry leads to this very node, which the handshake proves. It
 * may be one if no node answers at any entry: then a wrong spelling is as likely as hosts that are down.
 */
export class Voteless {
  private readonly joinList: readonly string[]
  private readonly address: string
  /** Entries of the list at which the latest dial failed. */
  private readonly silent = new Set<string>()
  /** An entry at which this node itself answered. */
  private self: string | null = null

  constructor(join: string | readonly string[], address: string) {
    this.joinList = typeof join === 'string' || join.includes(address) ? [] : join
    this.address = address
  }

  failed(address: string): void {
    if (this.joinList.includes(address)) this.silent.add(address)
  }

  answered(address: string): void {
    this.silent.delete(address)
  }

  reachedSelf(address: string): void {
    if (this.joinList.includes(address)) this.self = address
  }

  /** The certain fault, and what to do; null without one. */
  get mistake(): string | null {
    const { self, address } = this
    if (self === null) return null
    return `${this.fact}; ${self} of the list leads to this very node: set advertise to '${self}' if that entry means this node, or write ${address} in the lists of all nodes`
  }

  /** The certain or probable fault, and what to do; null without one. */
  get complaint(): string | null {
    if (this.mistake !== null) return this.mistake
    if (this.joinList.length === 0 || this.silent.size < this.joinList.length) return null
    return (
      `${this.fact}; no node answers at any address of the list: start them, or, if this node is one of them, ` +
      `set listen or advertise to its address as the list has it`
    )
  }

  private get fact(): string {
    return `the address of this node, ${this.address}, is not in its join list (${this.joinList.join(', ')}), so it has no vote`
  }
}
