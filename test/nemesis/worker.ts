import type { CallArguments, CallResult } from '../../lib/children/calls.ts'
import type { Child, ChildEnd } from '../../lib/children/child.ts'
import { startProcess } from '../../lib/children/process.ts'
import type { Commands, News } from './protocol.ts'

const script = new URL('./worker-entry.js', import.meta.url)

/** How a worker's process is started. */
export interface Start {
  readonly name: string
  /** The address that its node advertises, with a join list. */
  readonly address: string
  /** A command that starts it in surroundings of its own. */
  readonly wrapper: readonly string[]
  readonly variables: NodeJS.ProcessEnv
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
  isStopped = false
  /** Resolves when its node was a member for the first time. */
  readonly member: Promise<void>
  private isMember: () => void = () => undefined
  private readonly child: Child<Commands, News>

  /** @param listener gets its news, after they were noted here */
  constructor({ name, address, wrapper, variables }: Start, listener: (worker: Worker, news: News) => void) {
    this.name = name
    this.address = address
    this.member = new Promise((resolve) => {
      this.isMember = resolve
    })
    this.child = startProcess(name, script, {
      wrapper,
      // Source maps cost memory and time in every process; stacks of workers are not read.
      flags: [],
      variables: { NODE_OPTIONS: '', ...variables },
      stdout: 'inherit',
      hear: (news) => {
        this.note(news)
        listener(this, news)
      },
    })
    void this.ended.then(() => {
      this.inside = null
    })
  }

  get ended(): Promise<ChildEnd> {
    return this.child.ended
  }

  get hasEnded(): boolean {
    return this.child.end !== null
  }

  get id(): string {
    return this.ids.at(-1) ?? ''
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Rejects with CLOSED when it ended. */
  ask<Name extends keyof Commands>(command: Name, ...args: CallArguments<Commands, Name>): Promise<CallResult<Commands, Name>> {
    return this.child.call(command, ...args)
  }

  stop(): void {
    this.isStopped = !this.hasEnded
    this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.isStopped = false
    this.child.kill('SIGCONT')
  }

  kill(): void {
    this.child.kill()
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
