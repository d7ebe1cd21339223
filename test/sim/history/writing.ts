import type { HistoryEvent, Run } from '../../../lib/sim/history/events.ts'
import { checkHistory } from '../../../lib/sim/history/checker.ts'
import type { PropertyName } from '../../../lib/sim/history/property.ts'

type Body = HistoryEvent extends infer Each ? (Each extends HistoryEvent ? Omit<Each, 'atMs'> : never) : never

/** A run in which sessions last a second, and waiters wait for five after the healing. */
const run: Run = {
  type: 'run',
  seed: 1,
  nodes: 3,
  algorithm: 'carvalho-roucairol',
  sessionMs: 1000,
  healMs: 5000,
  faultless: false,
  timely: true,
}

/** Writes a history line by line; time goes on only when told. */
export class Script {
  readonly events: HistoryEvent[]
  private atMs = 0
  private calls = 0
  private readonly of = new Map<number, { process: string; lock: string; fence: string }>()

  constructor(changes: Partial<Run> = {}) {
    this.events = [{ atMs: 0, ...run, ...changes }]
  }

  add(...bodies: readonly Body[]): this {
    for (const body of bodies) this.events.push({ atMs: this.atMs, ...body } as HistoryEvent)
    return this
  }

  later(ms: number): this {
    this.atMs += ms
    return this
  }

  /** These processes start, and are members at once. */
  members(...names: readonly string[]): this {
    for (const process of names) this.add({ type: 'started', process }, { type: 'joined', process, node: `${process}.1` })
    return this
  }

  /** Asks, and says the call's number by being asked for `lastCall`. */
  asks(process: string, changes: Partial<Extract<Body, { type: 'invoked' }>> = {}): this {
    const call = ++this.calls
    this.of.set(call, { process, lock: changes.lock ?? 'door', fence: '0' })
    return this.add({ type: 'invoked', call, process, lock: 'door', mode: 'exclusive', how: 'acquire', ...changes })
  }

  /** The last call is granted, or that one. */
  granted(fence: number, call = this.calls): this {
    const known = this.known(call)
    known.fence = String(fence)
    return this.add({ type: 'granted', call, process: known.process, fence: String(fence) })
  }

  /** Asks and is granted. */
  enters(process: string, fence: number, changes: Partial<Extract<Body, { type: 'invoked' }>> = {}): this {
    return this.asks(process, changes).granted(fence)
  }

  leaves(call = this.calls, outcome = 'released'): this {
    const { process } = this.known(call)
    return this.add({ type: 'releasing', call, process }, { type: 'released', call, process, outcome })
  }

  fails(code: string, call = this.calls, definite = true): this {
    return this.add({ type: 'failed', call, process: this.known(call).process, code, definite })
  }

  lost(call = this.calls): this {
    return this.add({ type: 'lost', call, process: this.known(call).process, reason: 'the session ended' })
  }

  expired(call = this.calls): this {
    return this.add({ type: 'expired', call, process: this.known(call).process })
  }

  reads(version: number, call = this.calls, admitted = true): this {
    return this.accesses('read', version, call, admitted)
  }

  writes(version: number, call = this.calls, admitted = true): this {
    return this.accesses('write', version, call, admitted)
  }

  life(
    type: 'crashed' | 'paused' | 'resumed' | 'draining' | 'closing' | 'closed' | 'started',
    ...names: readonly string[]
  ): this {
    for (const process of names) this.add({ type, process })
    return this
  }

  phase(phase: 'faults' | 'calm' | 'closing' | 'end'): this {
    return this.add({ type: 'phase', phase })
  }

  /** These take up a view of all of them. */
  view(epoch: number, processes: readonly string[], members = processes.map((each) => `${each}.1`), digest = epoch): this {
    for (const process of processes) this.add({ type: 'view', process, node: `${process}.1`, epoch, digest, members })
    return this
  }

  partition(sides: readonly (readonly string[])[], majority?: number | null): this {
    return this.add({
      type: 'fault',
      fault: 1,
      kind: 'partition',
      over: false,
      sides,
      ...(majority === undefined ? {} : { majority }),
    })
  }

  private accesses(type: 'read' | 'write', version: number, call: number, admitted: boolean): this {
    const { process, lock, fence } = this.known(call)
    return this.add({ type, call, process, lock, fence, version, admitted })
  }

  private known(call: number): { process: string; lock: string; fence: string } {
    return this.of.get(call) as { process: string; lock: string; fence: string }
  }
}

/** The properties that a history breaks, each once. */
export function broken(script: Script): PropertyName[] {
  return [...new Set(checkHistory(script.events).violations.map(({ property }) => property))]
}
