/** This file declares what the checker remembers of each process and each call while it reads a history. */
import type { Mode } from '../../base/mode.ts'
import type { Invoked } from './events.ts'

/** A process since its latest start. */
export interface ProcessState {
  readonly name: string
  life: 'starting' | 'running' | 'draining' | 'closing' | 'closed' | 'crashed'
  readonly startedAtMs: number
  /** The id under which it is, or was, a member. */
  node: string | null
  pausedAtMs: number | null
  /** For how long, altogether, it was paused before. */
  pausedMs: number
  /** For how long, altogether, its clock or its code stood still as far as can be told. */
  stoppedMs: number
  stoppedAtMs: number | null
}

/** One call, from `invoked` on. */
export interface CallState {
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly mode: Mode
  readonly how: Invoked['how']
  readonly waitMs: number | undefined
  readonly invokedAtMs: number
  /** It was made while timers were late, and so may its own be, long after that is over. */
  readonly hasLateTimer: boolean
  /** What of the process's time had been stopped before. */
  readonly stoppedBeforeMs: number
  /** How long its process had been paused when the call was made; or when it became calm, for a call that waited then. */
  pausedBeforeMs: number
  /** It waited when it became calm. */
  waitedAtCalm: boolean
  state: 'waiting' | 'inside' | 'ended' | 'failed'
  fence: bigint | null
  grantedAtMs: number
  /** The id under which its process was granted it. */
  node: string | null
  lostAtMs: number | null
  /** It was lost before its owner began to release it. */
  lostFirst: boolean
  expiredAtMs: number | null
  releasingAtMs: number | null
}
