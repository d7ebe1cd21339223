/** This file writes the history of a swarm run while it happens. */
import type { NodeHold } from '../../node/hold.ts'
import type { Hold } from '../../port/hold.ts'
import type { HistoryEvent } from '../history/events.ts'

/** An event without its time, which the recorder adds. */
export type Happening = HistoryEvent extends infer Each ? (Each extends HistoryEvent ? Omit<Each, 'atMs'> : never) : never

/** A hold of which no process has heard yet that it is over. */
interface Inside {
  readonly call: number
  readonly process: string
  readonly hold: Hold
}

/**
 * Writes the history of a run as it happens, and hands on every event at once: nothing of it is kept here.
 *
 * A hold is certain from its grant until its owner calls `release`, its process dies, it is lost, or its session ends by the
 * clocks of its own machine. No process tells of the last, since a paused process runs no code. So the recorder looks before each
 * grant, and now and then: `stands()` answers at any true time, for a paused process too, and changes nothing.
 */
export class HistoryWriter {
  private readonly nowMs: () => number
  private readonly listener: (event: HistoryEvent) => void
  /** Who died in the middle of its own code may have said more before that code ended. */
  private readonly dead = new Set<string>()
  private readonly inside = new Map<string, Map<number, Inside>>()
  private calls = 0
  entries = 0

  constructor(nowMs: () => number, listener: (event: HistoryEvent) => void) {
    this.nowMs = nowMs
    this.listener = listener
  }

  /** A number for a call that begins. */
  nextCall(): number {
    return ++this.calls
  }

  add(happening: Happening): void {
    if ('process' in happening && this.dead.has(happening.process)) return
    this.listener({ atMs: this.nowMs(), ...happening })
  }

  /** The promise of a call has just resolved with this hold. */
  granted(call: number, process: string, hold: Hold): void {
    this.look(hold.name)
    this.entries++
    this.add({ type: 'granted', call, process, fence: String(hold.fence) })
    let holders = this.inside.get(hold.name)
    if (holders === undefined) this.inside.set(hold.name, (holders = new Map()))
    holders.set(call, { call, process, hold })
  }

  /** The hold ended, and its owner said so. */
  ended(call: number, lock: string): void {
    this.inside.get(lock)?.delete(call)
  }

  died(process: string): void {
    this.add({ type: 'crashed', process })
    this.dead.add(process)
    for (const holders of this.inside.values()) {
      for (const each of holders.values()) if (each.process === process) holders.delete(each.call)
    }
  }

  /** Notes those whose session is over and who have not said so. */
  look(lock: string): void {
    const holders = this.inside.get(lock)
    if (holders === undefined) return
    for (const { call, process, hold } of holders.values()) {
      if (isValid(hold)) continue
      holders.delete(call)
      this.add({ type: 'expired', call, process })
    }
  }

  lookEverywhere(): void {
    for (const lock of this.inside.keys()) this.look(lock)
  }

  /** Whether that process is inside some lock, for all that is known. */
  isInside(process: string): boolean {
    for (const holders of this.inside.values()) {
      for (const each of holders.values()) if (each.process === process && isValid(each.hold)) return true
    }
    return false
  }
}

/** Whether a hold is the owner's at this very moment. */
export function isValid(hold: Hold): boolean {
  return (hold as NodeHold).stands()
}
