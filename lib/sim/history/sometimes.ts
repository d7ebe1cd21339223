/**
 * This file counts the situations that a set of runs must reach now and then, or it proves little. A run that never lost a hold
 * says nothing about lost holds (Antithesis calls these *sometimes assertions*).
 */
import { Mode } from '../../base/mode.ts'
import { lookByType } from './property.ts'
import type { CallState, Watched } from './watched.ts'

/** Every situation that is counted. */
export const sometimesNames = [
  'granted',
  'granted shared',
  'granted a permit',
  'granted while calm',
  'several shared holders inside',
  'several permits taken',
  'holders of several modes inside',
  'refused',
  'timed out',
  'aborted',
  'no quorum',
  'closed while waiting',
  'released',
  'lost',
  'released after it was lost',
  'expired before its owner knew',
  'expired while paused',
  'paused while inside',
  'resumed in time and still inside',
  'crashed while inside',
  'crashed while waiting',
  'closing while inside',
  'draining while inside',
  'write of a zombie turned away',
  'late write admitted',
  'hold carried over a view change',
  'waiter that survived a view change',
  'granted in a partition',
  'returned under a new id',
  'granted after a return',
  'founded again',
  'successor granted after a crash',
] as const

/** The name of a situation that is counted. */
export type SometimesName = (typeof sometimesNames)[number]

/** Counts situations. */
export class Sometimes {
  readonly counts: Record<SometimesName, number>
  /** Waiters and holders that have seen another view. */
  private readonly changed = new Set<number>()
  private readonly ids = new Map<string, string>()
  private readonly returned = new Set<string>()
  private readonly parted = new Set<number>()
  private readonly orphaned = new Set<string>()
  private latest: { readonly epoch: number; readonly members: ReadonlySet<string> } | null = null

  constructor() {
    this.counts = Object.fromEntries(sometimesNames.map((name) => [name, 0])) as Record<SometimesName, number>
  }

  private count(name: SometimesName): void {
    this.counts[name]++
  }

  /** Looks at a line before it is taken into account. */
  readonly before = lookByType({
    crashed: ({ type, process }, run) => this.stops(type, process, run),
    draining: ({ type, process }, run) => this.stops(type, process, run),
    closing: ({ type, process }, run) => this.stops(type, process, run),
    paused: ({ type, process }, run) => this.stops(type, process, run),
    resumed: ({ process }, run) => {
      for (const call of run.heldBy(process)) if (run.isCertain(call)) this.count('resumed in time and still inside')
    },
    expired: ({ process }, run) => {
      this.count('expired before its owner knew')
      if (run.process(process).pausedAtMs !== null) this.count('expired while paused')
    },
    write: (event, run) => {
      const call = run.call(event.call)
      if (call === undefined || run.isCertain(call)) return
      this.count(event.admitted ? 'late write admitted' : 'write of a zombie turned away')
    },
    granted: (event, run) => {
      const call = run.call(event.call)
      if (call !== undefined && call.state === 'waiting') this.granted(call, run)
    },
    releasing: ({ call }) => this.changed.delete(call),
  })

  /** Looks at a line that has just been taken into account. */
  readonly after = lookByType({
    refused: () => this.count('refused'),
    failed: ({ call, code }) => {
      this.changed.delete(call)
      if (code === 'TIMEOUT') this.count('timed out')
      if (code === 'ABORTED') this.count('aborted')
      if (code === 'NO_QUORUM') this.count('no quorum')
      if (code === 'CLOSED') this.count('closed while waiting')
    },
    lost: () => this.count('lost'),
    released: ({ outcome }) => {
      if (outcome !== 'already') this.count(outcome === 'lost' ? 'released after it was lost' : 'released')
    },
    fault: ({ fault, over, sides }) => {
      if (!over && (sides?.length ?? 0) > 1) this.parted.add(fault)
      if (over) this.parted.delete(fault)
    },
    joined: ({ process, node }) => {
      if (node !== undefined) this.member(process, node)
    },
    view: ({ process, node, epoch, members }, run) => {
      this.member(process, node)
      this.viewed(process, epoch, members, run)
    },
  })

  private granted(call: CallState, run: Watched): void {
    const { mode, lock, process } = call
    this.count('granted')
    if (mode.equals(Mode.shared)) this.count('granted shared')
    if (mode.isCounted) this.count('granted a permit')
    if (run.phase === 'calm') this.count('granted while calm')
    const others = run.holders(lock)
    const areAlike = others.some((other) => other.mode.equals(mode))
    if (areAlike && mode.equals(Mode.shared)) this.count('several shared holders inside')
    if (areAlike && mode.isCounted) this.count('several permits taken')
    if (others.some((other) => !other.mode.equals(mode))) this.count('holders of several modes inside')
    if (this.changed.delete(call.call)) this.count('waiter that survived a view change')
    if (this.parted.size > 0) this.count('granted in a partition')
    if (this.returned.has(process)) this.count('granted after a return')
    if (this.orphaned.delete(lock)) this.count('successor granted after a crash')
  }

  private stops(type: 'crashed' | 'draining' | 'closing' | 'paused', process: string, run: Watched): void {
    for (const { lock } of run.heldBy(process)) {
      this.count(`${type} while inside`)
      if (type === 'crashed') this.orphaned.add(lock)
    }
    if (type !== 'crashed') return
    for (const call of run.waiting.values()) if (call.process === process) this.count('crashed while waiting')
  }

  private member(process: string, node: string): void {
    const before = this.ids.get(process)
    this.ids.set(process, node)
    if (before === undefined || before === node) return
    this.count('returned under a new id')
    this.returned.add(process)
  }

  private viewed(process: string, epoch: number, members: readonly string[], run: Watched): void {
    if (this.latest === null || epoch > this.latest.epoch) {
      const before = this.latest?.members
      if (before !== undefined && !members.some((id) => before.has(id))) this.count('founded again')
      this.latest = { epoch, members: new Set(members) }
    }
    for (const call of run.waiting.values()) if (call.process === process) this.changed.add(call.call)
    for (const call of run.heldBy(process)) {
      if (call.grantedAtMs >= run.nowMs || this.changed.has(call.call)) continue
      this.changed.add(call.call)
      this.count('hold carried over a view change')
    }
    if (this.changed.size > 10_000) this.changed.clear()
  }
}
