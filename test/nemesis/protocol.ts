/** What the conductor, its workers and the resource say to each other. */
import type { NodeOptions } from '../../lib/index.ts'
import type { HistoryEvent } from '../../lib/sim/history/events.ts'

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never

/** A line of the history as the process that saw it tells it; the resource says when it was. */
export type Note = DistributiveOmit<HistoryEvent, 'atMs'>

/** One use of the resource, under a fence. A write brings the version that was read. */
export interface Access {
  readonly type: 'read' | 'write'
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly fence: string
  readonly version: number
}

/** Asked of the resource, a JSON line each. `atMs`: what is noted was so at a moment asked for before. */
export type Question =
  | { readonly type: 'time' }
  | { readonly type: 'note'; readonly note: Note; readonly atMs?: number }
  | { readonly type: 'access'; readonly access: Access }

/** The resource's answer, with its own true time. */
export interface Reply {
  readonly atMs: number
  readonly admitted: boolean
  readonly version: number
}

/** What the resource's process is called for. */
export interface ResourceCalls {
  /** Resolves when it listens. */
  open(order: ResourceOrder): void
}

/** What the resource is started with. */
export interface ResourceOrder {
  readonly socket: string
  readonly history: string
  /** Without it every access is admitted with any fence: the twin that shows what fences are for. */
  readonly fenced: boolean
  /** The run's beginning on the monotonic clock, in nanoseconds, as a decimal text. */
  readonly beganNs: string
}

/** What a worker does by itself: one entry after another. */
export interface Labour {
  readonly locks: readonly string[]
  readonly thinkMs: number
  readonly holdMs: number
  readonly waitMs: number
}

/** What a worker is told, and what it answers. */
export interface Commands {
  begin(process: string, resource: string, firstCall: number, options: NodeOptions): { readonly id: string }
  /** Begins to enter by itself, or goes on with another load. */
  labour(labour: Labour): void
  /** Ends what it does by itself; resolves when the last entry is over. */
  rest(): void
  /** One request and the first access under it; the hold stays. */
  enter(lock: string, waitMs: number): { readonly call: number; readonly admitted: boolean }
  /** The second access of a hold that stays, whether or not it is still one; then gives it up. */
  leave(call: number): { readonly admitted: boolean; readonly outcome: string; readonly valid: boolean }
  /** Does nothing at all for so long: a long computation, a collection of garbage. */
  block(forMs: number): void
  /** Opens files until there are no descriptors left, for so long. */
  exhaust(forMs: number): number
  about(): { readonly id: string; readonly state: string; readonly epoch: number; readonly members: readonly string[] }
  close(): void
}

/** A fact that a worker tells unasked. */
export interface News {
  readonly type: 'view' | 'sessionEnded' | 'inside' | 'outside' | 'failed'
  readonly id: string
  readonly epoch?: number
  readonly members?: readonly string[]
  readonly lock?: string
  readonly code?: string
  readonly text?: string
}
