/** This file declares what keeps the demo's workers apart at the ledger. In a run without locks nothing does. */
import type { Assignment } from './protocol.ts'

/** What keeps workers apart at the ledger. In the demo a Holdfast node; in a run without locks nothing. */
export interface Guard {
  /** The node's id. */
  readonly id: string
  /** Waits for the lock. Rejects when the signal is aborted. */
  enter(signal: AbortSignal): Promise<Pass>
  close(): Promise<void>
}

/** The right to be inside. */
export interface Pass {
  readonly fence: bigint | undefined
  readonly signal: AbortSignal | undefined
  release(): Promise<unknown>
}

/** What a guard tells on the way, for the picture. */
export interface GuardNews {
  /** The node came back under another id. */
  renamed(id: string): void
  view(epoch: number, members: readonly string[]): void
  news(text: string): void
}

/** Opens a guard. Rejects when the signal is aborted first. */
export type OpenGuard = (assignment: Assignment, news: GuardNews, stop: AbortSignal) => Promise<Guard>

/** No lock at all: all workers enter at once. */
export const openNothing: OpenGuard = async (assignment) => ({
  id: `${assignment.worker}-${process.pid}`,
  enter: async () => ({ fence: undefined, signal: undefined, release: async () => {} }),
  close: async () => {},
})
