/**
 * This file answers reentrant requests of one client, for every engine: it finds the owner in whose function a request is made, lets the request pass if
 * the owner has the lock, and makes an ordinary request of it otherwise.
 */
import { contextValue, runOutside } from '../base/async-context.ts'
import { reasonOf, unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { BadOptionError, type HoldfastError, OverloadedError, TimeoutError, UpgradeConflictError } from '../base/errors.ts'
import { codeOf } from '../base/foreign.ts'
import type { Mode } from '../base/mode.ts'
import type { AcquireCall, AcquireSettings } from './acquire-options.ts'
import { Deadlocks, type DeadlocksEngine, WatchedWait } from './deadlocks.ts'
import { abortedError, notGranted } from './errors.ts'
import type { Hold } from './hold.ts'
import { around, type NestLevel, LevelHold, type LevelWaiter, liveLevel } from './level.ts'
import { Nest } from './nest.ts'
import type { EngineTime } from './time.ts'
import type { OwnerWait } from './waits.ts'

/** What a client of an engine does for its owners. */
export interface OwnersEngine extends DeadlocksEngine {
  /** Resolves when the event loop has taken its input; absent in an engine that waits for none. */
  turn?(): Promise<void>
  /** A number that no other owner of the client has. */
  nextOwner(): number
  /** Throws LOST if the hold is lost, as far as can be told without a slow clock. */
  check(hold: Hold): void
  /** An ordinary request, whose options are checked. Only `tryAcquire` gets null. Throws or rejects as the call does, also with CLOSED. */
  request(name: string, request: AcquireSettings, call: AcquireCall, owner: number): Promise<Hold | null>
}

/** So many nested requests pass before the event loop takes its input: a loop of them alone would keep it from renewing the session. */
const burstMax = 64
/** So many requests of a client may wait for levels of its own holds. */
const levelWaitersMax = 10_000

/** The owners of one client. */
export class Owners {
  private readonly engine: OwnersEngine
  private readonly waiters = new Set<LevelWait>()
  private readonly deadlocks: Deadlocks
  private numbers = 0
  /** Nested requests that have passed since the event loop took its input. */
  private passed = 0

  constructor(engine: OwnersEngine) {
    this.engine = engine
    this.deadlocks = new Deadlocks(engine)
  }

  /** The requests of owners that have other locks. */
  waits(): readonly OwnerWait[] {
    return this.deadlocks.rows()
  }

  /** A number for a level. */
  nextNumber(): number {
    return ++this.numbers
  }

  /** Throws LOST if the hold is lost. */
  check(hold: Hold): void {
    this.engine.check(hold)
  }

  /** A request with `reentrant: true`, whose options are checked. Only `tryAcquire` may get null. */
  async request(name: string, request: AcquireSettings, call: AcquireCall): Promise<Hold | null> {
    const { time } = this.engine
    const beganMs = request.waitMs === undefined ? 0 : time.nowMs()
    for (let asked = request; ; asked = remaining(name, request, time.nowMs() - beganMs)) {
      const within = this.innermost()
      const level = levelOf(within, name)
      if (level === undefined) return await this.ordinary(name, asked, call, within)
      const { nest } = level
      nest.check()
      if (!nest.mode.covers(request.mode)) throw notCovered(name, nest.mode, request.mode)
      if (nest.innermost === level) {
        if (this.engine.turn === undefined || ++this.passed < burstMax) return new LevelHold(nest.enter(within))
        this.passed = 0
        await this.engine.turn()
        continue
      }
      if (call === 'tryAcquire') return null
      const entered = await this.waitFor(level, within as NestLevel, name, asked)
      if (entered !== null) return new LevelHold(entered)
    }
  }

  /** Every request that waits for a level gets an error of its own. */
  failAll(newError: () => HoldfastError): void {
    for (const waiter of [...this.waiters]) waiter.failed(newError())
  }

  added(waiter: LevelWait): void {
    this.waiters.add(waiter)
    this.deadlocks.begin(waiter.watched)
  }

  ended(waiter: LevelWait): void {
    this.waiters.delete(waiter)
    this.deadlocks.end(waiter.watched)
  }

  /** The level of this client in whose function the caller is. */
  private innermost(): NestLevel | undefined {
    let level = liveLevel(contextValue() as NestLevel | undefined)
    while (level !== undefined && level.nest.owners !== this) level = around(level)
    return level
  }

  private async ordinary(
    name: string,
    request: AcquireSettings,
    call: AcquireCall,
    within: NestLevel | undefined,
  ): Promise<Hold | null> {
    const owner = within?.nest.owner ?? this.engine.nextOwner()
    // What the engine opens for this request serves others later: it must not belong to this owner.
    const ask = (settings: AcquireSettings): Promise<Hold | null> =>
      runOutside((given) => this.engine.request(name, given, call, owner), settings)
    const hold = await (within === undefined || call === 'tryAcquire' ? ask(request) : this.refusably(name, request, within, ask))
    if (call !== 'withLock' || hold === null) return hold
    return new LevelHold(new Nest(this, hold, request.mode, owner).enter(within))
  }

  /** A request that is refused if it is the youngest of a deadlock. */
  private async refusably(
    name: string,
    request: AcquireSettings,
    within: NestLevel,
    ask: (request: AcquireSettings) => Promise<Hold | null>,
  ): Promise<Hold | null> {
    const { signal, mode } = request
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(reasonOf(signal))
    let refusal: Error | undefined
    const wait = new WatchedWait(name, mode, within, null, (error) => {
      refusal = error
      controller.abort(error)
    })
    if (signal !== undefined) watchAbort(signal, onAbort)
    this.deadlocks.begin(wait)
    try {
      return await ask({ ...request, signal: controller.signal })
    } catch (error) {
      throw refusal !== undefined && codeOf(error) === 'ABORTED' ? refusal : error
    } finally {
      this.deadlocks.end(wait)
      if (signal !== undefined) unwatchAbort(signal, onAbort)
    }
  }

  private waitFor(level: NestLevel, within: NestLevel, name: string, request: AcquireSettings): Promise<NestLevel | null> {
    if (this.waiters.size >= levelWaitersMax)
      throw new OverloadedError(`${levelWaitersMax} requests wait for holds of their own owners: make fewer at a time`)
    return new LevelWait(this, this.engine.time, level, within, name, request).outcome
  }
}

/** A request that waits for a level: until it has it, its `wait` is over, its signal aborts, the hold is lost, or the client closes. */
class LevelWait implements LevelWaiter {
  readonly around: NestLevel
  /** Null if the request must look anew. */
  readonly outcome: Promise<NestLevel | null>
  readonly watched: WatchedWait
  private readonly owners: Owners
  private readonly name: string
  private readonly level: NestLevel
  private readonly lost: AbortSignal
  private readonly signal: AbortSignal | undefined
  private readonly stopTimer: (() => void) | undefined
  private resolve: (level: NestLevel | null) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor(
    owners: Owners,
    time: EngineTime,
    level: NestLevel,
    within: NestLevel,
    name: string,
    { mode, signal, waitMs }: AcquireSettings,
  ) {
    this.owners = owners
    this.name = name
    this.level = level
    this.around = within
    this.watched = new WatchedWait(name, mode, within, level, (error) => this.failed(error))
    this.signal = signal
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.lost = level.nest.hold.signal
    watchAbort(this.lost, this.onLost)
    if (signal !== undefined) watchAbort(signal, this.onAbort)
    if (waitMs !== undefined) this.stopTimer = time.after(waitMs, () => this.failed(new TimeoutError(notGranted(name, waitMs))))
    level.waiters.add(this)
    owners.added(this)
  }

  granted(level: NestLevel): void {
    this.end()
    this.resolve(level)
  }

  failed(error: unknown): void {
    this.end()
    this.reject(error)
  }

  outlived(): void {
    this.end()
    this.resolve(null)
  }

  private end(): void {
    this.level.waiters.delete(this)
    this.owners.ended(this)
    this.stopTimer?.()
    unwatchAbort(this.lost, this.onLost)
    if (this.signal !== undefined) unwatchAbort(this.signal, this.onAbort)
  }

  private readonly onLost = (): void => this.failed(reasonOf(this.lost))
  private readonly onAbort = (): void => this.failed(abortedError(this.name, this.signal))
}

/** The nearest level of that lock around a call, of the same client as the level that is given. */
function levelOf(within: NestLevel | undefined, name: string): NestLevel | undefined {
  let level = within
  while (level !== undefined && (level.nest.owners !== within?.nest.owners || level.nest.hold.name !== name))
    level = around(level)
  return level
}

/** The request with what is left of its `wait`. @throws TIMEOUT if nothing is; ABORTED */
function remaining(name: string, request: AcquireSettings, passedMs: number): AcquireSettings {
  const { signal, waitMs } = request
  if (signal?.aborted === true) throw abortedError(name, signal)
  if (waitMs === undefined) return request
  if (passedMs < waitMs) return { ...request, waitMs: Math.ceil(waitMs - passedMs) }
  throw new TimeoutError(notGranted(name, waitMs))
}

function notCovered(name: string, held: Mode, asked: Mode): HoldfastError {
  if (held.isCounted && asked.isCounted)
    return new BadOptionError(`'${name}' is held here with ${held.limit} permits, not ${asked.limit}`, { option: 'mode' })
  return new UpgradeConflictError(
    `'${name}' is held by this owner in mode '${held}', and '${asked}' was asked for inside: take it in the stronger mode first, or use rwLock and \`upgrade\``,
  )
}
