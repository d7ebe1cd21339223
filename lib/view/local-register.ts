/**
 * This file is the register for the processes of one user on one host. A file of the chain in the cluster's directory decides
 * each successor.
 */
import type { Context } from '../world/context.ts'
import type { Directory } from '../world/world.ts'
import { type HoldfastError, RefusedError } from '../base/errors.ts'
import { codeOf } from '../base/foreign.ts'
import type { NodeId } from '../base/ids.ts'
import { messageOf } from '../base/message-of.ts'
import type { Message } from '../wire/messages.ts'
import { Chain, DamagedError, type ChainedView } from './chain.ts'
import type { Register, RegisterListener, RegisterOptions, RegisterTimer } from './register.ts'
import { instantNow, renewalMs, renewedAgainMs } from './session.ts'
import { assertSuccessor, foundedView, quarantineFullMs, wallEpoch } from './successor.ts'
import { isMember, type Quarantined, type View } from './view.ts'

/** A boot clock may count in ticks: one of two readings may be late by this much. */
export const bootTickMs = 20

/**
 * If epochs are remembered, a pool is founded this far behind its wall clock, so that its first views need not wait for the
 * clock.
 */
const slackEpochs = 10

/**
 * The register of the processes of one user on one host: a file of the chain in the cluster's directory *is* the decision
 * on the successor of a view (chain.ts). The kernel is the register; any number of processes may die.
 *
 * The chain is never cut: the last member that leaves writes an empty view, so that the next founder need not wait for a node.
 */
export class LocalRegister implements Register {
  readonly openToJoiners = true
  readonly renewsWithView = false
  private readonly context: Context<RegisterTimer>
  private readonly directory: Directory
  private readonly options: RegisterOptions
  private listener: RegisterListener | null = null
  private readonly chain: Chain
  /** The end of the chain as far as it was read; null before the founding. */
  private newest: ChainedView | null = null
  /** When `newest` became known, by the monotonic clock. */
  private newestAtMs = Number.NEGATIVE_INFINITY
  /** What the wall clock said when users of a deleted folder were first seen, as an epoch. */
  private deletedAtEpoch: number | null = null
  /** While a founding waits for the clock: the epoch that it has to lie above. */
  private usedEpoch = 0

  constructor(context: Context<RegisterTimer>, directory: Directory, options: RegisterOptions) {
    this.context = context
    this.directory = directory
    this.options = options
    const { cluster, config } = options
    this.chain = new Chain(directory, { cluster, self: context.self, path: directory.path, sessionMs: config.sessionMs })
  }

  get epochMax(): number {
    return this.newest?.view.epoch ?? this.usedEpoch
  }

  get floor(): number {
    return this.options.epochs.entered
  }

  start(listener: RegisterListener): void {
    this.listener = listener
    this.find()
  }

  propose(current: View, successor: View): void {
    assertSuccessor(current, successor)
    // The epoch is above the clock and cannot be remembered: the caller asks again when the clock has reached it.
    if (this.waitMs(current, successor.epoch) > 0 || !this.options.epochs.reserve(successor.epoch)) return
    // If it was created or was there already, the content of the file is the decision.
    const created = this.tryNow(() => {
      const link = this.chain.linkOf(current)
      this.chain.decide(link, successor)
      return link
    })
    const last = created === undefined ? undefined : this.tryNow(() => this.chain.after(created))?.at(-1)
    if (last !== undefined) this.tell(last)
  }

  renew(current: View): void {
    // This is the moment of the question: a later decision may still be missed, and D is counted from here.
    const started = instantNow(this.context)
    const later = this.tryNow(() => {
      // The note is written before the chain is read: if the renewal succeeds although a view without this node is decided, its
      // members see the note.
      const end = { monotonicMs: started.monotonicMs + this.notedMs, bootMs: started.bootMs + this.notedMs }
      this.directory.noteSession(this.context.self, end)
      const link = this.chain.linkOf(current)
      this.chain.checkDecided(link)
      return this.chain.after(link)
    })
    if (later === undefined) return
    // A later view may list this id again by mistake: the first without it is what counts.
    const without = later.find(({ view }) => !isMember(view, this.context.self))
    if (without !== undefined) return this.tell(without)
    const last = later.at(-1)
    if (last !== undefined) this.tell(last)
    this.listener?.renewed(started)
    this.options.epochs.markAhead(this.epochMax)
  }

  waitMs(current: View, epoch: number): number {
    return this.options.epochs.waitMs(epoch, current.epoch, this.newestAtMs)
  }

  /** By its note: the kernel shows it without a message. */
  vouchesFor(id: NodeId): boolean {
    return this.hasRenewedWithin(renewedAgainMs(this.options.config.sessionMs), id)
  }

  /**
   * A member by its note, unless two renewals are missing, and any node by its process, which may have been killed since it wrote
   * the note.
   */
  showsAlive(id: NodeId): boolean {
    const isListed = this.newest !== null && isMember(this.newest.view, id)
    if (isListed && !this.hasRenewedWithin(2 * renewalMs(this.options.config.sessionMs), id)) return false
    return this.tryNow(() => this.directory.isProvenDead(id)) === false
  }

  sessionLeftMs(id: NodeId): number | null {
    const end = this.tryNow(() => this.directory.notedSession(id)) ?? null
    if (end === null) return null
    // The session is over when both clocks say so: a node that waits for others uses the slower one.
    return Math.max(0, end.monotonicMs - this.context.nowMs(), end.bootMs - this.context.bootMs())
  }

