/**
 * This file delivers each event to the listeners in the turn in which it happened, and keeps their exceptions away from the
 * core.
 */
import { runOutside } from '../base/async-context.ts'
import { withJson } from '../base/shown.ts'
import { onRejection } from '../base/user-result.ts'
import type { Event, EventOf, EventType } from './events.ts'

type Listener = (event: Event) => unknown

/**
 * The one feed of a node's events: all parts of the node emit here directly. First the node's own parts see an event (counters,
 * logs), then the user's listeners are called, in the same turn and in order of subscription. An exception of a listener, or a
 * rejection of its promise, goes to `onListenerError` and reaches neither the core nor the other listeners.
 */
export class Feed {
  private readonly listeners = new Map<EventType | '*', Set<Listener>>()
  private readonly onListenerError: (error: unknown) => void
  private watchers: readonly ((event: Event) => void)[] = []

  constructor(onListenerError: (error: unknown) => void) {
    this.onListenerError = onListenerError
  }

  readonly emit = (event: Event): void => {
    for (const saw of this.watchers) saw(event)
    if (this.listeners.size === 0) return
    const shown = present(event)
    this.tell(this.listeners.get(event.type), shown)
    this.tell(this.listeners.get('*'), shown)
  }

  /**
   * Lets a part of the node see every event before the listeners, until the returned function is called. The part must not throw.
   */
  watch(saw: (event: Event) => void): () => void {
    this.watchers = [...this.watchers, saw]
    return () => {
      this.watchers = this.watchers.filter((each) => each !== saw)
    }
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
        onRejection(runOutside(listener, event), this.onListenerError)
      } catch (error) {
        this.onListenerError(error)
      }
    }
  }
}

/** The event as listeners get it: frozen, and ready for JSON. */
function present(event: Event): Event {
  if (Object.isFrozen(event)) return event
  if ('members' in event) return Object.freeze({ ...event, members: Object.freeze([...event.members]) })
  return Object.freeze('fence' in event ? withJson({ ...event }) : { ...event })
}
