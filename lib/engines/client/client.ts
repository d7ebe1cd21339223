/** This file implements a client of an engine whose locks a server keeps: it checks requests, counts holds, and drains when it closes. */
import { BadOptionError, type HoldfastError, OverloadedError } from '../../base/errors.ts'
import type { Loss } from '../../base/loss.ts'
import { messageOf } from '../../base/message-of.ts'
import { carries, type Carrier, Mode, notCarried } from '../../base/mode.ts'
import { checkName, matchesPattern } from '../../base/names.ts'
import { checkFunction } from '../../base/option-checks.ts'
import { inspectAs, inspectKey, withJson, type InspectArguments } from '../../base/shown.ts'
import { Feed } from '../../observe/feed.ts'
import { type AcquireCall, type AcquireOptions, type AcquireSettings, parseAcquireOptions } from '../../port/acquire-options.ts'
import { type CloseOptions, defaultDrainMs, lossAfter, parseCloseOptions } from '../../port/close-options.ts'
import { acquireStarted, traced } from '../../port/diagnostics.ts'
import { abortedError, closedError } from '../../port/errors.ts'
import { checkEventType, type LockEventOf, type LockEventType, lockEventTypes } from '../../port/events.ts'
import type { Hold } from '../../port/hold.ts'
import { Owners } from '../../port/owners.ts'
import { parseQueryOptions, type QueryOptions } from '../../port/query-options.ts'
import type { QueryReport } from '../../port/reports.ts'
import type { LockWatch } from '../../port/watch.ts'
import { checkTask, type LockedTask, runUnder } from '../../port/with-lock.ts'
import { copyPlain, frozenMeta } from '../../wire/plain-data.ts'
import { EngineDrain } from '../common/drain.ts'
import { clientTime, laterIfAlive, nextTurn, sinceStartMs, wallMs } from '../common/time.ts'
import { ServerHold } from './hold.ts'
import { LockLine } from './line.ts'
import type { ServerLocks, ServerLocksJson, ServerLocksState } from './locks.ts'
import type { ServerGrant, EngineServer } from './server.ts'
import { ServerWaiter } from './waiter.ts'

const modes: Carrier['modes'] = ['exclusive']
const cure = 'Choose the mesh (createNode) or memoryLocks for other modes'
const revokeCure = 'Leave revocable out, or choose the mesh (createNode) or memoryLocks'
const watchCure = 'Choose the mesh (createNode) or memoryLocks'

/** What a client is called, and how many may wait. */
export interface ClientOptions {
  /** The engine, as in "the engine on Redis". */
  readonly engine: string
  readonly id: string
  readonly cluster: string
  readonly waitersPerLockMax: number
}

export class ServerClient implements ServerLocks {
  readonly cluster: string
  readonly id: string
  readonly #engine: string
  readonly #waitersPerLockMax: number
  readonly #server: EngineServer
  readonly #lines = new Map<string, LockLine>()
  readonly #holds = new Map<ServerHold, LockLine>()
  readonly #feed = new Feed((error) => process.emitWarning(`a listener of events threw: ${messageOf(error)}`, 'HoldfastWarning'))
  #nextOwner = 1
  /** Of reentrant requests; null before the first. */
  #owners: Owners | null = null
  #state: ServerLocksState = 'active'
  #ending: Promise<void> | null = null
  #drain: EngineDrain | null = null

  constructor({ engine, id, cluster, waitersPerLockMax }: ClientOptions, server: EngineServer) {
    this.#engine = engine
    this.id = id
    this.cluster = cluster
    this.#waitersPerLockMax = waitersPerLockMax
    this.#server = server
  }

  get state(): ServerLocksState {
    return this.#state
  }

  async acquire(name: string, options?: AcquireOptions): Promise<Hold> {
    return await this.#traced(name, 'acquire', () => this.#acquire(name, options, 'acquire'))
  }

  async tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null> {
    return await this.#traced(name, 'tryAcquire', () => this.#tryAcquire(name, options))
  }

