/**
 * Signs that a node without a vote was meant to have one. A node votes if its own address is an entry of the join list; any
 * number of others are members without a vote, and that is no fault. It is one when an entry leads to this very node, which the
 * handshake proves; and when no node answers at any entry, a wrong spelling is as likely as hosts that are down.
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

  /** What is certainly wrong, and what to do; null when nothing is. */
  get mistake(): string | null {
    const { self, address } = this
    if (self === null) return null
    return `${this.fact}; ${self} of the list leads to this very node: set advertise to '${self}' if that entry means this node, or write ${address} in the lists of all nodes`
  }

  /** What is wrong, certainly or probably, and what to do; null when nothing is. */
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
