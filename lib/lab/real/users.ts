/**
 * This file plays the users at one process: they come as planned, ask for the lock one after another, and every step is noted.
 * One user is served at a time and the others queue, as at a site of the simulation. So each entry is one request of the
 * algorithm, and no lock is handed on within a process.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Node } from '../../node/node.ts'
import type { PlacePlan } from './plan.ts'
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import type { UsersOfPlace } from './protocol.ts'

/** One entry, from the user's coming to its leaving. */
export interface UserVisit {
  readonly arrivedMs: number
  readonly askedMs: number
  readonly enteredMs: number
  readonly leftMs: number
  readonly fence: bigint
}

export class Visitors {
  readonly entries: UserVisit[] = []
  lost = 0
  private readonly node: Node
  private readonly lock: string
  private readonly sectionMs: number
  private readonly pace = new Pace()
  private isStopped = false
  private readonly backlog: number[] = []
  private serving: Promise<void> | null = null
  private failure: { readonly error: unknown } | null = null

  constructor(node: Node, lock: string, sectionMs: number) {
    this.node = node
    this.lock = lock
    this.sectionMs = sectionMs
  }

  /** No users come any more; a user that waits is still served, the users queued behind it go away. */
  stop(): void {
    this.isStopped = true
    this.backlog.length = 0
    this.pace.wake()
  }

  /** Lets them come; resolves when the last one has left. */
  async come({ plan, startMs, delayMs }: UsersOfPlace): Promise<void> {
    if (plan.kind === 'comes back') await this.comeBack(plan, startMs, delayMs)
    else await this.comeFromOutside(plan.atT, startMs, delayMs)
  }

  /** One user: waits, enters, stays, leaves. */
  async visit(arrivedMs = sharedNowMs()): Promise<void> {
    const askedMs = sharedNowMs()
    const hold = await this.node.acquire(this.lock)
    const enteredMs = sharedNowMs()
    await stay(enteredMs + this.sectionMs)
    const leftMs = sharedNowMs()
    const outcome = hold.release()
    this.entries.push({ arrivedMs, askedMs, enteredMs, leftMs, fence: hold.fence })
    if ((await outcome) === 'lost') this.lost++
    // Else the process with the token would enter again and again before it took the message of another who asks for it.
    await nextTurn()
  }

  private async comeBack(plan: PlacePlan & { kind: 'comes back' }, startMs: number, delayMs: number): Promise<void> {
    const { firstT, pausesT } = plan
    await this.pace.until(startMs + firstT * delayMs)
    for (let i = 0; !this.isStopped; i++) {
      await this.visit()
      const pauseMs = (pausesT[i % pausesT.length] as number) * delayMs
      if (pauseMs > 0) await this.pace.until(sharedNowMs() + pauseMs)
    }
  }

  private async comeFromOutside(atT: Float64Array, startMs: number, delayMs: number): Promise<void> {
    for (const each of atT) {
      await this.pace.until(startMs + each * delayMs)
      if (this.isStopped) break
      this.backlog.push(sharedNowMs())
      this.serve()
      if (this.failure !== null) break
    }
    await this.serving
    if (this.failure !== null) throw this.failure.error
  }

  /** Serves the users who queue, unless it is serving them already. */
  private serve(): void {
    this.serving ??= this.serveAll().then(
      () => {
        this.serving = null
      },
      (error: unknown) => {
        this.failure = { error }
      },
    )
  }

  private async serveAll(): Promise<void> {
    for (let arrivedMs = this.backlog.shift(); arrivedMs !== undefined; arrivedMs = this.backlog.shift()) {
      await this.visit(arrivedMs)
    }
  }
}

/** Shorter pauses than this are not made: a timer knows only whole milliseconds. */
const shortestMs = 0.5
/** How much of what came too late is taken off later pauses. */
const owedMsMax = 50

/**
 * Waits by timers, which are late by up to a millisecond and more. If one pause was too long or was left out, later pauses are
 * shorter, so that the mean is as planned.
 */
class Pace {
  private owedMs = 0
  private ending: AbortController | null = new AbortController()

  async until(dueMs: number): Promise<void> {
    const targetMs = dueMs - this.owedMs
    const leftMs = targetMs - sharedNowMs()
    if (leftMs >= shortestMs && this.ending !== null) {
      await pause(Math.round(leftMs), undefined, { signal: this.ending.signal }).catch(() => {})
    }
    this.owedMs = Math.min(sharedNowMs() - targetMs, owedMsMax)
  }

  /** Ends the pause, and all that would follow. */
  wake(): void {
    this.ending?.abort()
    this.ending = null
  }
}

/** Below this a section is passed in this turn, below the next turn by turn: a timer would make it a millisecond at least. */
const busyMsMax = 0.25
const turnsMsMax = 2

async function stay(untilMs: number): Promise<void> {
  const leftMs = untilMs - sharedNowMs()
  if (leftMs > turnsMsMax) await pause(Math.floor(leftMs))
  const isShort = leftMs <= busyMsMax
  while (sharedNowMs() < untilMs) if (!isShort) await nextTurn()
}
