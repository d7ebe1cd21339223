/**
 * Processes of this machine that are asked questions over their channel, for whoever measures or watches real nodes. Each question
 * has a name, and one answer. A process ends when its channel does, so none outlives the parent.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { ClosedError, type ErrorCode, errorRegistry, HoldfastError } from '../base/errors.ts'
import { isError } from '../base/foreign.ts'

/** What may be asked: by name, the question and its answer. */
export type QuestionTable<Table> = { readonly [Name in keyof Table]: { readonly ask: unknown; readonly answer: unknown } }
export type AskOf<Table extends QuestionTable<Table>, Name extends keyof Table> = Table[Name]['ask']
export type AnswerOf<Table extends QuestionTable<Table>, Name extends keyof Table> = Table[Name]['answer']
/** A method for each question. */
export type Answerers<Table extends QuestionTable<Table>> = {
  readonly [Name in keyof Table]: (ask: AskOf<Table, Name>) => Promise<AnswerOf<Table, Name>>
}

/** On the channel, to a process. */
interface AskFrame {
  readonly number: number
  readonly name: string
  readonly ask: unknown
}

/** On the channel, from a process: an answer, or why there is none. */
type AnswerFrame =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly code: string; readonly message: string }

/** A process that was forked, as its parent sees it. */
export class Forked<Table extends QuestionTable<Table>> {
  /** As it is called in messages: `process 2 of 5`. */
  readonly title: string
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<HoldfastError>
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  private number = 0
  /** How it ended; null while it runs. Each caller that asked gets an error of its own. */
  private gone: string | null = null
  private isEnding = false

  /** @param entry The file that it runs, which calls `answerParent`. */
  constructor(title: string, entry: string) {
    this.title = title
    // 'advanced' carries typed arrays as they are; as JSON the logs of a run would take longer than the run.
    this.child = fork(entry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' })
    this.child.on('message', (frame) => this.heard(frame as AnswerFrame))
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.gone ??= this.isEnding
          ? `${title} was ended`
          : `${title} (pid ${this.child.pid}) ended in the middle of the run: ${how}`
        this.failAll(this.gone)
        resolve(new ClosedError(this.gone))
      }
      this.child.on('error', (error) => end(error.message))
      this.child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal))
    })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  /** Asks, and waits for the answer. Rejects with the process's error, or with CLOSED when it ended. */
  ask<Name extends keyof Table & string>(name: Name, ask: AskOf<Table, Name>): Promise<AnswerOf<Table, Name>> {
    if (this.gone !== null) return Promise.reject(new ClosedError(this.gone))
    const number = ++this.number
    const answer = new Promise<AnswerOf<Table, Name>>((resolve, reject) => {
      this.waiting.set(number, { resolve: (value) => resolve(value as AnswerOf<Table, Name>), reject })
      const frame: AskFrame = { number, name, ask }
      // What cannot be sent goes to a process that has ended: its exit says how.
      this.child.send(frame, () => {})
    })
    // The caller may have given up the run; one that still waits is told all the same.
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

  private failAll(message: string): void {
    for (const waiting of this.waiting.values()) waiting.reject(new ClosedError(message))
    this.waiting.clear()
  }
}

/** Asks all at once. */
export function askAll<Table extends QuestionTable<Table>, Name extends keyof Table & string>(
  processes: readonly Forked<Table>[],
  name: Name,
  ask: AskOf<Table, Name>,
): Promise<AnswerOf<Table, Name>[]> {
  return Promise.all(processes.map((process) => process.ask(name, ask)))
}

/** In the process that was forked: answers whatever the parent asks, and ends when the parent is gone. */
export function answerParent<Table extends QuestionTable<Table>>(answers: Answerers<Table>): void {
  process.on('disconnect', () => process.exit(0))
  // An interrupt from the keyboard reaches the whole group; the parent ends us in its own time.
  process.on('SIGINT', () => {})
  process.on('message', (message) => {
    const { number, name, ask } = message as AskFrame
    const answer = (answers as unknown as Record<string, (ask: unknown) => Promise<unknown>>)[name]
    Promise.resolve(answer?.(ask)).then(
      (given) => reply({ number, answer: given }),
      (error: unknown) => reply({ number, ...told(error) }),
    )
  })
}

/** An error of ours by its code; of anything else the stack, since it is a bug. */
function told(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof HoldfastError) return { code: error.code, message: error.message }
  return { code: 'UNEXPECTED', message: isError(error) ? (error.stack ?? error.message) : String(error) }
}

function reply(frame: AnswerFrame): void {
  if (process.connected) process.send?.(frame)
}