  async #tryAcquire(name: string, options: AcquireOptions | undefined): Promise<Hold | null> {
    const request = this.#check(name, options, 'tryAcquire')
    if (request.isReentrant) return await this.#reentrant.request(name, request, 'tryAcquire')
    return await this.#try(name, request)
  }

  async #try(name: string, request: AcquireSettings, owner?: number): Promise<Hold | null> {
    return this.#lines.get(name)?.isTaken === true ? null : await this.#ask(name, request, true, owner)
  }

  async withLock<T>(name: string, ...rest: [LockedTask<T>] | [AcquireOptions, LockedTask<T>]): Promise<T> {
    const [options, task] = rest.length === 2 ? rest : [undefined, rest[0]]
    checkTask(task)
    return await runUnder(
      this.#traced(name, 'withLock', () => this.#acquire(name, options, 'withLock')),
      task,
    )
  }

  async query(pattern = '*', options?: QueryOptions): Promise<QueryReport> {
    if (this.#state === 'closed') throw this.#closed()
    parseQueryOptions(options)
    checkName(pattern, 'pattern')
    const lines = [...this.#lines.values()].filter(({ name }) => matchesPattern(pattern, name))
    const readMs = sinceStartMs()
    const holder = this.id
    return {
      held: lines.flatMap(({ name, hold }) => {
        if (hold?.state !== 'held' && hold?.state !== 'suspect') return []
        const { owner, sinceMs, meta } = ServerHold.toldOf(hold)
        const { mode, fence } = hold
        return [withJson({ name, mode, fence, holder, owner, heldMs: readMs - sinceMs, meta: copyPlain(meta, 'meta') })]
      }),
      pending: lines.flatMap(({ name, waiters }) =>
        [...waiters]
          .filter(({ isTry }) => !isTry)
          .map(({ owner, sinceMs, meta }, before) => ({
            name,
            mode: 'exclusive' as const,
            node: holder,
            owner,
            waitedMs: readMs - sinceMs,
            place: before + 1,
            meta: copyPlain(meta, 'meta'),
          })),
      ),
    }
  }

  watch(): LockWatch {
    throw new BadOptionError(
      `${this.#engine} cannot watch locks: its server tells no client of the locks of others. ${watchCure}`,
      {
        option: 'watch',
      },
    )
  }

  on<Type extends LockEventType>(type: Type, listener: (event: LockEventOf<Type>) => void): () => void {
    checkEventType(type, lockEventTypes, false)
    checkFunction(listener, 'listener')
    return this.#feed.on(type, listener)
  }

  close(options?: CloseOptions): Promise<void> {
    try {
      const drainMs = parseCloseOptions(options)
      if (this.#ending === null) this.#ending = this.#end(drainMs ?? defaultDrainMs)
      else if (drainMs !== undefined) this.#drain?.hurry(drainMs)
      return this.#ending
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toJSON(): ServerLocksJson {
    const { cluster, id, state } = this
    const waiters = [...this.#lines.values()].reduce((sum, line) => sum + line.waiters.size, 0)
    return { cluster, id, state, holds: this.#holds.size, waiters }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('ServerLocks', this.toJSON(), ...args)
  }

  /** The line: the server's grant became a hold of that waiter. */
  granted(line: LockLine, waiter: ServerWaiter, grant: ServerGrant): ServerHold {
    const hold = new ServerHold(this, waiter, grant)
    this.#holds.set(hold, line)
    this.#feed.emit({ type: 'lockGranted', lock: line.name, fence: hold.fence, waitedMs: sinceStartMs() - waiter.sinceMs })
    return hold
  }

  /** The server has the lock of this hold again. */
  released(hold: ServerHold): void {
    const line = this.#holds.get(hold)
    if (line === undefined) return
    this.#feed.emit({ type: 'lockReleased', lock: hold.name, fence: hold.fence })
    this.#removed(hold, line)
  }

  /**
   * Ends holds. All of them are marked first, so that an owner that is told of one finds the others lost as well. The next waiters are
   * served last.
   */
  lose(holds: readonly ServerHold[], loss: Loss): void {
    const ended = holds.flatMap((hold) => {
      const line = this.#holds.get(hold)
      return line === undefined ? [] : [{ hold, line }]
    })
    this.#tellLost(
      ended.map(({ hold }) => hold),
      loss,
    )
    for (const { hold, line } of ended) this.#removed(hold, line)
  }

  /** Ends a hold that the server still grants. Its owner is told first; then the server has the lock again. */
  async forfeit(hold: ServerHold, loss: Loss): Promise<void> {
    const line = this.#holds.get(hold)
    if (line === undefined) return
    this.#tellLost([hold], loss)
    await ServerHold.giveBack(hold)
    this.#removed(hold, line)
  }

  /** The line has no hold, no waiter and no request. */
  forget(line: LockLine): void {
    if (this.#lines.get(line.name) === line) this.#lines.delete(line.name)
  }

  #traced<Held extends Hold | null>(name: string, call: AcquireCall, request: () => Promise<Held>): Promise<Held> {
    return acquireStarted.hasSubscribers ? traced({ id: this.id, feed: this.#feed }, name, call, request) : request()
  }

  async #acquire(name: string, options: AcquireOptions | undefined, call: AcquireCall): Promise<Hold> {
    const request = this.#check(name, options, call)
    return (await (request.isReentrant ? this.#reentrant.request(name, request, call) : this.#ask(name, request, false))) as Hold
  }

  get #reentrant(): Owners {
    this.#owners ??= new Owners({
      id: this.id,
      time: clientTime,
      wallMs,
      later: laterIfAlive,
      // The server tells no client of the requests of others.
      othersWaits: async () => [],
      turn: nextTurn,
      nextOwner: () => this.#nextOwner++,
      check: (hold) => hold.check(),
      request: async (name, request, call, owner) => {
        if (this.#state !== 'active') throw this.#closed()
        return await (call === 'tryAcquire' ? this.#try(name, request, owner) : this.#ask(name, request, false, owner))
      },
    })
    return this.#owners
  }

  #check(name: string, options: AcquireOptions | undefined, call: AcquireCall): AcquireSettings {
    if (this.#state !== 'active') throw this.#closed()
    checkName(name, 'lock name')
    const request = parseAcquireOptions(options === undefined ? {} : options, Mode.exclusive, call, frozenMeta)
    if (request.graceMs !== undefined) throw this.#cannotRevoke()
    const carrier = { name: this.#engine, modes }
    if (!carries(carrier, request.mode)) throw notCarried(request.mode, this.#engine, carrier, cure)
    if (request.signal?.aborted === true) throw abortedError(name, request.signal)
    return request
  }

  #cannotRevoke(): HoldfastError {
    return new BadOptionError(
      `${this.#engine} cannot ask for a hold: its server tells no client of the orders of others. ${revokeCure}`,
      {
        option: 'revocable',
      },
    )
  }

  #ask(name: string, request: AcquireSettings, isTry: boolean, owner?: number): Promise<ServerHold | null> {
    let line = this.#lines.get(name)
    if (line === undefined) this.#lines.set(name, (line = new LockLine(name, this, this.#server)))
    if (line.waiters.size >= this.#waitersPerLockMax)
      throw new OverloadedError(`too many requests wait for '${name}': make fewer at a time, or raise limits.waitersPerLockMax`)
    const waiter = new ServerWaiter(line, owner ?? this.#nextOwner++, isTry, request)
    line.waiters.add(waiter)
    line.serve()
    return waiter.outcome
  }

  #tellLost(holds: readonly ServerHold[], loss: Loss): void {
    const told = holds.flatMap((hold) => {
      const error = hold.lost(loss)
      return error === null ? [] : [{ hold, message: error.message }]
    })
    for (const { hold } of told) hold.signalLost()
    for (const { hold, message } of told)
      this.#feed.emit({ type: 'lockLost', lock: hold.name, fence: hold.fence, reason: loss.reason, message })
  }

  #removed(hold: ServerHold, line: LockLine): void {
    this.#holds.delete(hold)
    if (line.hold === hold) line.hold = null
    if (this.#holds.size === 0) this.#drain?.end()
    line.serve()
  }

  #closed(): HoldfastError {
    return closedError(`${this.#engine} was closed`)
  }

  async #end(drainMs: number): Promise<void> {
    const drains = this.#holds.size > 0 && drainMs > 0
    this.#state = drains ? 'draining' : 'closed'
    const lines = [...this.#lines.values()]
    for (const line of lines) for (const waiter of [...line.waiters]) waiter.giveUp(this.#closed())
    this.#owners?.failAll(() => this.#closed())
    if (drains) {
      this.#drain = new EngineDrain(drainMs)
      await this.#drain.over
      this.#state = 'closed'
    }
    const holds = [...this.#holds.keys()]
    this.lose(holds, lossAfter(this.#drain?.lengthMs ?? drainMs, this.#engine))
    await Promise.all([...holds.map((hold) => ServerHold.giveBack(hold)), ...lines.map((line) => line.withdrawn())])
    await this.#server.close()
  }
}
