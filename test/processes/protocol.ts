/** What the tests tell their processes to do, and what those tell them. */
import type { AcquireOptions, HoldState, NodeOptions, ReleaseOutcome, WebLockOptions } from '../../lib/index.ts'

/** Rounds of work under a lock, at a ledger which is an ordinary file that shows lost updates. */
export interface Work {
  readonly lock: string
  readonly ledger: string
  readonly rounds: number
}

/** Each command with its arguments and its answer. */
export interface Commands {
  create(options?: NodeOptions): { readonly id: string; readonly address: string }
  members(): { readonly id: string; readonly epoch: number; readonly state: string; readonly members: readonly string[] }
  acquire(name: string, options?: AcquireOptions): { readonly hold: number; readonly fence: bigint }
  /** Answers once a request of the Web Locks API is granted; its callback does not end. False if `ifAvailable` found the lock taken. */
  request(name: string, options?: WebLockOptions): boolean
  hold(hold: number): { readonly state: HoldState; readonly aborted: boolean; readonly checked: string }
  release(hold: number): ReleaseOutcome
  work(work: Work): number
  /** Without a drain unless it is told one, in milliseconds. */
  close(drain?: number): void
  /** Ends the process at once, with nothing closed. */
  exit(): void
  /** Ends the process by an error that no handler takes. */
  fail(how: 'throw' | 'reject'): void
  handles(): readonly string[]
  /** How many were turned away, by reason. */
  refusals(): Readonly<Record<string, number>>
  /** Answers when a renewal of the session has succeeded that began so much later than this call. */
  renewed(laterMs: number): void
  /** Takes every file descriptor that the process may have. */
  exhaust(): void
  /** Gives back all that `exhaust` took. */
  relax(): void
  /** From now on the end of the parent is not one's own. */
  letGo(): void
}

/** A fact of the node's, or a hold's signal that was aborted. */
export interface News {
  readonly type: string
  readonly reason?: string
  readonly members?: readonly string[]
  readonly epoch?: number
  readonly hold?: number
  readonly message?: string
  readonly code?: string
  readonly peer?: string
}
