/**
 * This file has the hold of `rwLock`, which can be upgraded and downgraded. It is made of a hold of the main lock, and for a writer and an upgradable
 * reader also of a hold of the gate, which no writer passes. So an upgradable reader needs the main lock only for its fence: it gives that hold up to become
 * the writer, and if it does not become one, it goes on reading under the gate alone.
 */
import { BadOptionError, UpgradeConflictError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import type { Signal } from '../base/platform.ts'
import { inspectKey, type InspectArguments } from '../base/shown.ts'
import { holdJson, inspectHold } from '../port/hold-shown.ts'
import { abortedError } from '../port/errors.ts'
import type { Hold, HoldState, ReleaseOutcome } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { EitherSignal } from './either-signal.ts'
import { acquireInOrder } from './in-order.ts'
import { JointHold } from './joint-hold.ts'
import { endlessRequest, type JointRequest, type RequestOptions, takeRequest } from './request.ts'

/** What a holder of a read-write lock may do: read beside others, read as the only one that may upgrade, or write alone. */
export type RwMode = 'shared' | 'upgradable' | 'exclusive'

/** A hold of a read-write lock. */
export interface RwHold extends AsyncDisposable {
  /** The name of the lock. */
  readonly name: string
  /** What the holder may do now. */
  readonly mode: RwMode
  /** The fence of the main lock. Rises with each writer, also by an upgrade. A reader's fence is not above that of a later writer. */
  readonly fence: bigint
  /** Aborted, with a LOST error as its reason, when the hold is lost. Not when it is released. */
  readonly signal: Signal
  /** The state of the hold. */
  readonly state: HoldState
  /** Throws LOST if the hold is lost, NOT_OWNER if it was released. */
  check(): void
  /**
   * Makes an upgradable reader the writer, as soon as the readers that are inside have left. No other writer comes between. No effect on a writer.
   *
   * @throws UPGRADE_CONFLICT at once for a plain reader, and while another change of the mode is under way. LOST and NOT_OWNER if the hold ends meanwhile. After
   * any other error, which are those of `acquire`, the hold is upgradable as before.
   */
  upgrade(options?: RequestOptions): Promise<void>
  /**
   * Makes a writer a reader (`shared`, the default) or an upgradable reader, or an upgradable reader a plain one. No writer comes between.
   *
   * @throws UPGRADE_CONFLICT for a plain reader that asks for `upgradable`, and while another change of the mode is under way. LOST and NOT_OWNER if the hold ends
   * meanwhile. BAD_OPTION for another mode. After any other error, such as CLOSED, the hold is upgradable.
   */
  downgrade(to?: 'shared' | 'upgradable'): Promise<void>
  /** Releases the lock. For a hold that was released or lost before, it says so. Never rejects. */
  release(): Promise<ReleaseOutcome>
  /** What `JSON.stringify` shows of it. */
  toJSON(): RwHoldJson
}

/** A hold of a read-write lock as plain data. */
export interface RwHoldJson {
  /** The name of the lock. */
  readonly name: string
  /** What the holder may do. */
  readonly mode: RwMode
  /** The fence as decimal digits. */
  readonly fence: string
  /** The state of the hold. */
  readonly state: HoldState
}

/** What a hold begins with: the gate first, since it was acquired first. */
type Parts = readonly [main: Hold] | readonly [gate: Hold, main: Hold]

export class HeldRw extends JointHold implements RwHold {
  readonly name: string
  readonly #locks: Locks
  #mode: RwMode
  #gate: Hold | null
  /** Null while the mode changes, and for an upgradable reader that did not become the writer, or is it no more. */
  #main: Hold | null
  #fence: bigint
  /** Ends the wait of a change that is under way. */
  #change: EitherSignal | null = null

  constructor(locks: Locks, name: string, mode: RwMode, parts: Parts) {
    super(parts, name)
    this.name = name
    this.#locks = locks
    this.#mode = mode
    this.#gate = parts.length === 2 ? parts[0] : null
    this.#main = parts.at(-1) as Hold
    this.#fence = this.#main.fence
  }

  get mode(): RwMode {
    return this.#mode
  }

  get fence(): bigint {
    return this.#fence
  }

  async upgrade(options?: RequestOptions): Promise<void> {
    const request = takeRequest(this.#locks, options, 'upgrade')
    this.check()
    this.#refuseSecondChange('upgrade')
    if (this.#mode === 'exclusive') return
    const gate = this.#gate
    if (gate === null) {
      throw new UpgradeConflictError(
        `a reader of '${this.name}' cannot upgrade: two that did would wait for each other. Take the lock with upgradable() instead of read()`,
      )
    }
    if (request.signal?.aborted === true) throw abortedError(this.name, request.signal)
    await this.#changing(async () => {
      this.#leaveMain(gate)
      await this.#takeMain(gate, 'exclusive', request)
      this.#mode = 'exclusive'
    })
  }

  async downgrade(to: 'shared' | 'upgradable' = 'shared'): Promise<void> {
    if (to !== 'shared' && to !== 'upgradable') {
      throw new BadOptionError(`downgrade takes 'shared' or 'upgradable', got ${shownShortly(to)}`, { option: 'to' })
    }
    this.check()
    this.#refuseSecondChange('downgrade')
    if (this.#mode === to) return
    const gate = this.#gate
    if (gate === null) {
      throw new UpgradeConflictError(
        `a reader of '${this.name}' cannot become upgradable. Release it, and take the lock with upgradable()`,
      )
    }
    await this.#changing(async () => {
      if (this.#mode === 'exclusive') this.#leaveMain(gate)
      this.#mode = 'upgradable'
      if (to === 'upgradable') return
      const main = this.#main ?? (await this.#takeMain(gate, 'shared', endlessRequest(this.#locks)))
      // The main lock is held as a reader, so the next writer may pass the gate.
      this.#gate = null
      this.#mode = 'shared'
      this.replaceParts([main])
      await gate.release()
    })
  }

  override release(): Promise<ReleaseOutcome> {
    const outcome = super.release()
    this.#change?.abort(undefined)
    return outcome
  }

  toJSON(): RwHoldJson {
    return holdJson(this)
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectHold('RwHold', this, args)
  }

  /** One change of the mode at a time. The end of the hold ends it, and is its error. */
  async #changing(change: () => Promise<void>): Promise<void> {
    this.#change = new EitherSignal().follow(this.signal)
    try {
      await change()
    } catch (error) {
      this.check()
      throw error
    } finally {
      this.#change.end()
      this.#change = null
    }
    this.check()
  }

  /** Gives the main lock up. The gate keeps all writers out. */
  #leaveMain(gate: Hold): void {
    const main = this.#main
    this.#main = null
    this.replaceParts([gate])
    void main?.release()
  }

  /** @throws NOT_OWNER or LOST, with nothing taken, if the hold ended meanwhile; else the error of the engine. */
  async #takeMain(gate: Hold, mode: 'shared' | 'exclusive', request: JointRequest): Promise<Hold> {
    const either = new EitherSignal().follow(request.signal).follow(this.#change?.signal)
    const asked = { ...request, signal: either.signal }
    const [main] = (await acquireInOrder(this.#locks, [{ name: this.name, mode }], asked).finally(() => either.end())) as [Hold]
    try {
      this.check()
    } catch (error) {
      await main.release()
      throw error
    }
    this.#main = main
    this.#fence = main.fence
    this.replaceParts([gate, main])
    return main
  }

  #refuseSecondChange(call: string): void {
    if (this.#change !== null)
      throw new UpgradeConflictError(`${call}: the hold of '${this.name}' changes its mode already. Wait for that call first`)
  }
}
