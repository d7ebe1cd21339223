import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, errorRegistry, HoldfastError } from '../base/errors.ts'
import type { Answer, AnswerFrame, Ask, QuestionName } from './protocol.ts'

/** One process of the bench. It ends when its channel does, so none outlives the parent. */
export class BenchProcess {
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  private readonly ended: Promise<void>
  private number = 0
  private gone = false

  constructor(entry = fileURLToPath(new URL(`./worker-entry${extname(import.meta.url)}`, import.meta.url))) {
    // 'advanced' carries typed arrays as they are; in JSON a hundred thousand times would dominate the run.
    this.child = fork(entry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' })
    this.child.on('message', (frame) => this.heard(frame as AnswerFrame))
    this.child.on('error', (error) => this.failAll(error))
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.gone = true
        this.failAll(new Error(`a process of the bench ended by itself (${signal ?? code})`))
        resolve()
      })
    })
  }

  /** Asks, and waits for the answer. Rejects with the process's error, or when it ended. */
  ask<Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    if (this.gone) return Promise.reject(new Error('a process of the bench has ended'))
    const number = ++this.number
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve: (answer) => resolve(answer as Answer<Name>), reject })
      this.child.send({ number, name, ask }, (error) => {
        if (error !== null) this.failAll(error)
      })
    })
  }

  /** Ends the process, without waiting for it. */
  kill(): void {
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
    if ('answer' in frame) waiting?.resolve(frame.answer)
    else if (Object.hasOwn(errorRegistry, frame.code)) waiting?.reject(new HoldfastError(frame.code as ErrorCode, frame.message))
    else waiting?.reject(new Error(frame.message))
  }

  private failAll(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
  }
}

/** Starts so many processes, and ends them whatever becomes of `use`. */
export async function withProcesses<T>(count: number, use: (processes: readonly BenchProcess[]) => Promise<T>): Promise<T> {
  const processes = Array.from({ length: count }, () => new BenchProcess())
  try {
    return await use(processes)
  } finally {
    await Promise.all(processes.map((process) => process.end()))
  }
}

/** Asks all at once. */
export function askAll<Name extends QuestionName>(
  processes: readonly BenchProcess[],
  name: Name,
  ask: Ask<Name>,
): Promise<Answer<Name>[]> {
  return Promise.all(processes.map((process) => process.ask(name, ask)))
}
