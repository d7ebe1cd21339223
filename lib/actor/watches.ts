/** This file records which of this node's users watch which actor, and tells each watcher once when that actor ends. */
import { OverloadedError } from '../base/errors.ts'
import { onRejection } from '../base/user-result.ts'

/** The most actors elsewhere that one node watches. */
const watchesMax = 100_000

/** Which of this node's users watch which actor. Each watcher is told once. */
export class Watches {
  private readonly watchers = new Map<string, Map<object, (reason: string) => void>>()
  private readonly threw: (actor: string, error: unknown) => void

  /** `threw` is told of watchers that throw: their errors are no peer's fault. */
  constructor(threw: (actor: string, error: unknown) => void) {
    this.threw = threw
  }

  /** The first watcher of an actor calls `begin`, the last to go calls `end`. */
  add(peer: string, actor: string, gone: (reason: string) => void, begin: () => void, end: () => void): () => void {
    const key = keyOf(peer, actor)
    let group = this.watchers.get(key)
    if (group === undefined) {
      if (this.watchers.size >= watchesMax)
        throw new OverloadedError(`this node watches ${watchesMax} actors, the most that it may watch: end some watches`)
      group = new Map()
      this.watchers.set(key, group)
      begin()
    }
    const watcher = {}
    const mine = group
    mine.set(watcher, gone)
    return () => {
      if (!mine.delete(watcher) || mine.size > 0 || this.watchers.get(key) !== mine) return
      this.watchers.delete(key)
      end()
    }
  }

  /** That actor is gone. */
  gone(peer: string, actor: string, reason: string): void {
    this.tell(keyOf(peer, actor), reason)
  }

  /** All actors of such peers are gone. */
  goneFrom(concerns: (peer: string) => boolean, reason: string): void {
    for (const key of [...this.watchers.keys()]) if (concerns(key.slice(0, key.indexOf('\n')))) this.tell(key, reason)
  }

  private tell(key: string, reason: string): void {
    const group = this.watchers.get(key)
    if (group === undefined) return
    this.watchers.delete(key)
    const told = [...group.values()]
    group.clear()
    const actor = key.slice(key.indexOf('\n') + 1)
    for (const gone of told) this.call(actor, gone, reason)
  }

  /** Calls a watcher. If it throws or rejects, `threw` is told, and there is no other effect. */
  call(actor: string, gone: (reason: string) => unknown, reason: string): void {
    try {
      onRejection(gone(reason), (error) => this.threw(actor, error))
    } catch (error) {
      this.threw(actor, error)
    }
  }
}

function keyOf(peer: string, actor: string): string {
  return `${peer}\n${actor}`
}
