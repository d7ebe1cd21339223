import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type NodeOptions, TimeoutError } from '../../lib/index.ts'
import type { HistoryEvent } from '../../lib/sim/history/events.ts'
import { Links } from './links.ts'
import { Namespaces } from './namespaces.ts'
import { tidied } from './tidy.ts'
import type { Labour, Note } from './protocol.ts'
import { freePorts } from './ports.ts'
import { ResourceProcess } from './resource-process.ts'
import { Worker } from './worker.ts'

/** Where a cluster lives: one host's directory, a join list whose every address is a proxy, or networks of their own. */
export type PoolKind = 'local' | 'proxies' | 'namespaces'

export interface StageOptions {
  readonly pool: PoolKind
  readonly count: number
  readonly random: () => number
  /** Default: the profile's. */
  readonly sessionMs?: number
  /** Without it the resource lets every process in: the twin in which faults must be seen. Default true. */
  readonly fenced?: boolean
  readonly seed?: number
}

/** What starts a place's process otherwise than the pool does. */
export interface Circumstances {
  readonly environment?: NodeJS.ProcessEnv
  readonly descriptorsMax?: number
}

/** A member that a view left out although its process lived. */
export interface Removal {
  readonly process: string
  readonly atMs: number
}

const secret = 'the secret of the nemesis'
/** Calls of one process are numbered from here on, so that no two processes use one number. */
const callsMax = 1_000_000

/** One cluster of real processes, the resource that it guards, and the history of both. `end` leaves nothing behind. */
export class Stage {
  readonly options: StageOptions
  readonly sessionMs: number
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-nemesis-')))
  readonly links: Links
  readonly namespaces: Namespaces | null
  /** The process at each place at this time; another one after a restart. */
  readonly workers: Worker[] = []
  readonly removals: Removal[] = []
  readonly unexpected: string[] = []
  private readonly all: Worker[] = []
  private readonly cluster = `nemesis-${randomBytes(6).toString('hex')}`
  private readonly beganNs = process.hrtime.bigint()
  private ports: readonly number[] = []
  private addresses: readonly string[] = []
  private resource: ResourceProcess | undefined
  private newest: { readonly epoch: number; readonly members: readonly string[] } = { epoch: 0, members: [] }
  private faults = 0
  private labour: Labour | null = null
  private writing: Promise<unknown> = Promise.resolve()

  private readonly removeFolder = (): void => rmSync(this.folder, { recursive: true, force: true })

  private constructor(options: StageOptions) {
    this.options = options
    this.sessionMs = options.sessionMs ?? (options.pool === 'local' ? 5000 : 3000)
    this.links = new Links(options.random)
    process.once('exit', this.removeFolder)
    this.namespaces = options.pool === 'namespaces' ? new Namespaces(options.count) : null
  }

