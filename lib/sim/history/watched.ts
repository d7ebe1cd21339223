/**
 * This file keeps what the lines of a history say so far: which processes live, which calls wait, and which holds are certain.
 * Every property looks at this and at the line that has just been added, and none keeps books of its own about calls and
 * processes.
 *
 * A hold is *certain* from its `granted` to the first of `releasing`, `lost`, `expired` of its call and `crashed`, `closing` of
 * its process (or a new `started` under its name). Certain is what a history proves: a paused process's hold is certain until an
 * observer from outside writes `expired`.
 */
import { Mode } from '../../base/mode.ts'
import type { HistoryEvent, Invoked, Run } from './events.ts'
import type { CallState, ProcessState } from './states.ts'

export type { CallState } from './states.ts'

/** Calls that are over are remembered so long, for writes that come late. */
const endedCallsMax = 20_000

/** While one of these is not over, no deadlines can be judged: timers or answers are late, or clocks do not run. */
const clockFaults: readonly string[] = ['lateTimers', 'slow', 'freeze', 'suspend', 'vmPause', 'drift', 'pauseInCall']

/** The run so far. */
export class Watched {
  readonly run: Run
  nowMs = 0
  phase: 'faults' | 'calm' | 'closing' | 'end' = 'faults'
  calmAtMs: number | null = null
  readonly processes = new Map<string, ProcessState>()
  /** The waiters, by call. */
  readonly waiting = new Map<number, CallState>()
  /** The calls that are certainly inside, by lock and call. */
  private readonly inside = new Map<string, Map<number, CallState>>()
  private readonly calls = new Map<number, CallState>()
  private readonly ended: number[] = []
  /** Those whose hold is over, and whose owner neither heard of it nor released it. */
  private readonly untold = new Set<CallState>()
  /** The highest number that a call had. */
  callMax = -1
  /** By number, the faults that are not over. */
  readonly faults = new Map<number, string>()
  forgotten = 0

  constructor(run: Run) {
    this.run = run
  }

  call(call: number): CallState | undefined {
    return this.calls.get(call)
  }

  /** Those certainly inside a lock. */
  holders(lock: string): readonly CallState[] {
    const holders = this.inside.get(lock)
    return holders === undefined ? [] : [...holders.values()]
  }

  /** What a process certainly holds. */
  heldBy(process: string): CallState[] {
    return [...this.inside.values()].flatMap((holders) => [...holders.values()].filter((call) => call.process === process))
  }

  /** Whether a process has a hold that is over, of which it has not been told, and which it has not released. */
  deluded(process: string): boolean {
    for (const call of this.untold) if (call.process === process) return true
    return false
  }

  isCertain(call: CallState): boolean {
    return call.state === 'inside'
  }

  process(name: string): ProcessState {
    let process = this.processes.get(name)
    if (process === undefined) this.processes.set(name, (process = this.newProcess(name)))
    return process
  }

  isAlive(name: string): boolean {
    const { life } = this.process(name)
    return life === 'starting' || life === 'running'
  }

  get living(): ProcessState[] {
    return [...this.processes.values()].filter(({ life }) => life === 'starting' || life === 'running')
  }

  /** Those that may carry messages: the living ones, and those that are about to leave. */
  get connected(): ProcessState[] {
    return [...this.living, ...[...this.processes.values()].filter(({ life }) => life === 'closing')]
  }

  /** For how long that process stood still, up to now. */
  stoppedMs({ stoppedMs, stoppedAtMs }: ProcessState): number {
    return stoppedMs + (stoppedAtMs === null ? 0 : this.nowMs - stoppedAtMs)
  }

  /** For how long that process was paused, up to a time not before now. */
  pausedMs({ pausedMs, pausedAtMs }: ProcessState, atMs = this.nowMs): number {
    return pausedMs + (pausedAtMs === null ? 0 : atMs - pausedAtMs)
  }

  /** How long a call has been waiting, without the time in which its process stood still. */
  waitedMs({ process, invokedAtMs, stoppedBeforeMs }: CallState): number {
    return this.nowMs - invokedAtMs - (this.stoppedMs(this.process(process)) - stoppedBeforeMs)
  }

  /** Takes the next line into account. */
  apply(event: HistoryEvent): void {
    this.nowMs = event.atMs
    switch (event.type) {
      case 'phase':
        this.phase = event.phase
        if (event.phase === 'calm' && this.calmAtMs === null) this.becomesCalm()
        return
      case 'started':
        this.leaveAll(event.process)
        this.failAll(event.process)
        this.processes.set(event.process, this.newProcess(event.process))
        return
      case 'joined':
      case 'crashed':
      case 'paused':
      case 'resumed':
      case 'draining':
      case 'closing':
      case 'closed':
        return this.lives(event.type, this.process(event.process), event.node)
      case 'fault':
        if (event.over) this.faults.delete(event.fault)
        else this.faults.set(event.fault, event.kind)
        for (const process of this.processes.values()) this.stopOrGo(process)
        return
      case 'view':
        this.process(event.process).node = event.node
        return
      case 'invoked': {
        if (this.calls.has(event.call)) return
        const call = this.newCall(event)
        this.callMax = Math.max(this.callMax, event.call)
        this.calls.set(event.call, call)
        this.waiting.set(event.call, call)
        return
      }
      case 'granted':
      case 'refused':
      case 'failed':
        return this.answered(event.type, this.calls.get(event.call), event.fence)
      case 'releasing':
      case 'released':
      case 'lost':
      case 'expired':
        return this.ends(event.type, event.process, this.calls.get(event.call))
      default:
        return
    }
  }

