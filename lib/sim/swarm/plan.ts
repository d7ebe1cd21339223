import type { Mode } from '../../base/mode.ts'

/**
 * What a seed makes of a run, as plain data: who starts where, who asks for what, what goes wrong and when. A run is a
 * function of its plan alone, so a plan can be written down, read, and made smaller until only what matters is left.
 * Durations are virtual milliseconds.
 */
export interface Plan {
  /** Delays of frames and everything small are drawn from it. */
  readonly seed: number
  readonly register: 'local' | 'quorum'
  /** Listed hosts keep their votes on disk (`dataDir`). */
  readonly keepsVotes: boolean
  readonly algorithm: string
  readonly clock: 'hlc' | 'lamport'
  readonly sessionMs: number
  /** Where processes live: at each of them at most one at a time. */
  readonly places: readonly Place[]
  readonly locks: readonly string[]
  readonly users: readonly User[]
  readonly network: NetworkPlan
  readonly faults: readonly FaultPlan[]
  /** How long faults happen; then everything heals. */
  readonly faultsMs: number
  /** How long, once everything healed, a waiter may still wait, and the members may disagree; users go on for as long. */
  readonly healMs: number
}

/** One place for a process. With the local register all of them are on one host. */
export interface Place {
  readonly host: string
  /** In the join list, so its process votes; the others are guests. Nobody is with the local register. */
  readonly listed: boolean
  /** When its first process starts. */
  readonly startMs: number
  /** At which rate its host's clocks run. */
  readonly rate: number
}

/** Somebody who wants locks, in whatever process lives at the place: one ask after the other, round and round. */
export interface User {
  readonly place: number
  readonly asks: readonly Ask[]
  /** Begins anew after the last ask. */
  readonly again: boolean
}

/** One request of a user. */
export interface Ask {
  readonly how: 'acquire' | 'tryAcquire'
  readonly lock: string
  readonly mode: Mode
  /** Before it asks. */
  readonly thinkMs: number
  /** Between the grant and the release; a hold that is lost meanwhile is written with all the same. */
  readonly holdMs: number
  /** Its deadline. */
  readonly waitMs?: number
  /** When it gives up by its signal. */
  readonly abortMs?: number
}

/** How long frames take: a law, and its mean. `heavy` has a tail: one frame in forty takes up to forty times as long. */
export interface NetworkPlan {
  readonly law: 'uniform' | 'exponential' | 'heavy'
  readonly meanMs: number
  /** How long until a cut is noticed, at most. */
  readonly noticeMsMax: number
}

/** What goes wrong between turns of a process, on its machine, and on the network. */
export const plainKinds = [
  'crash',
  'silentCrash',
  'restart',
  'pause',
  'suspend',
  'vmPause',
  'freeze',
  'isolate',
  'halves',
  'bridge',
  'asymmetric',
  'flapping',
  'stall',
  'cut',
  'loss',
  'duplicate',
  'reorder',
  'delay',
  'jump',
  'drift',
  'lateTimers',
  'slow',
  'fullDisk',
  'leave',
  'abort',
] as const

/**
 * What is drawn from a stream of its own: a process that dies or stands still in the middle of a call of its directory or its
 * state folder, and answers that come when later questions have been asked.
 */
export const laterKinds = ['crashInCall', 'pauseInCall', 'lateAnswers'] as const

/** Everything that goes wrong. */
export const faultKinds = [...plainKinds, ...laterKinds] as const

/** The name of one kind of fault. */
export type FaultKind = (typeof faultKinds)[number]

/** Everything that a fault may wait for. */
export const triggers = ['asked', 'granted', 'viewDecided', 'viewInstalled', 'died', 'suspected'] as const

/** What a fault waits for, from its time on: the next event of that kind, whose process is the fault's `subject`. */
export type Trigger = (typeof triggers)[number]

/**
 * One fault: at its time, or `afterMs` after the first event of its trigger from that time on, it befalls its victim, for
 * its duration. A victim is the process at a place, or whoever has a part in what just happened.
 */
export interface FaultPlan {
  readonly atMs: number
  readonly on?: Trigger
  readonly afterMs?: number
  readonly kind: FaultKind
  /** `holder`: somebody inside a lock; `subject`: the process of the trigger's event; if there is none, `place`. */
  readonly victim: 'place' | 'holder' | 'subject'
  readonly place: number
  /** The other end, or those on the other side. */
  readonly others: readonly number[]
  readonly durationMs: number
  /** How much: a jump in milliseconds, a rate, a probability, a delay, the number of a step. */
  readonly amount: number
}
