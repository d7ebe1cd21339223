/**
 * This file keeps all that the parent knows of a demo run, from the workers' reports and its own actions. It has no processes or
 * clocks, so that tests of the picture and the verdict can feed it.
 */
import { counted, secondsText } from '../paint.ts'
import type { Grant, Incident, WorkerReport, Transition, WorkerState } from './protocol.ts'

/** One worker's place; a restarted process keeps the place. */
export interface WorkerSlot {
  readonly worker: string
  pid: number
  /** Its node's id, once it has joined. */
  node: string | null
  alive: boolean
  /** Since when it is dead, or when it was started. */
  sinceMs: number
  /** The latest changes of state, oldest first: bounded. */
  transitions: Transition[]
  entries: number
  /** Writes to the books by all processes that had this place. */
  writes: number
  /** Writes by the former ones. */
  writesBefore: number
}

/** A death, and when the next worker got the lock. */
export interface Kill {
  readonly worker: string
  readonly pid: number
  readonly atMs: number
  /** True when the demo killed it, false when another process did. */
  readonly ours: boolean
  nextGrantMs: number | null
}

/** Why a worker's work ended too early: the code of Holdfast's error, else `UNEXPECTED`. */
export interface WorkerFailure {
  readonly code: string
  readonly message: string
}

export type Tone = 'plain' | 'good' | 'bad' | 'warn'

export interface LogLine {
  readonly atMs: number
  readonly text: string
  readonly tone: Tone
}

/** How many changes of state are kept for each worker: more than happen between two pictures. */
const transitionsMax = 400
const logMax = 200
const recentOverlapsMax = 64
const newsAgainMs = 10_000
/** One bar of the sparkline. */
export const bucketMs = 250

export class Tally {
  readonly startedMs: number
  readonly places: WorkerSlot[]
  readonly kills: Kill[] = []
  /** The latest lines: bounded. */
  readonly log: LogLine[] = []
  /** Lines ever said, those that the log has dropped too. */
  said = 0
  /** Entries by quarter seconds since the start. */
  readonly buckets: number[] = []
  entries = 0
  longestWaitMs = 0
  highestFence = -1n
  epoch: number | null = null
  members: readonly string[] = []
  overlaps = 0
  /** The latest of them, for when it turns out that one was with a dead process. */
  private recentOverlaps: { readonly otherPid: number; readonly atMs: number }[] = []
  /** A count during the run; the count at the end is exact. */
  lostUpdates = 0
  fenceRegressions = 0
  /** Transfers of a dead worker that its successor finished. */
  finishedForDead = 0
  private readonly workerByNode = new Map<string, string>()
  private readonly newsTold = new Map<string, number>()
  failure: WorkerFailure | null = null

  constructor(workers: readonly string[], startedMs: number) {
    this.startedMs = startedMs
    this.places = workers.map((worker) => ({
      worker,
      pid: 0,
      node: null,
      alive: false,
      sinceMs: startedMs,
      transitions: [],
      entries: 0,
      writes: 0,
      writesBefore: 0,
    }))
  }

  /** A process was started in a place. */
  started(index: number, pid: number, atMs: number): void {
    const place = this.place(index)
    const again = place.pid !== 0
    Object.assign(place, {
      pid,
      node: null,
      alive: true,
      sinceMs: atMs,
      transitions: [{ atMs, state: 'joining' }],
      writesBefore: place.writes,
    })
    if (again) this.say(atMs, `${place.worker} restarted as process ${pid}`, 'plain')
  }

  /** A process died, killed by the demo or by another process. */
  killed(index: number, atMs: number, ours: boolean): void {
    const place = this.place(index)
    const inside = this.stateAt(place, atMs) === 'inside'
    if (inside && !ours) this.forgiveOverlaps(place)
    Object.assign(place, { alive: false, sinceMs: atMs, node: null })
    this.kills.push({ worker: place.worker, pid: place.pid, atMs, ours, nextGrantMs: null })
    const how = ours ? 'killed (SIGKILL)' : 'died'
    this.say(atMs, `${place.worker} ${how}${inside ? ' in the middle of a transfer' : ''}`, 'warn')
  }

  /**
   * A death is noticed a little late, and by then a successor may have passed the marker. If a worker died inside and sent no
   * report after that entry began, it was inside alone.
   */
  private forgiveOverlaps(place: WorkerSlot): void {
    const lastWordMs = place.transitions.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY
    const forgiven = this.recentOverlaps.filter((overlap) => overlap.otherPid === place.pid && overlap.atMs > lastWordMs)
    this.recentOverlaps = this.recentOverlaps.filter((overlap) => !forgiven.includes(overlap))
    this.overlaps -= forgiven.length
  }

  /** A worker's report. */
  reported(index: number, report: Exclude<WorkerReport, { type: 'standing' }>, nowMs: number): void {
    const place = this.place(index)
    switch (report.type) {
      case 'joined':
        place.node = report.node
        this.workerByNode.set(report.node, place.worker)
        this.say(nowMs, `${place.worker} has joined as ${report.node}`, 'plain')
        return
      case 'view':
        this.sawView(report.epoch, report.members, nowMs)
        return
      case 'news':
        this.sayNews(place, report)
        return
      case 'work':
        place.transitions = [...place.transitions, ...report.transitions].slice(-transitionsMax)
        place.writes = place.writesBefore + report.writes
        for (const entry of report.entries) this.entered(place, entry)
        for (const incident of report.incidents) this.noticed(place, incident)
        return
    }
  }

