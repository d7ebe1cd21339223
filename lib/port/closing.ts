/**
 * This file declares how an engine tells recipes that its client is about to close. A recipe that keeps a hold for its own records releases it then, so that `close` does not
 * wait for it. An engine without it has `close` wait, as for any hold.
 */

/** Calls the listener when `close` is called, before it counts the open holds, unless the returned function is called before. The listener must not throw. */
export type OnClosing = (listener: () => void) => () => void

/** The key under which a `Locks` has its `OnClosing`. A second copy of the package in a process knows it too. */
export const closingKey: unique symbol = Symbol.for('holdfast.closing') as never

/** The listeners of one client. */
export class ClosingListeners {
  private readonly listeners = new Set<() => void>()

  readonly on: OnClosing = (listener) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** The client closes. */
  tell(): void {
    for (const listener of this.listeners) listener()
    this.listeners.clear()
  }
}

/** How these locks tell that they close; undefined if their engine does not. */
export function onClosingOf(locks: object): OnClosing | undefined {
  return (locks as { readonly [closingKey]?: OnClosing })[closingKey]
}
