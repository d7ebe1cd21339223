/**
 * Of the sides of a partition at most one grants, once the sessions of the other have ended: a session after the beginning
 * (2 % more, for clocks that are slow). When the history says which side has the majority, no other grants, and
 * what another side holds is over by then.
 *
 * Judged while clocks keep their rates, with a quorum register, and only as long as the sides are clear. They are clear while
 * every process is on one of them, also one that leaves and is connected until it has left, no process starts, no process stands still in the middle of a call, and no other fault
 * that has sides begins or ends.
 */
import type { Fault } from '../events.ts'
import { type Property, type Report, callText } from '../property.ts'
import type { Watched } from '../watched.ts'

interface Parted {
  readonly fault: Fault
  readonly sides: readonly ReadonlySet<string>[]
  readonly endsSessionsAtMs: number
  /** For how long each process had stood still before: one that does so meanwhile cannot be told. */
  readonly stoppedMs: ReadonlyMap<string, number>
  /** The side that has granted since the sessions ended, and by which call. */
  granting: { readonly side: number; readonly call: number } | null
  looked: boolean
}

const rateSlack = 0.02
const toldWithinMs = 500

/** Of the sides of a partition at most one grants. */
export function partition(): Property {
  let parted: Parted | null = null
  /** Faults that part and join, and are not over. */
  const parting = new Set<number>()
  return {
    before(event, run, report) {
      // The first line after that time may be the very end of what was held until then.
      if (parted !== null && !parted.looked && event.atMs > parted.endsSessionsAtMs + toldWithinMs)
        judgeHolds(parted, run, report)
    },
    after(event, run, report) {
      if (!run.run.timely || run.run.register === 'local') return
      if (event.type === 'started') parted = null
      // Callers hear of grants when that is over, which may have been in time.
      if (event.type === 'fault' && event.kind === 'pauseInCall') parted = null
      if (event.type === 'fault' && isParting(event)) {
        const isAlone = parting.size === 0
        parting.add(event.fault)
        parted = isAlone ? begin(event, event.atMs, run) : null
        return
      }
      if (event.type === 'fault' && event.over && parting.delete(event.fault)) parted = null
      if (parted === null || event.atMs < parted.endsSessionsAtMs) return
      if (event.type === 'granted') judgeGrant(parted, event.call, run, report)
    },
  }
}

/** Whether a fault begins that puts processes on sides, or that heals links now and then. */
function isParting({ over, sides, kind }: Fault): boolean {
  return !over && ((sides !== undefined && sides.length > 1) || kind === 'flapping')
}

function begin(fault: Fault, atMs: number, run: Watched): Parted | null {
  const sides = (fault.sides ?? []).map((side) => new Set(side))
  if (sides.length < 2 || !run.connected.every(({ name }) => sides.some((side) => side.has(name)))) return null
  const endsSessionsAtMs = atMs + run.run.sessionMs * (1 + rateSlack)
  const stoppedMs = new Map(run.living.map((process) => [process.name, run.stoppedMs(process)]))
  return { fault, sides, endsSessionsAtMs, stoppedMs, granting: null, looked: false }
}

function judgeGrant(parted: Parted, number: number, run: Watched, report: Report): void {
  const call = run.call(number)
  if (call === undefined || call.state === 'waiting') return
  const side = parted.sides.findIndex((each) => each.has(call.process))
  if (side < 0) return
  const { majority } = parted.fault
  const when = `in partition ${parted.fault.fault}, when the sessions of a minority have ended`
  if (majority !== undefined && majority !== side)
    return report('partition', `${callText(call)} is granted on a side without a majority ${when}`, [number])
  if (parted.granting !== null && parted.granting.side !== side) {
    const text = `${callText(call)} is granted on one side and call ${parted.granting.call} on another ${when}`
    return report('partition', text, [parted.granting.call, number])
  }
  parted.granting = { side, call: number }
}

/** A process on a side without a majority has been told by now that its holds are over. */
function judgeHolds(parted: Parted, run: Watched, report: Report): void {
  parted.looked = true
  const { majority, fault } = parted.fault
  if (majority === undefined) return
  for (const [side, names] of parted.sides.entries()) {
    for (const name of side === majority ? [] : names) {
      if (run.stoppedMs(run.process(name)) > (parted.stoppedMs.get(name) ?? 0)) continue
      for (const call of run.heldBy(name))
        report('partition', `${callText(call)} is still held on a side without a majority in partition ${fault}`, [call.call])
    }
  }
}