  /** A worker's work ended with an error. */
  failed(index: number, failure: WorkerFailure, nowMs: number): void {
    this.failure ??= failure
    this.say(nowMs, `${this.place(index).worker} failed: ${failure.code}: ${failure.message}`, 'bad')
  }

  /** What a worker was doing at a moment. */
  stateAt(place: WorkerSlot, atMs: number): WorkerState | 'dead' {
    if (!place.alive && atMs >= place.sinceMs) return 'dead'
    return this.transitionAt(place, atMs)?.state ?? 'joining'
  }

  /** The change that led to it. */
  transitionAt(place: WorkerSlot, atMs: number): Transition | undefined {
    return place.transitions.findLast((transition) => transition.atMs <= atMs) ?? place.transitions[0]
  }

  say(atMs: number, text: string, tone: Tone): void {
    this.log.push({ atMs, text, tone })
    this.said += 1
    if (this.log.length > logMax) this.log.shift()
  }

  /** Where a worker is shown, by its node's id, a former one too. */
  workerOf(node: string): string | undefined {
    return this.workerByNode.get(node)
  }

  private entered(place: WorkerSlot, entry: Grant): void {
    place.entries += 1
    this.entries += 1
    this.longestWaitMs = Math.max(this.longestWaitMs, entry.waitedMs)
    const bucket = Math.max(0, Math.floor((entry.atMs - this.startedMs) / bucketMs))
    while (this.buckets.length <= bucket) this.buckets.push(0)
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1
    if (entry.fence !== undefined && BigInt(entry.fence) > this.highestFence) this.highestFence = BigInt(entry.fence)
    for (const kill of this.kills) {
      // Reports arrive in batches, so an earlier grant may be told later: the earliest one after the death counts.
      if (entry.atMs <= kill.atMs || (kill.nextGrantMs !== null && kill.nextGrantMs <= entry.atMs)) continue
      if (kill.nextGrantMs === null)
        this.say(
          entry.atMs,
          `${place.worker} is the next one in, ${secondsText(entry.atMs - kill.atMs)} after ${kill.worker} died`,
          'good',
        )
      kill.nextGrantMs = entry.atMs
    }
  }

  private noticed(place: WorkerSlot, incident: Incident): void {
    switch (incident.type) {
      case 'overlap':
        // A dead worker's marker stays; to pass it is not an overlap.
        if (this.kills.some((kill) => kill.pid === incident.otherPid && kill.atMs <= incident.atMs)) return
        this.overlaps += 1
        this.recentOverlaps = [...this.recentOverlaps.slice(1 - recentOverlapsMax), incident]
        this.sayOnce(incident.atMs, this.overlaps, `${place.worker} is inside together with another`)
        return
      case 'lostUpdates':
        this.lostUpdates += incident.count
        this.sayOnce(incident.atMs, this.lostUpdates, `${place.worker} wiped out what another wrote`)
        return
      case 'fenceRegression':
        this.fenceRegressions += 1
        this.say(incident.atMs, `${place.worker} came with fence ${incident.fence} after ${incident.stored}: turned away`, 'bad')
        return
      case 'finishedForOther':
        this.finished(place, incident)
        return
      case 'lost':
        this.say(incident.atMs, `${place.worker} lost its hold: ${incident.reason}`, 'warn')
        return
    }
  }

  private finished(place: WorkerSlot, incident: Extract<Incident, { type: 'finishedForOther' }>): void {
    const dead = this.kills.find((kill) => kill.pid === incident.carrierPid && kill.atMs <= incident.atMs)
    // Without locks it may as well be a worker that is still on the way.
    if (dead === undefined) return
    this.finishedForDead += 1
    this.say(
      incident.atMs,
      `${place.worker} delivered the ${incident.amount} coins that ${dead.worker} had left on the road`,
      'good',
    )
  }

  /** Without locks there are thousands: the first, the tenth, the hundredth and then every thousandth are told. */
  private sayOnce(atMs: number, count: number, text: string): void {
    if (count === 1 || count === 10 || count === 100 || count % 1000 === 0) this.say(atMs, `${text} (${count} so far)`, 'bad')
  }

  private sawView(epoch: number, members: readonly string[], nowMs: number): void {
    if (this.epoch !== null && epoch <= this.epoch) return
    this.epoch = epoch
    this.members = members
    this.say(nowMs, `view ${epoch}: ${counted(members.length, 'member')}`, 'plain')
  }

  /** What several nodes find out at about the same time is told once. */
  private sayNews(place: WorkerSlot, news: Extract<WorkerReport, { type: 'news' }>): void {
    const toldMs = this.newsTold.get(news.text)
    this.newsTold.set(news.text, news.atMs)
    if (toldMs !== undefined && Math.abs(news.atMs - toldMs) < newsAgainMs) return
    let text = news.text
    for (const [node, worker] of this.workerByNode) text = text.replaceAll(node, worker)
    this.say(news.atMs, `${place.worker} ${text}`, 'plain')
  }

  private place(index: number): WorkerSlot {
    return this.places[index] as WorkerSlot
  }
}
