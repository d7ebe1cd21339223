/** This file is a worker of the demo, in its own process: it takes the lock and moves money, again and again. */
import { setTimeout as pause } from 'node:timers/promises'
import { HoldfastError } from '../../base/errors.ts'
import { type Parent, serveParent } from '../../children/parent.ts'
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { Ledger } from './ledger.ts'
import type { Guard, GuardNews, OpenGuard, Pass } from './guard.ts'
import type { Assignment, DemoCalls, Grant, Incident, WorkerReport, Transition, WorkerState } from './protocol.ts'
import { transfer } from './teller.ts'

/** How long reports are gathered before they go to the parent. */
const batchMs = 25

/** How long a worker that stands still waits for its kill before it goes on. */
const standStillMsMax = 3000

/**
 * Answers the demo as one of its workers.
 *
 * @param openGuard how an entry is guarded: by a Holdfast node, by nothing, or by a test's own
 */
export function serveDemo(openGuard: OpenGuard): void {
  const orders: Orders = { stopper: new AbortController(), standStill: false }
  const parent: Parent<WorkerReport> = serveParent<DemoCalls, WorkerReport>({
    work: (assignment) => work(assignment, openGuard, orders, parent),
    standStill: () => {
      orders.standStill = true
    },
    stop: () => orders.stopper.abort(),
  })
}

async function work(assignment: Assignment, openGuard: OpenGuard, orders: Orders, parent: Parent<WorkerReport>): Promise<void> {
  const stop = orders.stopper.signal
  const reporter = new Reporter(parent)
  try {
    reporter.state('joining')
    const news: GuardNews = {
      renamed: (node) => parent.tell({ type: 'joined', node }),
      view: (epoch, members) => parent.tell({ type: 'view', epoch, members }),
      news: (text) => parent.tell({ type: 'news', atMs: sharedNowMs(), text }),
    }
    const guard = await openGuard(assignment, news, stop)
    parent.tell({ type: 'joined', node: guard.id })
    await moveMoney(assignment, guard, orders, reporter)
    reporter.state('leaving')
    await guard.close()
    reporter.flush()
  } catch (error) {
    const isStopped = error instanceof HoldfastError && error.code === 'ABORTED' && stop.aborted
    // Told to stop while it was still joining.
    if (!isStopped) throw error
  } finally {
    reporter.close()
  }
}

async function moveMoney(assignment: Assignment, guard: Guard, orders: Orders, reporter: Reporter): Promise<void> {
  const ledger = new Ledger(assignment.ledger, assignment.worker)
  const stop = orders.stopper.signal
  while (!stop.aborted) {
    reporter.state('thinking')
    await pause(Math.random() * assignment.thinkMs)
    if (stop.aborted) return
    reporter.state('waiting')
    const askedMs = sharedNowMs()
    const pass = await enter(guard, stop)
    if (pass === null) return
    const atMs = sharedNowMs()
    reporter.entered({ atMs, waitedMs: atMs - askedMs, ...(pass.fence === undefined ? {} : { fence: String(pass.fence) }) })
    try {
      await oneTransfer(assignment, ledger, pass, orders, reporter)
    } finally {
      reporter.writes = ledger.writes
      // Noted before the release: the successor's grant may be stamped while ours is still on its way.
      reporter.state('thinking')
      await pass.release()
    }
    if (pass.signal?.aborted === true) reporter.notice({ type: 'lost', atMs: sharedNowMs(), reason: String(pass.signal.reason) })
  }
}

/** The lock, or null when the worker was stopped while it waited. */
async function enter(guard: Guard, stop: AbortSignal): Promise<Pass | null> {
  try {
    return await guard.enter(stop)
  } catch (error) {
    if (stop.aborted) return null
    throw error
  }
}

async function oneTransfer(
  assignment: Assignment,
  ledger: Ledger,
  pass: Pass,
  orders: Orders,
  reporter: Reporter,
): Promise<void> {
  await transfer(ledger, {
    worker: assignment.worker,
    workMs: assignment.workMs,
    fence: pass.fence,
    signal: pass.signal,
    random: Math.random,
    notice: (incident) => reporter.notice(incident),
    onTheRoad: async () => {
      if (!orders.standStill) return
      orders.standStill = false
      reporter.writes = ledger.writes
      reporter.flush()
      reporter.standing(pass.fence)
      await pause(standStillMsMax)
    },
  })
}

/** The calls of the parent so far. */
interface Orders {
  readonly stopper: AbortController
  standStill: boolean
}

/** Collects reports, and sends them in batches. */
class Reporter {
  writes = 0
  private readonly parent: Parent<WorkerReport>
  private readonly timer: NodeJS.Timeout
  private transitions: Transition[] = []
  private entries: Grant[] = []
  private incidents: Incident[] = []

  constructor(parent: Parent<WorkerReport>) {
    this.parent = parent
    this.timer = setInterval(() => this.flush(), batchMs)
  }

  state(state: WorkerState): void {
    this.transitions.push({ atMs: sharedNowMs(), state })
  }

  entered(entry: Grant): void {
    this.entries.push(entry)
    this.transitions.push({ atMs: entry.atMs, state: 'inside' })
  }

  notice(incident: Incident): void {
    this.incidents.push(incident)
  }

  standing(fence: bigint | undefined): void {
    this.parent.tell({ type: 'standing', ...(fence === undefined ? {} : { fence: String(fence) }) })
  }

  flush(): void {
    if (this.transitions.length + this.entries.length + this.incidents.length === 0) return
    const { transitions, entries, incidents, writes } = this
    this.transitions = []
    this.entries = []
    this.incidents = []
    this.parent.tell({ type: 'work', transitions, entries, incidents, writes })
  }

  close(): void {
    clearInterval(this.timer)
  }
}
