/** This file gives a pure actor its context. It owns the actor's timers, and stops them all when the actor ends. */
import type { NodeId } from '../base/ids.ts'
import type { Event } from '../observe/events.ts'
import type { Message } from '../wire/messages.ts'
import type { Context } from './context.ts'
import type { TimerHandle, World } from './world.ts'

/** The part of the mesh that an actor's context uses. */
export interface Post {
  send(to: NodeId, message: Message): void
  broadcast(to: Iterable<NodeId>, message: Message): void
  sendLoose(to: NodeId, message: Message): void
}

/** The way to other nodes for parts that outlive one id of this node: it sends under the id that the node has now. */
export interface Mail {
  self(): NodeId
  send(to: NodeId, message: Message): void
}

/** A context whose timers can be stopped all at once, when its actor ends. */
export interface OwnedContext<Timer> extends Context<Timer> {
  readonly timerCount: number
  stop(): void
}

/**
 * Gives an actor its context. `onTimer` receives the actor's own timers back. A timer that was replaced, cleared or stopped does
 * not arrive, even if the world was already about to fire it.
 */
export function createContext<Timer>(
  world: World,
  self: NodeId,
  post: Post,
  emit: (event: Event) => void,
  onTimer: (timer: Timer) => void,
): OwnedContext<Timer> {
  const timers = new Map<string, { handle: TimerHandle }>()
  let stopped = false
  const clearTimer = (key: string): void => {
    const entry = timers.get(key)
    if (entry === undefined) return
    timers.delete(key)
    world.clearTimer(entry.handle)
  }
  return {
    self,
    random: world.random,
    nowMs: () => world.time.monotonicMs(),
    wallMs: () => world.time.wallMs(),
    bootMs: () => world.time.bootMs(),
    send: post.send.bind(post),
    broadcast: post.broadcast.bind(post),
    sendLoose: post.sendLoose.bind(post),
    emit,
    setTimer(key, delayMs, timer) {
      if (stopped) return
      clearTimer(key)
      const entry: { handle: TimerHandle } = { handle: undefined }
      timers.set(key, entry)
      entry.handle = world.setTimer(delayMs, () => {
        if (timers.get(key) !== entry) return
        timers.delete(key)
        onTimer(timer)
      })
    },
    clearTimer,
    get timerCount() {
      return timers.size
    },
    stop() {
      stopped = true
      for (const key of [...timers.keys()]) clearTimer(key)
    },
  }
}
