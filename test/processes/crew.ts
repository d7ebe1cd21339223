import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildSignal } from '../../lib/children/child.ts'
import type { CallArguments, CallResult } from '../../lib/children/calls.ts'
import type { Child, ChildEnd } from '../../lib/children/child.ts'
import { childOf, startProcess } from '../../lib/children/process.ts'
import { startThread } from '../../lib/children/thread.ts'
import type { HoldfastError, NodeOptions } from '../../lib/index.ts'
import type { Commands, News } from './protocol.ts'

const script = new URL('./worker.js', import.meta.url)

type MateChild = Child<Commands, News>

/** One process (or thread) of a test's own, as its test sees it. */
export class Mate {
  readonly news: News[] = []
  readonly child: MateChild
  id = ''
  address = ''
  private readonly awaited = new Set<() => void>()

  /** @param start starts it; its news go to the given function */
  constructor(start: (hear: (news: News) => void) => MateChild) {
    this.child = start((news) => {
      this.news.push(news)
      for (const look of [...this.awaited]) look()
    })
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('no process')
    return this.child.pid
  }

  get ended(): Promise<ChildEnd> {
    return this.child.ended
  }

  ask<Name extends keyof Commands>(command: Name, ...args: CallArguments<Commands, Name>): Promise<CallResult<Commands, Name>> {
    return this.child.call(command, ...args)
  }

  /** The failure of a command that should fail. */
  async failure<Name extends keyof Commands>(command: Name, ...args: CallArguments<Commands, Name>): Promise<HoldfastError> {
    const outcome = await this.ask(command, ...args).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error: error as HoldfastError }),
    )
    if ('answer' in outcome) throw new Error(`${command} went well: ${JSON.stringify(outcome.answer)}`)
    return outcome.error
  }

  async create(options?: NodeOptions): Promise<this> {
    const { id, address } = options === undefined ? await this.ask('create') : await this.ask('create', options)
    this.id = id
    this.address = address
    return this
  }

  /** Resolves with the first news, past or to come, that fits. */
  until(fits: (news: News) => boolean): Promise<News> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.news.find(fits)
        if (found === undefined) return
        this.awaited.delete(look)
        resolve(found)
      }
      this.awaited.add(look)
      look()
    })
  }

  kill(signal: ChildSignal): void {
    this.child.kill(signal)
  }

  /** Ends the channel to it: from here on only what the library keeps open keeps the process alive. */
  async letGo(): Promise<void> {
    await this.ask('letGo')
    this.child.letGo()
  }
}

/** The processes of one test, in a directory and a cluster that no other test meets. Every one is ended by its own id. */
export class Crew {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-crew-')))
  readonly cluster = `crew-${randomBytes(6).toString('hex')}`
  private readonly mates: Mate[] = []

  /** Options for a node of the local directory. */
  get local(): NodeOptions {
    return { cluster: this.cluster, directory: this.directory }
  }

  /** A process with no node yet. `wrapper` is a command that starts it in an environment of its own. */
  process(wrapper: readonly string[] = [], variables: NodeJS.ProcessEnv = {}): Mate {
    return this.enlist((hear) => startProcess(this.title, script, { wrapper, variables, stdout: 'inherit', hear }))
  }

  /** A worker of `node:cluster`. */
  clusterWorker(): Mate {
    cluster.setupPrimary({ exec: fileURLToPath(script), serialization: 'advanced' })
    return this.enlist((hear) => childOf(this.title, cluster.fork().process as ChildProcess, hear))
  }

  /** A thread of this process. */
  thread(): Mate {
    return this.enlist((hear) => startThread(this.title, script, { hear }))
  }

  /** So many processes, each with a node, all members of one view. */
  async pool(count: number, options: NodeOptions = this.local): Promise<Mate[]> {
    const mates = Array.from({ length: count }, () => this.process())
    await Promise.all(mates.map((mate) => mate.create(options)))
    await together(mates)
    return mates
  }

  /** Ends whatever still runs, and takes the directory away. */
  async end(): Promise<void> {
    await Promise.all(this.mates.map(({ child }) => child.endNow()))
    rmSync(this.directory, { recursive: true, force: true })
  }

  private get title(): string {
    return `mate ${this.mates.length + 1}`
  }

  private enlist(start: (hear: (news: News) => void) => MateChild): Mate {
    const mate = new Mate(start)
    this.mates.push(mate)
    return mate
  }
}

/** Resolves when each of these is in an active view of exactly all of them. */
export async function together(mates: readonly Mate[]): Promise<void> {
  for (;;) {
    // What arrives from here on counts as new, or a view between the answer and the look would be missed.
    const next = mates.map((mate) => nextView(mate))
    const views = await Promise.all(mates.map((mate) => mate.ask('members')))
    for (const [index, mate] of mates.entries()) mate.id = (views[index] as { readonly id: string }).id
    const ids = mates
      .map(({ id }) => id)
      .sort()
      .join()
    const lagging = next.filter((_, index) => {
      const view = views[index] as { readonly state: string; readonly members: readonly string[] }
      return view.state !== 'active' || [...view.members].sort().join() !== ids
    })
    if (lagging.length === 0) return
    await Promise.race(lagging)
  }
}

/** Resolves when one has another in its view. */
export async function sees(mate: Mate, other: Mate): Promise<void> {
  for (let next = nextView(mate); !(await mate.ask('members')).members.includes(other.id); next = nextView(mate)) await next
}

function nextView(mate: Mate): Promise<News> {
  const seen = new Set(mate.news)
  return mate.until((news) => news.type === 'viewActivated' && !seen.has(news))
}

/** Addresses on loopback that were free a moment ago. */
export async function freeAddresses(count: number): Promise<string[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer()
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const addresses = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return addresses
}
