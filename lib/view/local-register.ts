import type { Context } from '../actor/context.ts'
import type { Directory } from '../actor/world.ts'
import { type HoldfastError, RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Message } from '../wire/messages.ts'
import { Chain, DamagedError, describe, type Link } from './chain.ts'
import type { Register, RegisterListener, RegisterOptions, RegisterTimer } from './register.ts'
import { instantNow } from './session.ts'
import { assertSuccessor, foundedView, quarantineFullMs, wallEpoch } from './successor.ts'
import { isMember, type Quarantined, type View } from './view.ts'

/** A boot clock may tell the time in ticks: of two readings one may be late by so much. */
export const bootTickMs = 20

/** A chain's epochs may be ahead of the wall clock's tenths of a second by a burst of views; this is more. */
const deletedLeadMax = 10

/**
 * The register of the processes of one user on one host: a file of the chain in the cluster's directory *is* the decision
 * on the successor of a view (chain.ts). The kernel is the register; any number of processes may die.
 *
 * The chain is never cut: when the last member leaves it writes a view of nobody, so that the next founder has nobody to
 * wait for.
 */
export class LocalRegister implements Register {
  readonly openToJoiners = true
  private readonly context: Context<RegisterTimer>
  private readonly directory: Directory
  private readonly options: RegisterOptions
  private listener: RegisterListener | null = null
  private readonly chain: Chain
  /** The end of the chain as far as it was read; null before the founding. */
  private newest: Link | null = null

  constructor(context: Context<RegisterTimer>, directory: Directory, options: RegisterOptions) {
    this.context = context
    this.directory = directory
    this.options = options
    const { cluster, config } = options
    this.chain = new Chain(directory, { cluster, self: context.self, path: directory.path, sessionMs: config.sessionMs })
  }

  get epochMax(): number {
    return this.newest?.view.epoch ?? 0
  }

  start(listener: RegisterListener): void {
    this.listener = listener
    const newest = this.attempt(() => this.findNewest())
    if (newest !== undefined) this.tell(newest)
  }

  propose(current: View, successor: View): void {
    assertSuccessor(current, successor)
    // Whether it was created or was there already: what the file says is decided.
    const created = this.tryNow(() => {
      const link = this.chain.linkOf(current)
      this.chain.decide(link, successor)
      return link
    })
    const last = created === undefined ? undefined : this.tryNow(() => this.chain.after(created))?.at(-1)
    if (last !== undefined) this.tell(last)
  }

  renew(current: View): void {
    // The question is put now: what is decided after this may still be missed, and D is counted from here.
    const started = instantNow(this.context)
    const later = this.tryNow(() => {
      // Left before the chain is read: if this succeeds although a view without this node is decided, its members see it.
      const lengthMs = quarantineFullMs(this.options.config.sessionMs) + bootTickMs
      const end = { monotonicMs: started.monotonicMs + lengthMs, bootMs: started.bootMs + lengthMs }
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
  }

  sessionLeftMs(id: NodeId): number | null {
    const end = this.tryNow(() => this.directory.notedSession(id)) ?? null
    if (end === null) return null
    // Over when both clocks say so: whoever waits for others goes by the slower one.
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
      // The directory is gone. What was noted before is longer, and as true.
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

  timer(): void {
    // Every operation is done when it returns.
  }

  stop(): void {
    this.listener = null
  }

  private findNewest(): Link {
    let newest = this.chain.newest()
    if (newest === null) {
      this.found()
      newest = this.chain.newest()
    } else this.chain.tidy()
    if (newest === null) throw new Error(`the founding was decided in ${this.directory.path}, and its file is not there`)
    return newest
  }

  private found(): void {
    const { cluster, address, config } = this.options
    // The directory is of this boot and its chain is never cut, so nobody was a member before, unless somebody deleted it.
    const wasDeleted = this.directory.hasFormerUsers()
    const epoch = Math.max(1, wallEpoch(this.context.wallMs())) + (wasDeleted ? deletedLeadMax : 0)
    const everybody: Quarantined = { id: '*', remainingMs: quarantineFullMs(config.sessionMs), lastEpoch: 0 }
    const view = foundedView(cluster, config, epoch, [{ id: this.context.self, address }], wasDeleted ? [everybody] : [])
    this.chain.found(view)
  }

  private tell(link: Link): void {
    if (link.view.epoch > this.epochMax) this.newest = link
    this.listener?.decided(link.view)
  }

  /**
   * What cannot be read or written for the moment (no descriptors, no space) is no renewal and no proposal, and is tried again:
   * if it stays so, the session ends by itself.
   */
  private tryNow<T>(operation: () => T): T | undefined {
    return this.attempt(() => {
      try {
        return operation()
      } catch (error) {
        if (!isPassing(error)) throw error
        this.context.emit({ type: 'directoryFailed', reason: describe(error) })
        return undefined
      }
    })
  }

  /** A directory that went away or was replaced, or holds what is no view, ends the membership. */
  private attempt<T>(operation: () => T): T | undefined {
    const { listener } = this
    if (listener === null) return undefined
    try {
      return operation()
    } catch (error) {
      this.stop()
      if (error instanceof DamagedError) listener.refused(refusal(error))
      else listener.failed(`directory: ${describe(error)}`)
      return undefined
    }
  }
}

/** What the system runs short of now and then, and errors that it may recover from. */
const passingCodes = ['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'ENOMEM', 'ENOBUFS', 'EIO', 'EAGAIN', 'EINTR', 'EBUSY']

function isPassing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && passingCodes.includes(String(error.code))
}

function refusal({ message }: DamagedError): HoldfastError {
  return new RefusedError(`${message}; stop every node of this cluster, remove that folder, and start them again`, {
    reason: 'directory',
  })
}
