/**
 * This file is the public `Observer` that `createObserver` returns. It asks members questions, and changes neither a view nor a
 * lock.
 */
import { nodeFormat } from '../mutex/format.ts'
import { Links, type LinkWatcher, type Receiver } from '../link/links.ts'
import type { Directory, PeerInfo, TimerHandle, Transport, World } from '../world/world.ts'
import { ClosedError, type HoldfastError, NoQuorumError, NotRunningError, RefusedError, TimeoutError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { inspectAs, inspectKey, type InspectArguments } from '../base/shown.ts'
import { checkName } from '../base/names.ts'
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { secretFor } from './doors.ts'
import { type FailoverReport, withHolders } from './explain.ts'
import { abortedError } from '../port/errors.ts'
import type { LockWatch, WatchOptions } from '../port/watch.ts'
import type { Mail } from '../world/runtime.ts'
import { Opening } from './opening.ts'
import type { Settings } from './options.ts'
import { Questions } from './questions.ts'
import { readRecoveryAnswer, recoveryAnswer } from './recovery.ts'
import { type LockReport, type MembersReport, readFailover, readMembersAnswer } from './reports.ts'
import { TurnedAway } from './turned-away.ts'
import { LockWatches } from './watches.ts'

/**
 * An observer is authenticated like a member but is not one, so it changes no view. Made by `createObserver`. Once it is closed,
 * every question is rejected with CLOSED.
 *
 * @example
 * const observer = await createObserver({ cluster: 'billing' })
 * console.table((await observer.members()).members)
 * await observer.close()
 */
export interface Observer extends AsyncDisposable {
  /**
   * The newest view at the member that answered. Epoch 0 and no members: that node is in no view at present. Rejects with TIMEOUT
   * if no member answers.
   */
  members(): Promise<MembersReport>
  /**
   * The holders and waiters at all members. Rejects with NO_QUORUM if the answering node is in no view, and with TIMEOUT if no
   * member answers.
   */
  locks(pattern?: string): Promise<LockReport>
  /**
   * Tells the states of the locks that fit the pattern, as `watch` of a node does. The observer looks every second who is a member, and tells
   * nothing new while no member answers.
   *
   * @throws BAD_OPTION for a wrong pattern or option; CLOSED.
   */
  watch(pattern?: string, options?: WatchOptions): LockWatch
  /**
   * By when that lock is granted again after each kind of failure, and what would change it. Rejects with NO_QUORUM if the
   * answering node is in no view, and with TIMEOUT if no member answers.
   */
  explain(name: string): Promise<FailoverReport>
  /**
   * Orders the survivor that answers to found the cluster anew with a shorter join list. Use it only if the others are gone for
   * good: if one of them still runs, two nodes may hold one lock. Rejects with REFUSED, and its reason, or TIMEOUT.
   */
  recover(join: readonly string[]): Promise<void>
  /** Ends its connections. Questions that are open are rejected with CLOSED. */
  close(): Promise<void>
  /** What `JSON.stringify` and `console.log` show of it. */
  toJSON(): ObserverJson
}

/** An observer as plain data, without its options. */
export interface ObserverJson {
  /** The name of the cluster that it observes. */
  readonly cluster: string
  /** Whether it is open. */
  readonly state: 'open' | 'closed'
}

const connectWaitMs = 5000
/** How often an observer that watches asks who is a member. */
const membersEveryMs = 1000

/**
 * Connects to any member. Rejects with NOT_RUNNING if there is none, TIMEOUT if none answers, ABORTED by `signal`, or with the
 * refusal.
 */
export async function startObserver(world: World, settings: Settings): Promise<Observer> {
  const observer = new Onlooker(world, settings)
  try {
    await observer.connect()
  } catch (error) {
    await observer.close()
    throw error
  }
  return observer
}

class Onlooker implements Observer {
  readonly #world: World
  readonly #settings: Settings
  readonly #id: NodeId
  readonly #links: Links
  readonly #questions: Questions
  readonly #watches: LockWatches
  /** While locks are watched. */
  #membersTimer: TimerHandle
  #isWatching = false
  #watchedView = ''
  readonly #peers = new Map<NodeId, PeerInfo>()
  #sought: readonly string[] = []
  #transport: Transport | undefined
  #directory: Directory | null = null
  readonly #patience = new Opening()
  /** Resolves when no opening is under way. */
  #opening: Promise<void> = Promise.resolve()
  readonly #turnedAway = new TurnedAway()
  #isClosed = false
  #connected: { resolve(): void; reject(error: unknown): void } | undefined

  constructor(world: World, settings: Settings) {
    this.#world = world
    this.#settings = settings
    this.#id = world.newId()
    this.#links = new Links({
      world,
      self: this.#id,
      limits: { unacknowledgedMax: settings.limits.unacknowledgedMax, frameBytesMax: settings.limits.frameBytesMax },
      format: nodeFormat,
      emit: () => {},
    })
    const user: Receiver & LinkWatcher = {
      deliver: (from, message) => {
        if (message.type === 'query.answer') this.#questions.receive(from, message)
        else if (message.type === 'watch.news' || message.type === 'watch.refuse') this.#watches.receive(from, message)
      },
      opened: (peer) => {
        this.#peers.set(peer.id, peer)
        this.#connected?.resolve()
        this.#watches.reopened(peer.id)
      },
      closed: (peer) => {
        this.#peers.delete(peer)
        this.#questions.peerGone(peer)
      },
      overflowed: () => {},
      dialFailed: (address, error) => {
        this.#turnedAway.failed(address, error)
        // A caller with a `wait` waits for a node that starts in that time; without one it is told at once that none runs.
        const absence = settings.waitMs === undefined ? this.#turnedAway.nobodyAt(this.#sought, settings.cluster) : null
        const verdict = this.#turnedAway.verdictOfAll(this.#sought) ?? absence
        if (verdict !== null) this.#connected?.reject(verdict)
      },
    }
    this.#links.serve(user, user)
    const mail: Mail = { self: () => this.#id, send: (to, message) => this.#links.send(to, message) }
    this.#watches = new LockWatches({ mail, nowMs: () => world.time.monotonicMs(), used: (isUsed) => this.followMembers(isUsed) })
    this.#questions = new Questions(world, mail, {
      members: () => ({}),
      locks: () => ({ held: [], pending: [], cached: [] }),
      waits: () => [],
      explain: () => null,
      recover: () =>
        recoveryAnswer(
          new RefusedError('an observer cannot recover a cluster: send the order to a member', { reason: 'recover' }),
        ),
    })
  }

  /** Resolves once a member is connected. */
  async connect(): Promise<void> {
    const { cluster, signal, waitMs = connectWaitMs } = this.#settings
    const first = new Promise<void>((resolve, reject) => {
      this.#connected = { resolve, reject }
    })
    // It may be rejected while the directory is still being opened; it is awaited right after.
    first.catch(() => {})
    const timer = this.#world.setTimer(waitMs, () => this.#connected?.reject(this.deadlineError(waitMs)))
    const onAbort = (): void => this.#connected?.reject(abortedError(`cluster ${cluster}`, signal))
    try {
      if (signal?.aborted === true) throw abortedError(`cluster ${cluster}`, signal)
      if (signal !== undefined) watchAbort(signal, onAbort)
      const opening = this.open()
      this.#opening = opening.catch(() => {})
      await Promise.race([opening, first])
      await first
    } finally {
      this.#world.clearTimer(timer)
      if (signal !== undefined) unwatchAbort(signal, onAbort)
      this.#connected = undefined
    }
  }

  /** Looks up the members' addresses, and dials them. */
  private async open(): Promise<void> {
    const { cluster, join } = this.#settings
    const directory = typeof join === 'string' ? await this.#world.findDirectory(cluster, this.#patience) : null
    if (typeof join === 'string' && directory === null)
      throw new NotRunningError(`there is no local directory of cluster '${cluster}': no node of it ran here since this boot`)
    const addresses = typeof join === 'string' ? (directory?.entries() ?? []).map(({ address }) => address) : join
    const secret = secretFor(this.#settings, directory)
    this.#directory = directory
    if (addresses.length === 0) throw new NotRunningError(`no node is listed in ${this.where}`)
    this.#patience.what = null
    const identity = { id: this.#id, cluster, role: 'observer', ...secret } as const
    this.#transport = await this.#world.openTransport(identity, this.#links, this.#patience, directory)
    if (this.#isClosed) return
    this.#links.attach(this.#transport)
    this.#sought = addresses
    this.#links.seek(addresses)
  }

  private get where(): string {
    const { cluster, join } = this.#settings
    return typeof join === 'string' ? `the local directory of cluster '${cluster}'` : join.join(', ')
  }

  private deadlineError(waitMs: number): HoldfastError {
    const { cluster } = this.#settings
    const { what } = this.#patience
    if (what !== null)
      return new TimeoutError(`no member of cluster '${cluster}' was found within ${waitMs} ms: it still waits for ${what}`)
    return (
      this.#turnedAway.latest ??
      this.#turnedAway.nobodyAt(this.#sought, cluster) ??
      new TimeoutError(`no member of cluster '${cluster}' answered at ${this.where} within ${waitMs} ms`)
    )
  }

  async members(): Promise<MembersReport> {
    let outside: MembersReport | undefined
    for (const peer of this.asked()) {
      const answer = await this.#questions.ask(peer, 'members', '*')
      if (answer === undefined) continue
      const report = readMembersAnswer(answer)
      if (report.epoch > 0) return report
      // Another one may be in a view.
      outside ??= report
    }
    if (outside === undefined || this.#isClosed) throw this.noAnswer()
    return outside
  }

  async locks(pattern = '*'): Promise<LockReport> {
    const { epoch, members } = await this.members()
    // Without any answer the report would wrongly say that there are no holders.
    if (epoch === 0) throw this.noView()
    for (const { id, address } of members) this.#links.keep(id, address)
    const report = await this.#questions.askAll(
      members.map((member) => member.id),
      pattern,
    )
    if (this.#isClosed) throw this.noAnswer()
    return report
  }

  watch(pattern = '*', options?: WatchOptions): LockWatch {
    if (this.#isClosed) throw this.noAnswer()
    return this.#watches.watch(pattern, options)
  }

  async explain(name: string): Promise<FailoverReport> {
    const lock = checkName(name, 'lock name')
    let isOutside = false
    for (const peer of this.asked()) {
      const answer = await this.#questions.ask(peer, 'explain', lock)
      const failover = readFailover(answer)
      if (failover !== null) return withHolders(failover, await this.locks(lock))
      isOutside ||= answer !== undefined
    }
    throw isOutside && !this.#isClosed ? this.noView() : this.noAnswer()
  }

  async recover(join: readonly string[]): Promise<void> {
    for (const peer of this.asked()) {
      const address = this.#peers.get(peer)?.address ?? peer
      const answer = await this.#questions.recover(peer, join)
      if (answer !== undefined) return readRecoveryAnswer(answer, address)
    }
    throw this.noAnswer()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#watches.close(this.noAnswer())
    this.#questions.reset()
    this.#links.close()
    this.#patience.giveUp()
    await this.#opening
    await this.#transport?.close()
    this.#directory?.close()
  }

  /** Tells the watches who is a member, as long as there are any. */
  private followMembers(isWatching: boolean): void {
    this.#isWatching = isWatching
    this.#world.clearTimer(this.#membersTimer)
    if (isWatching) void this.lookForMembers()
  }

  private async lookForMembers(): Promise<void> {
    // A question without an answer is put again.
    const report = await this.members().catch(() => null)
    if (!this.#isWatching) return
    this.#membersTimer = this.#world.setTimer(membersEveryMs, () => void this.lookForMembers())
    const { epoch, members } = report ?? { epoch: 0, members: [] }
    const view = `${epoch} ${members.map(({ id }) => id)}`
    if (epoch === 0 || view === this.#watchedView) return
    this.#watchedView = view
    for (const { id, address } of members) this.#links.keep(id, address)
    this.#watches.subscribe(members.map(({ id }) => id))
  }

  /** The peers to ask, one after another; none after `close`, which may come during a question. */
  private *asked(): Iterable<NodeId> {
    for (const peer of this.#peers.keys()) {
      if (this.#isClosed) return
      yield peer
    }
  }

  private noAnswer(): HoldfastError {
    if (this.#isClosed) return new ClosedError('the observer is closed')
    return new TimeoutError(`no node of cluster '${this.#settings.cluster}' answered`)
  }

  private noView(): HoldfastError {
    const where = [...this.#peers.values()].map(({ address }) => address).join(', ')
    return new NoQuorumError(`the node of cluster '${this.#settings.cluster}' that answers at ${where} is in no view at present`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toJSON(): ObserverJson {
    return { cluster: this.#settings.cluster, state: this.#isClosed ? 'closed' : 'open' }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('Observer', this.toJSON(), ...args)
  }
}
