import type { Event, EventOf, EventType } from './events.ts'

type Listener = (event: Event) => void

/**
 * The one feed of events. Whoever listens is called in the turn in which the event happened, in order of subscription;
 * an exception of a listener is handed to `onListenerError` and reaches neither the core nor the other listeners.
 */
export class Feed {
  private readonly listeners = new Map<EventType | '*', Set<Listener>>()
  private readonly onListenerError: (error: unknown) => void

  constructor(onListenerError: (error: unknown) => void) {
    this.onListenerError = onListenerError
  }

  readonly emit = (event: Event): void => {
    if (this.listeners.size === 0) return
    this.tell(this.listeners.get(event.type), event)
    this.tell(this.listeners.get('*'), event)
  }

  /** Listens until the function that it returns is called. */
  on<Type extends EventType>(type: Type | '*', listener: (event: EventOf<Type>) => void): () => void {
    let set = this.listeners.get(type)
    if (set === undefined) this.listeners.set(type, (set = new Set()))
    const entry = listener as unknown as Listener
    set.add(entry)
    return () => {
      set.delete(entry)
      if (set.size === 0 && this.listeners.get(type) === set) this.listeners.delete(type)
    }
  }

  private tell(listeners: Set<Listener> | undefined, event: Event): void {
    if (listeners === undefined) return
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.onListenerError(error)
      }
    }
  }
}
