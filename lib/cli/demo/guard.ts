/** This file declares the guard of the demo's ledger, which lets one worker in at a time. A run without locks has none. */
import type { Assignment } from './protocol.ts'

/** Lets one worker at a time to the ledger. In the demo it is a Holdfast node; in a run without locks it does nothing. */
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

/** What a guard reports, for the picture. */
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
