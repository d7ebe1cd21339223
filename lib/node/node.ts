/**
 * This file is the public `Node` that `createNode` returns. It passes each call to the part that answers it, and makes no
 * decision about locks or members.
 */
import type { World } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { NoQuorumError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { frozenCopy, inspectAs, inspectKey, type InspectArguments } from '../base/shown.ts'
import { type EventOf, type EventType, eventTypes } from '../observe/events.ts'
import type { Member, View } from '../view/view.ts'
import type { AcquireOptions } from '../port/acquire-options.ts'
import type { Admin } from '../port/admin.ts'
import type { LocalRef, Ref, UserActor } from '../actor/actors.ts'
import { type CloseOptions, parseCloseOptions } from '../port/close-options.ts'
import { abortedError, closedError } from '../port/errors.ts'
import { checkEventType } from '../port/events.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { closingKey, type OnClosing } from '../port/closing.ts'
import { parseQueryOptions, type QueryOptions } from '../port/query-options.ts'
import { type EngineTime, timeKey } from '../port/time.ts'
import type { WebLocks } from '../port/web-locks/types.ts'
import { webLocks } from '../port/web-locks/web-locks.ts'
import type { LockWatch, WatchOptions } from '../port/watch.ts'
import { FreshQuery } from './fresh-query.ts'
import { engineTime } from './engine-time.ts'
import { Life, type NodeState } from './life.ts'
import { type FailoverReport, withHolders } from './explain.ts'
import type { Settings } from './options.ts'
import { checkFunction } from '../base/option-checks.ts'
import type { LockReport } from './reports.ts'
import type { Requests } from './requests.ts'

/** A member of a cluster, and the locks that it shares with the others: the public face. Made by `createNode`. */
export interface Node extends Locks {
  /** This node's id: new at every start, and new again when it comes back after its session ended. */
  readonly id: NodeId
  /** Where others reach it: `unix:ID`, a unix socket in the cluster's directory, or `host:port`. */
  readonly address: string
  /** The name of its cluster. */
  readonly cluster: string
  /** The state of the node. */
  readonly state: NodeState
  /** The newest view that is installed here, as a frozen copy; null before the first. */
  readonly view: View | null
  /** The members of that view, the most senior first. */
  readonly members: readonly Member[]
  /** The [Web Locks API](https://www.w3.org/TR/web-locks/) on these locks. */
  readonly locks: WebLocks
  /** Messages sent since the start, by type. */
  readonly counters: {
    /** By type; messages of locks by kind. */
    readonly messagesSent: Readonly<Record<string, number>>
    /** Refused connections, by the `reason` of `peerRefused`, and connections cut for `tampered` frames. */
    readonly refusals: Readonly<Record<string, number>>
  }
  /**
   * Resolves to a hold if the lock has no other holder or waiter, else to null. While it cannot find that out (no majority, or an
   * evicted node that may be inside), it waits, for at most `wait`. Then it rejects with NO_QUORUM, and the message says how long
   * the doubt lasts. Its other errors are those of `acquire`.
   */
  tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null>
  /** Ends holds of any member, by name and fence. */
  readonly admin: Admin
  /** The holders and waiters of the whole cluster, for locks whose name fits the pattern (`*` stands for any characters). */
  query(pattern?: string, options?: QueryOptions): Promise<LockReport>
  /**
   * By when the lock is granted again after each kind of failure in this cluster, term by term, and what would change it.
   * Rejects with NO_QUORUM before the node is a member.
   *
   * @example for (const { case: what, boundMs } of (await node.explain('invoice/42')).cases) console.log(what, boundMs)
   */
  explain(name: string): Promise<FailoverReport>
  /**
   * A fence that no fence is above which this cluster has granted, as far as this node has heard; the cluster goes on above it. Store it beside your backups, and give
   * it as `fenceFloor` to a cluster that is to go on where this one is lost with its disks. Call it after the last grant; also a closed node tells it.
   *
   * @example await writeFile('fence-floor', String(node.fenceFloor()))
   */
  fenceFloor(): bigint
  /**
   * Listens to events (`'*'`: all) until the returned function is called.
   *
   * @throws BAD_OPTION if there is no event of that name, or `listener` is not a function.
   */
  on<Type extends EventType>(type: Type | '*', listener: (event: EventOf<Type>) => void): () => void
  /** Starts an actor of the user under a name. Throws BAD_OPTION if the name is taken. */
  spawn<State, Body>(name: string, actor: UserActor<State, Body>): LocalRef<Body>
  /**
   * A reference to the actor of that name at a member. The call sends nothing. The caller declares the types of the actor's
   * messages and answers: no member checks them.
   *
   * @example const stock = node.ref<StockMessage, number>(member.id, 'stock')
   */
  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer>
  /**
   * Closes the node. From this moment it rejects new and waiting requests with CLOSED. It waits for running `withLock` bodies and
   * open holds for `drain` (default 5 s), then aborts their signals and ends them. It leaves the cluster, and resolves once the
   * others go on without it. A second call gives the same promise, and its `drain` can only shorten the wait. `await using` calls
   * it without options. Rejects only with BAD_OPTION, and then the node stays open.
   *
   * @example process.once('SIGTERM', () => node.close({ drain: '20s' }).then(() => process.exit(0)))
   */
  close(options?: CloseOptions): Promise<void>
  /** What `JSON.stringify` shows of it. `console.log` shows the same, with the number of members. */
  toJSON(): NodeJson
}

/** A node as plain data, without its options. */
export interface NodeJson {
  /** This node's id. */
  readonly id: NodeId
  /** The name of its cluster. */
  readonly cluster: string
  /** Where others reach it: `unix:ID`, a unix socket in the cluster's directory, or `host:port`. */
  readonly address: string
  /** The state of the node. */
  readonly state: NodeState
  /** The epoch of the newest view that is installed here; null before the first. */
  readonly epoch: number | null
  /** The members of the newest view, the most senior first. */
  readonly members: readonly Member[]
}

/** Starts a node in a world: the real one by `createNode`, a simulated one by `holdfast/sim`. */
export async function startNode(world: World, settings: Settings): Promise<Node> {
  const node = new HoldfastNode(world, settings)
  await node.life.join()
  return node
}

class HoldfastNode implements Node {
  /** Private, since it leads to the settings: a printed node, at any depth, must show no secret. */
  readonly #life: Life
  readonly #requests: Requests
  readonly #admin: Admin
  /** The latest view that was read, and the readers' copy of it. */
  #installed: View | null = null
  #shownView: View | null = null

  constructor(world: World, settings: Settings) {
    this.#life = new Life(world, settings)
    const { requests, orders } = this.#life
    this.#requests = requests
    this.#admin = Object.freeze({ revoke: orders.revoke.bind(orders), force: orders.force.bind(orders) })
  }

  get life(): Life {
    return this.#life
  }

  /** What recipes measure their deadlines by. */
  get [timeKey](): EngineTime {
    return engineTime(this.#life.world)
  }

  /** What recipes release their records by. */
  get [closingKey](): OnClosing {
    return this.#life.closing.on
  }

  get id(): NodeId {
    return this.#life.id
  }

  get address(): string {
    return this.#life.address
  }

  get admin(): Admin {
    return this.#admin
  }

  get cluster(): string {
    return this.#life.settings.cluster
  }

  get state(): NodeState {
    return this.#life.state
  }

  get view(): View | null {
    const installed = this.#life.tenure?.views.view ?? null
    if (installed === this.#installed) return this.#shownView
    this.#installed = installed
    this.#shownView = frozenCopy(installed)
    return this.#shownView
  }

  get members(): readonly Member[] {
    return this.view?.members ?? []
  }

  get locks(): WebLocks {
    return webLocks(this)
  }

  get counters(): Node['counters'] {
    const { counters } = this.#life
    return { messagesSent: counters.messagesSent(), refusals: counters.refusals() }
  }

  acquire(name: string, options?: AcquireOptions): Promise<Hold> {
    return this.#requests.request(name, options, 'acquire')
  }

  tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null> {
    return this.#requests.request(name, options, 'tryAcquire')
  }

  withLock<T>(name: string, ...rest: [WithLockFn<T>] | [AcquireOptions, WithLockFn<T>]): Promise<T> {
    const [options, fn] = rest.length === 2 ? rest : [undefined, rest[0]]
    return this.#requests.withLock(name, options, fn)
  }

  async query(pattern = '*', options?: QueryOptions): Promise<LockReport> {
    this.refuseIfClosed()
    const { fresh, wait, signal } = parseQueryOptions(options)
    if (signal?.aborted === true) throw abortedError('a report of locks', signal)
    if (fresh === true) return await new FreshQuery(this.#life, checkName(pattern, 'pattern'), wait, signal).outcome
    const report = await this.#life.questions.askAll(
      this.members.map((member) => member.id),
      checkName(pattern, 'pattern'),
    )
    this.refuseIfClosed()
    return report
  }

  watch(pattern = '*', options?: WatchOptions): LockWatch {
    this.refuseIfClosed()
    return this.#life.watches.watch(pattern, options)
  }

  async explain(name: string): Promise<FailoverReport> {
    this.refuseIfClosed()
    const failover = this.#life.report.explain(checkName(name, 'lock name'))
    if (failover === null) throw new NoQuorumError(`no view of cluster '${this.cluster}' is installed here yet`)
    return withHolders(failover, await this.query(name))
  }

  fenceFloor(): bigint {
    return this.#life.fenceHighest
  }

  on<Type extends EventType>(type: Type | '*', listener: (event: EventOf<Type>) => void): () => void {
    checkEventType(type, eventTypes, true)
    checkFunction(listener, 'listener')
    return this.#life.feed.on(type, listener)
  }

  spawn<State, Body>(name: string, actor: UserActor<State, Body>): LocalRef<Body> {
    this.refuseIfClosed()
    return this.#life.actors.spawn(checkName(name, 'actor name'), actor)
  }

  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer> {
    this.refuseIfClosed()
    return this.#life.actors.ref(checkName(member, 'member'), checkName(name, 'actor name'))
  }

  close(options?: CloseOptions): Promise<void> {
    try {
      return this.#life.close(parseCloseOptions(options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toJSON(): NodeJson {
    const { id, cluster, address, state, view, members } = this
    return { id, cluster, address, state, epoch: view?.epoch ?? null, members }
  }

  [inspectKey](...args: InspectArguments): string {
    const json = this.toJSON()
    return inspectAs('Node', { ...json, members: json.members.length }, ...args)
  }

  private refuseIfClosed(): void {
    if (this.#life.isLeaving) throw closedError()
  }
}

type WithLockFn<T> = (hold: Hold) => T | Promise<T>
