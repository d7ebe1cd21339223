/**
 * This file is a child, a process or a thread of our own, as its parent sees it. The parent calls it by name, receives its news,
 * knows how it ended, and ends it. How a child is started is in process.ts and thread.ts; the child's side is in parent.ts.
 */
import { ClosedError } from '../base/errors.ts'
import { type CallArguments, type CallFrame, type CallResult, type CallTable, type ChildFrame, receivedError } from './calls.ts'

/** What a child can be sent. Named here, because `NodeJS.Signals` is unknown to a program without `@types/node`. */
export type ChildSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null
  readonly signal: string | null
  /** The error that ended a thread, or why a process could not be started. */
  readonly error: Error | null
}

/** What processes and threads have in common. */
export interface ChildBody {
  /** Undefined for a thread, and for a process that could not be started. */
  readonly pid: number | undefined
  send(frame: CallFrame): void
  /** Threads know no signal but SIGKILL. */
  kill(signal: ChildSignal): void
  /** Closes the channel, or lets the parent end before its thread. */
  letGo(): void
  listen(heard: (frame: ChildFrame) => void, ended: (end: ChildEnd) => void): void
}

/** All running children. They end with this process, also a stopped child that does not see its channel close. */
const running = new Set<ChildBody>()

function killRunning(): void {
  for (const body of running) body.kill('SIGKILL')
}

function enlist(body: ChildBody): void {
  // Before all other listeners, since others remove the folders in which children write.
  if (running.size === 0) process.prependListener('exit', killRunning)
  running.add(body)
}

function strike(body: ChildBody): void {
  running.delete(body)
  if (running.size === 0) process.off('exit', killRunning)
}

/** A process or a thread of our own, as its parent sees it. */
export class Child<Calls extends CallTable<Calls>, News = never> {
  /** As errors name it: `process 2 of 5`. */
  readonly title: string
  /** Resolves when it has ended. */
  readonly ended: Promise<ChildEnd>
  /** Null while it runs. */
  end: ChildEnd | null = null
  private readonly body: ChildBody
  private readonly waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  private readonly ready: Promise<void>
  private isReady: () => void = () => {}
  private isKilled = false
  private readonly errorPrefix: string
  private number = 0

  /**
   * @param hear gets the news that the child tells.
   * @param namesItself the errors that its handlers throw begin with its title.
   */
  constructor(title: string, body: ChildBody, hear?: (news: News) => void, namesItself = false) {
    this.title = title
    this.errorPrefix = namesItself ? `${title}: ` : ''
    this.body = body
    this.ready = new Promise((resolve) => {
      this.isReady = resolve
    })
    enlist(body)
    this.ended = new Promise((resolve) => {
      body.listen(
        (frame) => this.heard(frame, hear),
        (end) => {
          strike(body)
          this.end = end
          for (const { reject } of this.waiting.values()) reject(this.closedError())
          this.waiting.clear()
          resolve(end)
        },
      )
    })
  }

  /** The id of a process; undefined for a thread. */
  get pid(): number | undefined {
    return this.body.pid
  }

  /** Calls the child and resolves with the result. Rejects with the error of its handler, or with CLOSED when the child ended. */
  call<Name extends keyof Calls & string>(name: Name, ...args: CallArguments<Calls, Name>): Promise<CallResult<Calls, Name>> {
    const result = new Promise<CallResult<Calls, Name>>((resolve, reject) => {
      if (this.end !== null) return reject(this.closedError())
      const number = ++this.number
      this.waiting.set(number, { resolve: (value) => resolve(value as CallResult<Calls, Name>), reject })
      void this.ready.then(() => this.body.send({ number, name, args }))
    })
    // A caller that gave up the run does not listen any more, but one that still waits is told.
    result.catch(() => {})
    return result
  }

  /** Sends a signal; by default the child ends at once. A thread ends by SIGKILL and ignores other signals. */
  kill(signal: ChildSignal = 'SIGKILL'): void {
    this.isKilled ||= signal === 'SIGKILL' && this.end === null
    this.body.kill(signal)
  }

  /** Waits so long for the child to end by itself, then kills it. Resolves with whether it had to be killed. */
  async endWithin(patienceMs: number): Promise<boolean> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.kill()
    }, patienceMs)
    await this.ended
    clearTimeout(timer)
    return isLate
  }

  /** Kills the child, and resolves when it has ended. */
  async endNow(): Promise<void> {
    this.kill()
    await this.ended
  }

  /** Closes the channel. A process then ends by itself, unless it was told to outlive its parent; a thread does not keep this process. */
  letGo(): void {
    this.body.letGo()
  }

  /** Why the child does not answer any more. Each caller gets a new error. */
  closedError(): ClosedError {
    if (this.end === null || this.isKilled) return new ClosedError(`${this.title} was ended`)
    const { code, signal, error } = this.end
    const who = this.pid === undefined ? this.title : `${this.title} (pid ${this.pid})`
    const how = error?.message ?? signal ?? `exit code ${code}`
    return new ClosedError(`${who} ended in the middle of the run: ${how}`, error === null ? {} : { cause: error })
  }

  private heard(frame: ChildFrame, hear: ((news: News) => void) | undefined): void {
    switch (frame.kind) {
      case 'ready':
        return this.isReady()
      case 'news':
        return hear?.(frame.news as News)
      case 'result':
        this.waiting.get(frame.number)?.resolve(frame.result)
        break
      case 'failure':
        this.waiting.get(frame.number)?.reject(receivedError(frame.failure, this.errorPrefix))
    }
    this.waiting.delete(frame.number)
  }
}

/** Calls all of them at once. Resolves with their results in the order of the children. */
export function callAll<Calls extends CallTable<Calls>, News, Name extends keyof Calls & string>(
  children: readonly Child<Calls, News>[],
  name: Name,
  ...args: CallArguments<Calls, Name>
): Promise<CallResult<Calls, Name>[]> {
  return Promise.all(children.map((child) => child.call(name, ...args)))
}
