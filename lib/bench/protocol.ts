/**
 * This file declares the calls of the bench to its processes. The results carry measured times as typed arrays. All times are
 * milliseconds of the monotonic clock that the processes of one machine share.
 */
import type { Child } from '../children/child.ts'
import type { Contestant, TimedScenario } from './rows.ts'

/** One process of the bench. */
export type BenchProcess = Child<BenchCalls>

export interface BenchCalls {
  /** Listens for the bare sockets of other processes. */
  listen(): Ports
  /** Connects to the bare sockets of others. Resolves with how long the sockets of the floor took. */
  connect(ports: PeerPorts): number
  /** Becomes a client of the system. Resolves with how long that took. */
  open(place: BenchPlace): number
  /** Leaves the system. */
  leave(): void
  /** How many processes this one sees in the system, itself included; null if the system does not tell. */
  memberCount(): number | null
  /** Bare round trips, one after the other. */
  wsRounds(count: number): Float64Array
  /** Does the work of a scenario from one moment to another. */
  work(scenario: TimedScenario, fromMs: number, untilMs: number): WorkLog
  /** Acquires a name and keeps it. Returns the moment of the grant. */
  take(name: string): number
  /** Releases the hold of `take`. */
  give(): void
  /** Opens a bare `ws` connection to a process that will be killed. */
  watch(wsPort: number): void
  /** Resolves at the moment at which that connection closes. */
  watchedEnd(): number
  /** Begins to profile this process. */
  startProfile(): void
  /** Ends that, and writes the profile to a path. */
  stopProfile(path: string): void
  /** The processor time, memory and messages of this process so far. */
  usage(): Usage
}

/** Where a process listens for bare sockets. */
export interface Ports {
  readonly floorPort: number
  readonly wsPort: number
  readonly ringPort: number
}

/** The bare sockets of other processes. */
export interface PeerPorts {
  readonly floorPorts: readonly number[]
  /** Of the process that answers `wsRounds`; undefined in all but the first process. */
  readonly wsPort: number | undefined
  /** Of the process to which the token goes on. */
  readonly nextRingPort: number
}

/** Which system a process joins, and where it is. */
export interface BenchPlace extends Contestant {
  readonly cluster: string
  readonly directory: string
  /** The addresses of all processes, if they join by a list. */
  readonly addresses: readonly string[] | undefined
  /** The address of this process in the list. */
  readonly address: string | undefined
  /** Where the server of a rival listens; 0 if it has none. */
  readonly serverPort: number
}

/** What one process did in one slice of time. */
export interface WorkLog {
  /** Pairs of acquire and release that it finished. */
  readonly entries: number
  /** What the scenario's p50 is of; in `contended` empty. */
  readonly ms: Float64Array
  /** Only in `contended`. */
  readonly contention: ContentionLog | null
}

/** One process's entries, column by column. */
export interface ContentionLog {
  readonly askedMs: Float64Array
  readonly grantedMs: Float64Array
  readonly releasedMs: Float64Array
}

export interface Usage {
  /** User and system time, in microseconds. */
  readonly cpuUs: number
  readonly rssBytes: number
  /** Messages of locks sent. */
  readonly lockMessages: number
  /** What the process read and wrote; null where the kernel does not tell. */
  readonly ioBytes: number | null
}
