import { type ChildProcess, fork, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { NodeOptions } from '../../lib/index.ts'
import type { Ask, Commands, CommandName, Failure, News, Said } from './protocol.ts'

const script = fileURLToPath(new URL('./worker.js', import.meta.url))

/** How a process or thread ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What processes and threads have in common. */
interface Body {
  readonly pid: number | undefined
  post(ask: Ask): void
  kill(signal: NodeJS.Signals): void
  letGo(): void
}

/** One process (or thread) of a test's own, as its test sees it. */
export class Mate {
  readonly news: News[] = []
  readonly ended: Promise<Ended>
  private readonly ready: Promise<void>
  private isReady: () => void = () => undefined
  hasEnded = false
  id = ''
  address = ''
  private readonly body: Body
  private readonly asked = new Map<number, { resolve(answer: unknown): void; reject(error: Failure | Error): void }>()
  private readonly awaited = new Set<() => void>()
  private sequence = 0

  constructor(body: Body, listen: (said: (said: Said) => void, ended: (how: Ended) => void) => void) {
    this.body = body
    this.ready = new Promise((resolve) => {
      this.isReady = resolve
    })
    this.ended = new Promise((resolve) => {
      listen(
        (said) => this.heard(said),
        (how) => {
          this.hasEnded = true
          for (const { reject } of this.asked.values()) reject(new Error(`the process ended (${how.code ?? how.signal})`))
          this.asked.clear()
          resolve(how)
        },
      )
    })
  }

  get pid(): number {
    if (this.body.pid === undefined) throw new Error('no process')
    return this.body.pid
  }

  ask<Name extends CommandName>(command: Name, ...args: Parameters<Commands[Name]>): Promise<ReturnType<Commands[Name]>> {
    return new Promise((resolve, reject) => {
      const sequence = ++this.sequence
      this.asked.set(sequence, { resolve: resolve as (answer: unknown) => void, reject })
      // A worker of node:cluster loses what comes before its script listens.
      void this.ready.then(() => this.body.post({ sequence, command, args }))
    })
  }

  /** The failure of a command that should fail. */
  async failure<Name extends CommandName>(command: Name, ...args: Parameters<Commands[Name]>): Promise<Failure> {
    const outcome = await this.ask(command, ...args).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error: error as Failure }),
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

  kill(signal: NodeJS.Signals): void {
    this.body.kill(signal)
  }

  /** Ends the channel to it: from here on only what the library keeps open keeps the process alive. */
  async letGo(): Promise<void> {
    await this.ask('letGo')
    this.body.letGo()
  }

  private heard(said: Said): void {
    switch (said.kind) {
      case 'ready':
        return this.isReady()
      case 'news':
        this.news.push(said.news)
        for (const look of [...this.awaited]) look()
        return
      case 'answer':
      case 'failure': {
        const waiting = this.asked.get(said.sequence)
        this.asked.delete(said.sequence)
        if (said.kind === 'answer') waiting?.resolve(said.answer)
        else waiting?.reject(said.failure)
      }
    }
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
  process(wrapper: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Mate {
    const env = { ...process.env, ...environment }
    const stdio: ['ignore', 'inherit', 'inherit', 'ipc'] = ['ignore', 'inherit', 'inherit', 'ipc']
    const child =
      wrapper.length === 0
        ? fork(script, { serialization: 'advanced', env, stdio })
        : spawn(wrapper[0] as string, [...wrapper.slice(1), process.execPath, script], { stdio, env, serialization: 'advanced' })
    return this.ofChild(child)
  }

  /** A worker of `node:cluster`. */
  clusterWorker(): Mate {
    cluster.setupPrimary({ exec: script, serialization: 'advanced' })
    return this.ofChild(cluster.fork().process as ChildProcess)
  }

  /** A thread of this process. */
  thread(): Mate {
    const worker = new Worker(script)
    return this.enlist(
      new Mate(
        {
          pid: undefined,
          post: (ask) => worker.postMessage(ask),
          kill: () => void worker.terminate(),
          letGo: () => worker.unref(),
        },
        (said, ended) => {
          worker.on('message', said)
          worker.on('exit', (code) => ended({ code, signal: null }))
        },
      ),
    )
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
    for (const mate of this.mates) if (!mate.hasEnded) mate.kill('SIGKILL')
    await Promise.all(this.mates.map((mate) => mate.ended))
    rmSync(this.directory, { recursive: true, force: true })
  }

  private ofChild(child: ChildProcess): Mate {
    return this.enlist(
      new Mate(
        {
          pid: child.pid,
          post: (ask) => child.send(ask, () => undefined),
          kill: (signal) => void child.kill(signal),
          letGo: () => child.disconnect(),
        },
        (said, ended) => {
          child.on('message', (message) => said(message as Said))
          child.once('exit', (code, signal) => ended({ code, signal }))
        },
      ),
    )
  }

  private enlist(mate: Mate): Mate {
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
