import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClosedError, type ErrorCode, errorRegistry, HoldfastError } from '../../base/errors.ts'
import type { Answer, AnswerFrame, Ask, QuestionName } from './protocol.ts'

/** One process of a real run. It ends when its channel does, so none outlives the parent. */
export class LabProcess {
  /** As it is called in messages: `process 2 of 5`. */
  readonly title: string
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<HoldfastError>
  private number = 0
  private gone: HoldfastError | null = null
  private isEnding = false

  constructor(title: string, entry = fileURLToPath(new URL(`./worker-entry${extname(import.meta.url)}`, import.meta.url))) {
    this.title = title
    // 'advanced' carries typed arrays as they are; as JSON the logs of a run would take longer than the run.
    this.child = fork(entry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' })
    this.child.on('message', (frame) => this.heard(frame as AnswerFrame))
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.gone ??= new ClosedError(
          this.isEnding ? `${title} was ended` : `${title} (pid ${this.child.pid}) ended in the middle of the run: ${how}`,
        )
        this.failAll(this.gone)
        resolve(this.gone)
      }
      this.child.on('error', (error) => end(error.message))
      this.child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal))
    })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  /** Asks, and waits for the answer. Rejects with the process's error, or with CLOSED when it ended. */
  ask<Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    if (this.gone !== null) return Promise.reject(this.gone)
    const number = ++this.number
    const answer = new Promise<Answer<Name>>((resolve, reject) => {
      this.waiting.set(number, { resolve: (value) => resolve(value as Answer<Name>), reject })
      // What cannot be sent goes to a process that has ended: its exit says how.
      this.child.send({ number, name, ask }, () => {})
    })
    // Whoever asked may have given up the run; who still waits hears of it all the same.
    answer.catch(() => {})
    return answer
  }

  /** Ends the process, without waiting for it. */
  kill(): void {
    this.isEnding = true
    this.child.kill('SIGKILL')
  }

  /** Ends the process at once. */
  async end(): Promise<void> {
    this.kill()
    await this.ended
  }

  private heard(frame: AnswerFrame): void {
    const waiting = this.waiting.get(frame.number)
    this.waiting.delete(frame.number)
    if ('answer' in frame) return waiting?.resolve(frame.answer)
    const message = `${this.title}: ${frame.message}`
    if (Object.hasOwn(errorRegistry, frame.code)) waiting?.reject(new HoldfastError(frame.code as ErrorCode, message))
    else waiting?.reject(new Error(message))
  }

  private failAll(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
  }
}

/** Asks all at once. */
export function askAll<Name extends QuestionName>(
  processes: readonly LabProcess[],
  name: Name,
  ask: Ask<Name>,
): Promise<Answer<Name>[]> {
  return Promise.all(processes.map((process) => process.ask(name, ask)))
}
