/** This file declares the messages between `holdfast lab check` and the thread that runs the author's code. */
import type { CheckOptions } from './check.ts'
import type { CheckReport } from './report.ts'

/** What a thread is to check. */
export interface CheckTask {
  /** The author's file, as an absolute path, or `gallery:NAME` or `mended:NAME`. */
  readonly file: string
  readonly options: CheckOptions
  /** Links as asked for; null for what the algorithm says. */
  readonly links: 'fifo' | 'unordered' | null
  /**
   * How long one call may take before it is broken off, so that the story of it can be told; null when calls are not timed,
   * which is faster.
   */
  readonly callMsMax: number | null
  /** What the thread is doing; see `cells`. */
  readonly shared: SharedArrayBuffer
}

/** What the shared cells hold. */
export const cells = {
  /** How often the author's code was entered or left: odd while it is at work. */
  calls: 0,
  /** The method that is at work, by its place among `methods`. */
  method: 1,
  /** The site it works for, by its letter. */
  site: 2,
  count: 3,
} as const

/** Names of calls, as told when one does not return. */
export const methods = [
  'create',
  'request',
  'receive',
  'release',
  'cancel',
  'wake',
  'wanted',
  'mayHold',
  'idle',
  'rest',
  'describe',
] as const

/** What a thread is called for, once. Its news are texts that say what it does. */
export interface CheckCalls {
  check(task: CheckTask): CheckOutcome
}

/** The report, or why the check has no report. */
export type CheckOutcome =
  | { readonly kind: 'report'; readonly report: CheckReport }
  | { readonly kind: 'no tsx' | 'loads' | 'throws'; readonly text: string }