  /** The resource is there, and a cluster of so many; each is a member of a view of all. */
  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options)
    try {
      await stage.prepare()
      await Promise.all(Array.from({ length: options.count }, (_, place) => stage.start(place)))
      await stage.together(30_000)
    } catch (error) {
      await stage.end()
      throw error
    }
    return stage
  }

  /** How long after everything healed a live waiter may still wait. */
  get healMs(): number {
    return 2 * this.sessionMs + 15_000
  }

  nowMs(): number {
    return Number(process.hrtime.bigint() - this.beganNs) / 1e6
  }

  /** Adds a line to the history. */
  note(note: Note, atMs = this.nowMs()): void {
    const noted = this.resource?.client.note(note, atMs)
    this.writing = Promise.all([this.writing, noted])
    // Told by `history`, which waits for it.
    this.writing.catch(() => undefined)
  }

  /** Notes that a fault begins; the function returned notes its end. Of sides, the first has the majority. */
  fault(kind: string, text: string, sides?: readonly (readonly Worker[])[]): () => void {
    const fault = ++this.faults
    const named = sides === undefined ? {} : { sides: sides.map((side) => side.map(({ name }) => name)), majority: 0 }
    this.note({ type: 'fault', fault, kind, over: false, text, ...named })
    return () => this.note({ type: 'fault', fault, kind, over: true })
  }

  /** Starts the process of a place, and resolves when its node is a member. */
  async start(place: number, circumstances: Circumstances = {}): Promise<Worker> {
    const number = this.all.length
    const name = `p${place + 1}${number < this.options.count ? '' : `-${number}`}`
    const limit = circumstances.descriptorsMax
    const limiter = limit === undefined ? [] : ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh']
    const worker = new Worker(
      {
        name,
        address: this.addresses[place] ?? '',
        wrapper: [...(this.namespaces?.wrapper(place) ?? []), ...limiter],
        variables: circumstances.environment ?? {},
      },
      (from, news) => {
        if (news.type === 'view') this.viewed(news.epoch ?? 0, news.members ?? [])
        if (news.type === 'failed' && news.code === 'UNEXPECTED') this.unexpected.push(`${from.name}: ${news.text}`)
      },
    )
    this.all.push(worker)
    this.workers[place] = worker
    await worker.ask('begin', name, join(this.folder, 'resource'), number * callsMax + 1, this.nodeOptions(place))
    return worker
  }

  /** Starts a place's process, which labours as the others do once it is a member. Resolves when it runs. */
  async startLabouring(place: number, circumstances: Circumstances = {}): Promise<Worker> {
    const joining = this.start(place, circumstances)
    const worker = this.workers[place] as Worker
    // Killed before it was a member, or kept out by a partition until it was: both are as they should be.
    const joined = joining.then((started) => (this.labour === null ? undefined : started.ask('labour', this.labour)))
    joined.catch((error: unknown) => {
      if (!worker.hasEnded) this.unexpected.push(`${worker.name} did not join: ${String(error)}`)
    })
    await Promise.race([joined, pause(this.sessionMs * 2)]).catch(() => undefined)
    return worker
  }

  /** What all labour at from now on. */
  async labourAt(labour: Labour): Promise<void> {
    this.labour = labour
    await Promise.all(this.workers.map((worker) => worker.ask('labour', labour)))
  }

  /** Takes away all that lies between the nodes. */
  healNetwork(): void {
    this.links.heal()
    this.namespaces?.heal()
  }

  async kill(worker: Worker): Promise<void> {
    this.note({ type: 'crashed', process: worker.name })
    worker.kill()
    await worker.ended
  }

  stop(worker: Worker): void {
    this.note({ type: 'paused', process: worker.name })
    worker.stop()
  }

  resume(worker: Worker): void {
    worker.resume()
    this.note({ type: 'resumed', process: worker.name })
  }

  /** Resolves when every live worker is in one view of exactly all of them. */
  async together(withinMs: number): Promise<void> {
    const untilMs = this.nowMs() + withinMs
    for (;;) {
      const live = this.workers.filter((worker) => !worker.hasEnded)
      const ids = live.map(({ id }) => id).sort()
      const agreed = live.every(({ lastView }) => [...lastView.members].sort().join() === ids.join())
      if (agreed && ids.every((id) => id !== '')) return
      if (this.nowMs() > untilMs) {
        const views = live.map(({ name, id, lastView }) => `${name} ${id}: ${lastView.epoch} [${lastView.members.join()}]`)
        throw new TimeoutError(`no view of all within ${withinMs} ms: ${views.join('; ')}`)
      }
      await pause(20)
    }
  }

  /** Everything in order of true time, up to now. */
  async history(): Promise<HistoryEvent[]> {
    await this.writing
    const lines = readFileSync(join(this.folder, 'history.jsonl'), 'utf8').split('\n')
    const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HistoryEvent)
    return tidied(events)
  }

  /** Ends every process by its own id, and takes away folder, proxies and networks. */
  async end(): Promise<void> {
    for (const worker of this.all) worker.kill()
    await Promise.all(this.all.map((worker) => worker.ended))
    await this.resource?.end()
    this.links.close()
    this.namespaces?.remove()
    process.off('exit', this.removeFolder)
    this.removeFolder()
  }

  private async prepare(): Promise<void> {
    const { pool, count, fenced } = this.options
    if (pool === 'proxies') {
      this.ports = await freePorts(count)
      this.addresses = await Promise.all(this.ports.map((port) => this.links.open(port)))
    }
    if (this.namespaces !== null) this.addresses = Array.from({ length: count }, (_, i) => this.namespaces?.address(i) ?? '')
    this.resource = await ResourceProcess.start({
      socket: join(this.folder, 'resource'),
      history: join(this.folder, 'history.jsonl'),
      fenced: fenced ?? true,
      beganNs: String(this.beganNs),
    })
    this.note({
      type: 'run',
      seed: this.options.seed ?? 0,
      nodes: count,
      algorithm: 'home-queue',
      sessionMs: this.sessionMs,
      healMs: this.healMs,
      faultless: false,
      timely: true,
      register: pool === 'local' ? 'local' : 'quorum',
    })
    this.note({ type: 'phase', phase: 'faults' })
  }

  private nodeOptions(place: number): NodeOptions {
    const { pool, sessionMs } = this.options
    const base = pool === 'local' ? 'local' : 'lan'
    const profile = sessionMs === undefined ? base : ({ base, session: sessionMs } as const)
    const common: NodeOptions = { cluster: this.cluster, profile }
    if (pool === 'local') return { ...common, directory: this.folder }
    const advertise = this.addresses[place] ?? ''
    const listen = pool === 'proxies' ? `127.0.0.1:${this.ports[place]}` : '0.0.0.0:7000'
    return { ...common, join: this.addresses, listen, advertise, secret }
  }

  private viewed(epoch: number, members: readonly string[]): void {
    if (epoch <= this.newest.epoch) return
    for (const id of this.newest.members) {
      const worker = this.all.find(({ ids }) => ids.includes(id))
      if (members.includes(id) || worker === undefined || worker.hasEnded) continue
      this.removals.push({ process: worker.name, atMs: this.nowMs() })
    }
    this.newest = { epoch, members }
  }
}