  ended(leftMs: number | null): void {
    try {
      if (leftMs === null) this.directory.noteSession(this.context.self, null)
      // Without a session there is no note, and nothing to correct.
      else if (this.directory.notedSession(this.context.self) !== null) {
        const now = instantNow(this.context)
        const end = { monotonicMs: now.monotonicMs + leftMs, bootMs: now.bootMs + leftMs }
        this.directory.noteSession(this.context.self, end)
      }
    } catch {
      // The directory is gone. The earlier note is longer, and still correct.
    }
  }

  look(): void {
    const later = this.tryNow(() => this.chain.after(this.newest)) ?? []
    // One by one: an outsider must notice that it was listed even if it is not any more.
    for (const link of later) this.tell(link)
  }

  heard(view: View): void {
    if (view.epoch > this.epochMax) this.look()
  }

  peerAt(): void {
    // Addresses decide nothing here.
  }

  receive(_from: NodeId, _message: Message): void {
    // The file system answers; peers have nothing to say about it.
  }

  timer(timer: RegisterTimer): void {
    if (timer.what === 'found' && this.newest === null) this.find()
  }

  stop(): void {
    this.listener = null
    this.context.clearTimer('vote.found')
  }

  private hasRenewedWithin(ms: number, id: NodeId): boolean {
    const end = this.tryNow(() => this.directory.notedSession(id)) ?? null
    if (end === null) return false
    const leftMs = end.monotonicMs - this.context.nowMs()
    // No renewal of this boot notes more.
    return leftMs <= this.notedMs && leftMs > this.notedMs - ms
  }

  /** How long a session can last that is renewed now, as the note says it. */
  private get notedMs(): number {
    return quarantineFullMs(this.options.config.sessionMs) + bootTickMs
  }

  /** Tells the newest view, or founds one; tries again when the clock lets it. */
  private find(): void {
    const newest = this.attempt(() => this.findNewest())
    if (newest !== undefined && newest !== null) this.tell(newest)
  }

  private findNewest(): ChainedView | null {
    const newest = this.chain.newest()
    if (newest !== null) {
      this.chain.tidy()
      return newest
    }
    if (!this.found()) return null
    const founded = this.chain.newest()
    if (founded === null) throw new Error(`the founding was decided in ${this.directory.path}, and its file is not there`)
    return founded
  }

  /** False when it has to wait, until a moment that does not move on as it waits. */
  private found(): boolean {
    const { cluster, address, config, epochs } = this.options
    // The directory is of this boot and its chain is never cut, so no node was a member before, unless the directory was deleted.
    const wasDeleted = this.directory.hasFormerUsers()
    const used = Math.max(epochs.highest(), this.directory.formerEpoch())
    const nowEpoch = Math.max(1, wallEpoch(this.context.wallMs()))
    // No other record of the users of a deleted directory exists: their epochs are not above the clock.
    if (wasDeleted) this.deletedAtEpoch ??= nowEpoch
    const least = wasDeleted ? (this.deletedAtEpoch ?? nowEpoch) + 1 : used === 0 ? nowEpoch : nowEpoch - slackEpochs
    const epoch = Math.max(used + 1, least)
    const waitMs = epochs.waitMs(epoch, used, Number.NEGATIVE_INFINITY)
    if (waitMs > 0 || !epochs.reserve(epoch)) {
      this.usedEpoch = used
      this.context.setTimer('vote.found', Math.max(waitMs, 1), { type: 'register', what: 'found' })
      return false
    }
    const allUnknown: Quarantined = { id: '*', remainingMs: quarantineFullMs(config.sessionMs), lastEpoch: 0 }
    const view = foundedView(cluster, config, epoch, [{ id: this.context.self, address }], wasDeleted ? [allUnknown] : [])
    this.chain.found(view)
    return true
  }

  private tell(link: ChainedView): void {
    const { view } = link
    if (this.newest === null || view.epoch > this.newest.view.epoch) {
      this.newest = link
      this.newestAtMs = this.context.nowMs()
    }
    if (isMember(view, this.context.self)) {
      // A process never goes back to a lower epoch: this view is below the one that it asked for, so it is a view that leaves the
      // process out.
      if (view.epoch < this.options.epochs.entered) return
      this.options.epochs.enter(view.epoch)
    }
    this.listener?.decided(view)
  }

  /**
   * If a file cannot be read or written at present (no descriptors, no space), there is no renewal and no proposal, and the node
   * tries again. If it stays so, the session ends by itself.
   */
  private tryNow<T>(operation: () => T): T | undefined {
    return this.attempt(() => {
      try {
        return operation()
      } catch (error) {
        if (!isPassing(error)) throw error
        this.context.emit({ type: 'directoryFailed', message: messageOf(error) })
        return undefined
      }
    })
  }

  /** If the directory is gone or was replaced, or a file in it is not a view, the membership ends. */
  private attempt<T>(operation: () => T): T | undefined {
    const { listener } = this
    if (listener === null) return undefined
    try {
      return operation()
    } catch (error) {
      this.stop()
      if (error instanceof DamagedError) listener.refused(refusal(error))
      else listener.ended({ reason: 'directory', message: `the local directory cannot be used: ${messageOf(error)}` })
      return undefined
    }
  }
}

/** Shortages of the system that pass, and errors from which it may recover. */
const passingCodes = ['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'ENOMEM', 'ENOBUFS', 'EIO', 'EAGAIN', 'EINTR', 'EBUSY']

function isPassing(error: unknown): boolean {
  return passingCodes.includes(codeOf(error) ?? '')
}

function refusal({ message }: DamagedError): HoldfastError {
  return new RefusedError(`${message}; stop every node of this cluster, remove that folder, and start them again`, {
    reason: 'directory',
  })
}