  private lives(type: string, process: ProcessState, node: string | undefined): void {
    switch (type) {
      case 'joined':
        process.life = 'running'
        process.node = node ?? null
        return
      case 'paused':
        process.pausedAtMs ??= this.nowMs
        return this.stopOrGo(process)
      case 'resumed':
        process.pausedMs = this.pausedMs(process)
        process.pausedAtMs = null
        return this.stopOrGo(process)
      case 'closed':
        process.life = 'closed'
        return this.leaveAll(process.name)
      case 'draining':
        process.life = 'draining'
        return
      case 'closing':
        process.life = 'closing'
        return this.leaveAll(process.name)
      default:
        process.life = 'crashed'
        this.leaveAll(process.name)
        this.failAll(process.name)
        return
    }
  }

  private becomesCalm(): void {
    this.calmAtMs = this.nowMs
    for (const call of this.waiting.values()) {
      call.waitedAtCalm = true
      call.pausedBeforeMs = this.pausedMs(this.process(call.process))
    }
  }

  /** No process is there any more to be answered. */
  private failAll(process: string): void {
    for (const call of [...this.waiting.values()]) if (call.process === process) this.over(call, 'failed')
  }

  private stopOrGo(process: ProcessState): void {
    const isStopped = process.pausedAtMs !== null || [...this.faults.values()].some((kind) => clockFaults.includes(kind))
    if (isStopped) process.stoppedAtMs ??= this.nowMs
    else if (process.stoppedAtMs !== null) {
      process.stoppedMs += this.nowMs - process.stoppedAtMs
      process.stoppedAtMs = null
    }
  }

  private answered(type: string, call: CallState | undefined, fence: string | undefined): void {
    if (call === undefined || call.state !== 'waiting') return
    if (type !== 'granted') return this.over(call, 'failed')
    this.waiting.delete(call.call)
    call.fence = BigInt(fence ?? 0)
    call.grantedAtMs = this.nowMs
    const { life, node } = this.process(call.process)
    call.node = node
    // Nothing that a dead process was granted is certain; nor what a leaver was, which gives it up at once.
    if (life === 'crashed' || life === 'closing' || life === 'closed') return this.over(call, 'ended')
    call.state = 'inside'
    let holders = this.inside.get(call.lock)
    if (holders === undefined) this.inside.set(call.lock, (holders = new Map()))
    holders.set(call.call, call)
  }

  private ends(type: string, process: string, call: CallState | undefined): void {
    // What a stranger does ends no hold.
    if (call === undefined || call.fence === null || call.process !== process) return
    if (type === 'lost') {
      call.lostFirst ||= call.lostAtMs === null && call.releasingAtMs === null
      call.lostAtMs ??= this.nowMs
    } else if (type === 'expired') call.expiredAtMs ??= this.nowMs
    else if (type === 'releasing') call.releasingAtMs ??= this.nowMs
    if (type === 'expired' && call.lostAtMs === null && call.releasingAtMs === null) this.untold.add(call)
    else this.untold.delete(call)
    if (call.state === 'inside') this.over(call, 'ended')
  }

  private leaveAll(process: string): void {
    for (const call of this.untold) if (call.process === process) this.untold.delete(call)
    for (const holders of this.inside.values()) {
      for (const call of [...holders.values()]) if (call.process === process) this.over(call, 'ended')
    }
  }

  private over(call: CallState, state: 'ended' | 'failed'): void {
    call.state = state
    this.waiting.delete(call.call)
    const holders = this.inside.get(call.lock)
    holders?.delete(call.call)
    if (holders?.size === 0) this.inside.delete(call.lock)
    this.ended.push(call.call)
    if (this.ended.length < 2 * endedCallsMax) return
    for (const old of this.ended.splice(0, endedCallsMax)) this.calls.delete(old)
    this.forgotten += endedCallsMax
  }

  private newProcess(name: string): ProcessState {
    const process: ProcessState = {
      name,
      life: 'starting',
      startedAtMs: this.nowMs,
      node: null,
      pausedAtMs: null,
      pausedMs: 0,
      stoppedMs: 0,
      stoppedAtMs: null,
    }
    this.stopOrGo(process)
    return process
  }

  private newCall({ call, process, lock, mode, how, waitMs }: Invoked): CallState {
    return {
      call,
      process,
      lock,
      mode: Mode.of(mode),
      how,
      waitMs,
      invokedAtMs: this.nowMs,
      hasLateTimer: [...this.faults.values()].includes('lateTimers'),
      stoppedBeforeMs: this.stoppedMs(this.process(process)),
      pausedBeforeMs: this.pausedMs(this.process(process)),
      waitedAtCalm: false,
      state: 'waiting',
      fence: null,
      grantedAtMs: 0,
      node: null,
      lostAtMs: null,
      lostFirst: false,
      expiredAtMs: null,
      releasingAtMs: null,
    }
  }
}
