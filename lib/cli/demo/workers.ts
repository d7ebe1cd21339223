/** This file starts, kills and restarts the worker processes of the demo. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Assignment, Order, WorkerReport } from './protocol.ts'

/** What the parent wants to hear of its workers. */
export interface WorkerEars {
  started(index: number, pid: number): void
  reported(index: number, report: WorkerReport): void
  /** A process ended without having been told to stop: killed by us or by somebody else. */
  died(index: number): void
}

/** The demo's worker processes. None of them outlives the parent: they end when their channel to it does. */
export class Workers {
  private readonly children: (ChildProcess | undefined)[]
  private readonly entry: string
  private readonly assign: (index: number) => Assignment
  private readonly ears: WorkerEars
  private stopping = false

  constructor(count: number, entry: string, assign: (index: number) => Assignment, ears: WorkerEars) {
    this.children = new Array<ChildProcess | undefined>(count).fill(undefined)
    this.entry = entry
    this.assign = assign
    this.ears = ears
  }

  /** Starts the process of a place. */
  start(index: number): void {
    const child = fork(this.entry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'json' })
    this.children[index] = child
    let failed = false
    child.on('message', (message) => {
      const report = message as WorkerReport
      if (this.children[index] !== child) return
      failed ||= report.type === 'failed'
      this.ears.reported(index, report)
      // Its last word: with the channel the process ends.
      if (report.type === 'stopped' || report.type === 'failed') child.disconnect()
    })
    child.on('exit', () => {
      if (this.children[index] !== child) return
      this.children[index] = undefined
      if (!this.stopping && !failed) this.ears.died(index)
    })
    child.on('error', (error) => this.ears.reported(index, { type: 'failed', code: 'UNEXPECTED', message: error.message }))
    if (child.pid !== undefined) this.ears.started(index, child.pid)
    this.tell(index, { type: 'begin', assignment: this.assign(index) })
  }

  /** Starts a place's process again, unless it runs or all are to stop. */
  restart(index: number): void {
    if (!this.stopping && this.children[index] === undefined) this.start(index)
  }

  tell(index: number, order: Order): void {
    const child = this.children[index]
    // A process that just died takes no orders; its death is told by itself.
    if (child?.connected === true) child.send(order, () => {})
  }

  kill(index: number): void {
    this.children[index]?.kill('SIGKILL')
  }

  /** Ends every process at once. */
  killAll(): void {
    this.stopping = true
    for (const child of this.children) child?.kill('SIGKILL')
  }

  /**
   * Tells all to stop, and ends those that have not after a while. Resolves when no process is left, with the number of
   * those that had to be ended.
   */
  async stop(patienceMs: number): Promise<number> {
    this.stopping = true
    const ends = this.children.flatMap((child) =>
      child === undefined ? [] : [new Promise<void>((resolve) => child.once('exit', () => resolve()))],
    )
    for (const index of this.children.keys()) this.tell(index, { type: 'stop' })
    let ended = 0
    const timer = setTimeout(() => {
      ended = this.children.filter((child) => child !== undefined).length
      this.killAll()
    }, patienceMs)
    await Promise.all(ends)
    clearTimeout(timer)
    return ended
  }
}
