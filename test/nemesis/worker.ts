import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CommandName, Commands, News, Order, Said } from './protocol.ts'

const script = fileURLToPath(new URL('./worker-entry.js', import.meta.url))

/** How a worker's process is started. */
export interface Start {
  readonly name: string
  /** The address that its node advertises, with a join list. */
  readonly address: string
  /** A command that starts it in an environment of its own. */
  readonly wrapper?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
}

/** The failure of a command, by the code that its error had over there. */
export class WorkerError extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

/** A worker's process as the conductor sees it. It is ended by its own id only. */
export class Worker {
  readonly name: string
  readonly address: string
  /** Every id that its node had: a new one each time it came back. */
  readonly ids: string[] = []
  /** The lock that it is in while it labours by itself. */
  inside: string | null = null
  sessionsEnded = 0
  lastView: { readonly epoch: number; readonly members: readonly string[] } = { epoch: 0, members: [] }
  readonly ended: Promise<void>
  hasEnded = false
  isStopped = false
  /** Resolves when its node was a member for the first time. */
  readonly member: Promise<void>
  private isMember: () => void = () => undefined
  private readonly child: ChildProcess
  private readonly ready: Promise<void>
  private isReady: () => void = () => undefined
  private readonly asked = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  private sequence = 0
  private readonly listener: (worker: Worker, news: News) => void

  constructor(start: Start, listener: (worker: Worker, news: News) => void) {
    this.name = start.name
    this.address = start.address
    this.listener = listener
    const [command, ...before] = [...(start.wrapper ?? []), process.execPath]
    // Source maps cost memory and time in every process; stacks of workers are not read.
    const env = { ...process.env, NODE_OPTIONS: '', ...start.environment }
    this.child = spawn(command as string, [...before, script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env })
    this.ready = new Promise((resolve) => {
      this.isReady = resolve
    })
    // One that is stopped would not see that its parent is gone.
    const killAtExit = (): void => this.kill()
    process.once('exit', killAtExit)
    this.member = new Promise((resolve) => {
      this.isMember = resolve
    })
    this.child.on('message', (message) => this.heard(message as Said))
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        process.off('exit', killAtExit)
        this.hasEnded = true
        this.inside = null
        for (const { reject } of this.asked.values()) reject(new WorkerError('ENDED', `${this.name} ended`))
        this.asked.clear()
        resolve()
      }
      this.child.once('exit', end)
      this.child.once('error', end)
    })
  }

  get id(): string {
    return this.ids.at(-1) ?? ''
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  async ask<Name extends CommandName>(command: Name, ...args: Parameters<Commands[Name]>): Promise<ReturnType<Commands[Name]>> {
    await Promise.race([this.ready, this.ended])
    return await new Promise((resolve, reject) => {
      if (this.hasEnded) return reject(new WorkerError('ENDED', `${this.name} ended`))
      const sequence = ++this.sequence
      const order: Order = { sequence, command, args }
      this.asked.set(sequence, { resolve: resolve as (answer: unknown) => void, reject })
      this.child.send(order, () => undefined)
    })
  }

  stop(): void {
    this.isStopped = this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.isStopped = false
    this.child.kill('SIGCONT')
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  private heard(said: Said): void {
    switch (said.kind) {
      case 'ready':
        return this.isReady()
      case 'news':
        this.note(said.news)
        return this.listener(this, said.news)
      case 'answer':
        this.asked.get(said.sequence)?.resolve(said.answer)
        this.asked.delete(said.sequence)
        return
      case 'failure':
        this.asked.get(said.sequence)?.reject(new WorkerError(said.code, said.text))
        this.asked.delete(said.sequence)
    }
  }

  private note(news: News): void {
    if (news.id !== '' && news.id !== this.id) this.ids.push(news.id)
    if (news.type === 'view') this.isMember()
    if (news.type === 'inside') this.inside = news.lock ?? null
    else if (news.type === 'outside' || news.type === 'failed') this.inside = null
    else if (news.type === 'sessionEnded') this.sessionsEnded++
    else this.lastView = { epoch: news.epoch ?? 0, members: news.members ?? [] }
  }
}
