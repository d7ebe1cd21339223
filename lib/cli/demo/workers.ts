/** This file keeps the demo's worker processes, one at each place; a place whose process was killed gets another one. */
import type { Child } from '../../children/child.ts'
import { startProcess } from '../../children/process.ts'
import type { Assignment, DemoCalls, WorkerReport } from './protocol.ts'

/** What the parent is told about its workers. */
export interface WorkerEars {
  started(index: number, pid: number): void
  reported(index: number, report: WorkerReport): void
  /** Its work ended with an error, or its process could not be started. */
  failed(index: number, error: Error): void
  /** A process ended without a call of `stop`: the demo or another process killed it. */
  died(index: number): void
}

type Worker = Child<DemoCalls, WorkerReport>

export class Workers {
  private readonly children: (Worker | undefined)[]
  private readonly entry: URL
  private readonly assign: (index: number) => Assignment
  private readonly ears: WorkerEars
  private stopping = false

  constructor(count: number, entry: URL, assign: (index: number) => Assignment, ears: WorkerEars) {
    this.children = new Array<Worker | undefined>(count).fill(undefined)
    this.entry = entry
    this.assign = assign
    this.ears = ears
  }

  /** Starts the process of a place. */
  start(index: number): void {
    const child: Worker = startProcess(`worker ${index + 1}`, this.entry, {
      hear: (report) => {
        if (this.children[index] === child) this.ears.reported(index, report)
      },
    })
    this.children[index] = child
    if (child.pid !== undefined) this.ears.started(index, child.pid)
    let hasFailed = false
    child
      .call('work', this.assign(index))
      .catch((error: Error) => {
        // The call of a process that ended fails as well; `ended` tells that.
        if (child.end !== null) return
        hasFailed = true
        this.ears.failed(index, error)
      })
      .finally(() => child.letGo())
    void child.ended.then(({ error }) => {
      this.children[index] = undefined
      if (error !== null) this.ears.failed(index, error)
      else if (!this.stopping && !hasFailed) this.ears.died(index)
    })
  }

  /** Starts a place's process again, unless it runs or all are to stop. */
  restart(index: number): void {
    if (!this.stopping && this.children[index] === undefined) this.start(index)
  }

  /** Tells a worker to stand still at its next entry, in the middle of a transfer. */
  standStill(index: number): void {
    void this.children[index]?.call('standStill')
  }

  kill(index: number): void {
    this.children[index]?.kill()
  }

  /**
   * Tells all to stop, and ends those that have not after a while. Resolves when no process is left, with the number of
   * those that had to be ended.
   */
  async stop(patienceMs: number): Promise<number> {
    this.stopping = true
    const running = this.children.filter((child) => child !== undefined)
    for (const child of running) void child.call('stop')
    const late = await Promise.all(running.map((child) => child.endWithin(patienceMs)))
    return late.filter((isLate) => isLate).length
  }
}
