/** This file is a worker of the demo: it joins the cluster, and enters the ledger again and again until it is told to stop. */
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { HoldfastError } from '../../base/errors.ts'
import { Ledger } from './ledger.ts'
import type { Guard, GuardNews, OpenGuard, Pass } from './guard.ts'
import type { Assignment, Grant, Incident, Order, WorkerReport, Transition, WorkerState } from './protocol.ts'
import { transfer } from './teller.ts'

/** How long reports are gathered before they go to the parent. */
const batchMs = 25

/** How long a worker that was told to stand still waits for its end before it goes on as if nothing had been said. */
const standStillMsMax = 3000

/** The worker's end of the channel to its parent. */
export interface Channel {
  send(report: WorkerReport): void
  receive(handler: (order: Order) => void): void
}

/**
 * A worker of the demo: joins, and moves money until it is told to stop. Resolves when it has left.
 *
 * @param openGuard how an entry is guarded: by a Holdfast node, by nothing, or by a test's own
 */
export async function work(channel: Channel, openGuard: OpenGuard): Promise<void> {
  const orders = new Orders(channel)
  const assignment = await orders.begin
  const reporter = new Reporter(channel)
  try {
    reporter.state('joining')
    const news: GuardNews = {
      renamed: (node) => channel.send({ type: 'joined', node }),
      view: (epoch, members) => channel.send({ type: 'view', epoch, members }),
      news: (text) => channel.send({ type: 'news', atMs: sharedNowMs(), text }),
    }
    const guard = await openGuard(assignment, news, orders.stop)
    channel.send({ type: 'joined', node: guard.id })
    await moveMoney(assignment, guard, orders, reporter)
    reporter.state('leaving')
    await guard.close()
    reporter.flush()
    channel.send({ type: 'stopped' })
  } catch (error) {
    // Told to stop while it was still joining.
    if (error instanceof HoldfastError && error.code === 'ABORTED' && orders.stop.aborted) channel.send({ type: 'stopped' })
    else channel.send({ type: 'failed', ...described(error) })
  } finally {
    reporter.close()
  }
}

function described(error: unknown): { readonly code: string; readonly message: string } {
  return {
    code: error instanceof HoldfastError ? error.code : 'UNEXPECTED',
    message: error instanceof Error ? error.message : String(error),
  }
}

async function moveMoney(assignment: Assignment, guard: Guard, orders: Orders, reporter: Reporter): Promise<void> {
  const ledger = new Ledger(assignment.ledger, assignment.worker)
  while (!orders.stop.aborted) {
    reporter.state('thinking')
    await pause(Math.random() * assignment.thinkMs)
    if (orders.stop.aborted) return
    reporter.state('waiting')
    const askedMs = sharedNowMs()
    const pass = await enter(guard, orders.stop)
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

/** What the parent has said so far. */
class Orders {
  readonly begin: Promise<Assignment>
  standStill = false
  private readonly stopper = new AbortController()

  constructor(channel: Channel) {
    this.begin = new Promise((resolve) => {
      channel.receive((order) => {
        if (order.type === 'begin') resolve(order.assignment)
        else if (order.type === 'standStill') this.standStill = true
        else this.stopper.abort()
      })
    })
  }

  get stop(): AbortSignal {
    return this.stopper.signal
  }
}

/** Gathers what happened, and sends it every now and then. */
class Reporter {
  writes = 0
  private readonly channel: Channel
  private readonly timer: NodeJS.Timeout
  private transitions: Transition[] = []
  private entries: Grant[] = []
  private incidents: Incident[] = []

  constructor(channel: Channel) {
    this.channel = channel
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
    this.channel.send({ type: 'standing', ...(fence === undefined ? {} : { fence: String(fence) }) })
  }

  flush(): void {
    if (this.transitions.length + this.entries.length + this.incidents.length === 0) return
    const { transitions, entries, incidents, writes } = this
    this.transitions = []
    this.entries = []
    this.incidents = []
    this.channel.send({ type: 'work', transitions, entries, incidents, writes })
  }

  close(): void {
    clearInterval(this.timer)
  }
}
