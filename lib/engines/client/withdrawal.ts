/**
 * This file tells a request at a server that no waiter needs it any more. It is an AbortSignal without its cost, which each acquire would
 * have.
 */
export class Withdrawal {
  isAsked = false
  private readonly listeners = new Set<() => void>()

  /** No waiter needs the request: the listeners are called once. */
  ask(): void {
    if (this.isAsked) return
    this.isAsked = true
    for (const listener of [...this.listeners]) listener()
  }

  /** Calls the listener when the withdrawal is asked for. */
  onAsk(listener: () => void): void {
    this.listeners.add(listener)
  }

  offAsk(listener: () => void): void {
    this.listeners.delete(listener)
  }

  /** @throws an error that its caller drops, if the withdrawal was asked for. */
  throwIfAsked(): void {
    if (this.isAsked) throw new Error('the request was withdrawn')
  }
}
