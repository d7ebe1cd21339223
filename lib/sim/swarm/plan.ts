/** This file declares a plan: what a seed makes of a run, as plain data that can be stored, edited and made smaller. */
import type { PlainMode } from '../../base/mode.ts'

/**
 * What a seed makes of a run, as plain data: who starts where, who asks for what, what goes wrong and when. A run is a
 * function of its plan alone, so a plan can be written down, read, and made smaller until only what matters is left.
 * Durations are virtual milliseconds.
 */
export interface Plan {
  /** Delays of frames and everything small are drawn from it. */
  readonly seed: number
  /** What decides views. */
  readonly register: 'local' | 'quorum'
  /** Listed hosts keep their votes on disk (`dataDir`). */
  readonly keepsVotes: boolean
  /** The algorithm of all locks. */
  readonly algorithm: string
  /** What stamps requests. */
  readonly clock: 'hlc' | 'lamport'
  /** The length of a session. */
  readonly sessionMs: number
  /** Where processes live: at each of them at most one at a time. */
  readonly places: readonly Place[]
  /** The names of the locks that users want. */
  readonly locks: readonly string[]
  /** The users, each at one place. */
  readonly users: readonly User[]
  /** How long frames take. */
  readonly network: NetworkPlan
  /** What goes wrong, and when. */
  readonly faults: readonly FaultPlan[]
  /** How long faults happen; then everything heals. */
  readonly faultsMs: number
  /** How long, once everything healed, a waiter may still wait, and the members may disagree; users go on for as long. */
  readonly healMs: number
}

/** One place for a process. With the local register all of them are on one host. */
export interface Place {
  /** The machine. */
  readonly host: string
  /** In the join list, so its process votes; the others are guests. None is with the local register. */
  readonly listed: boolean
  /** When its first process starts. */
  readonly startMs: number
  /** At which rate its host's clocks run. */
  readonly rate: number
}

/** A user that wants locks, in the process that lives at the place: one ask after the other, round and round. */
export interface User {
  /** The place, as an index of `places`. */
  readonly place: number
  /** What it asks for, in order. */
  readonly asks: readonly Ask[]
  /** Begins anew after the last ask. */
  readonly again: boolean
}

/** One request of a user. */
export interface Ask {
  /** Which call it makes. */
  readonly how: 'acquire' | 'tryAcquire'
  /** The name of the lock. */
  readonly lock: string
  /** What it asks for. */
  readonly mode: PlainMode
  /** Before it asks. */
  readonly thinkMs: number
  /** Between the grant and the release; a hold that is lost meanwhile is written with all the same. */
  readonly holdMs: number
  /** Its priority. Default: 0. */
  readonly priority?: number
  /** Its deadline. */
  readonly waitMs?: number
  /** When it gives up by its signal. */
  readonly abortMs?: number
}

/** How long frames take: a law, and its mean. `heavy` has a tail: one frame in forty takes up to forty times as long. */
export interface NetworkPlan {
  /** The law of the delays. */
  readonly law: 'uniform' | 'exponential' | 'heavy'
  /** Their mean. */
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
 * The kinds that are drawn from a random stream of their own. A process dies or stands still in the middle of a call of its
 * directory or its state folder; or answers come when later questions have been asked.
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
 * its duration. A victim is the process at a place, or one that has a part in what just happened.
 */
export interface FaultPlan {
  /** When, since the run began. */
  readonly atMs: number
  /** The event that it waits for after that time. Default: none. */
  readonly on?: Trigger
  /** How long after that event. Default: 0. */
  readonly afterMs?: number
  /** What goes wrong. */
  readonly kind: FaultKind
  /** `holder`: a process inside a lock; `subject`: the process of the trigger's event. Without such a process: `place`. */
  readonly victim: 'place' | 'holder' | 'subject'
  /** The place that it happens at, as an index of `places`. */
  readonly place: number
  /** The other end, or those on the other side. */
  readonly others: readonly number[]
  /** How long it lasts. */
  readonly durationMs: number
  /** How much: a jump in milliseconds, a rate, a probability, a delay, the number of a step; for `leave` the drain. */
  readonly amount: number
}
