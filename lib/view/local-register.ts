import type { Context } from '../actor/context.ts'
import type { Directory } from '../actor/world.ts'
import { type HoldfastError, RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Message } from '../wire/messages.ts'
import type { Register, RegisterListener, RegisterOptions, RegisterTimer } from './register.ts'
import { instantNow } from './session.ts'
import { assertSuccessor, foundedView, quarantineFullMs, wallEpoch } from './successor.ts'
import { isMember, type Quarantined, sameViewId, type View, viewId } from './view.ts'
import { decodeView, encodeView, epochOfFile, successorFile } from './view-file.ts'

/** A boot clock may tell the time in ticks: of two readings one may be late by so much. */
export const bootTickMs = 20

/** A chain's epochs may be ahead of the wall clock's tenths of a second by a burst of views; this is more. */
const deletedLeadMax = 10

/**
 * The register of the processes of one user on one host: the file `after-EPOCH` in the cluster's directory *is* the
 * decision on the successor of that epoch's view. It comes into being with its whole content or not at all, so whoever
 * creates it first has decided, and everybody reads the same. The kernel is the register; any number of processes may die.
 *
 * The chain begins with `after-0`, the founding, and is never cut: its epochs follow each other without a gap. When the
 * last member leaves it writes a view of nobody, so that the next founder has nobody to wait for.
 */
export class LocalRegister implements Register {
  readonly openToJoiners = true
  private readonly context: Context<RegisterTimer>
  private readonly directory: Directory
  private readonly options: RegisterOptions
  private listener: RegisterListener | null = null
  /** The end of the chain as far as it was read; null before the founding. */
  private newest: View | null = null
  /** The file that was read last, which every renewal reads again. */
  private latest: { readonly name: string; readonly content: Uint8Array; readonly view: View } | null = null

  constructor(context: Context<RegisterTimer>, directory: Directory, options: RegisterOptions) {
    this.context = context
    this.directory = directory
    this.options = options
  }

  get epochMax(): number {
    return this.newest?.epoch ?? 0
  }

  start(listener: RegisterListener): void {
    this.listener = listener
    const newest = this.attempt(() => this.findNewest())
    if (newest === undefined) return
    this.newest = newest
    listener.decided(newest)
  }

  propose(current: View, successor: View): void {
    assertSuccessor(current, successor)
    // Whether it was created or was there already: what the file says is decided.
    const created = this.tryNow(() => this.directory.createOnce(successorFile(current.epoch), encodeView(successor)))
    const chain = created === undefined ? undefined : this.tryNow(() => this.readOn(current.epoch))
    const last = chain?.at(-1)
    if (last !== undefined) this.tell(last)
  }

  renew(current: View): void {
    // The question is put now: what is decided after this may still be missed, and D is counted from here.
    const started = instantNow(this.context)
    const chain = this.tryNow(() => {
      // Left before the chain is read: if this succeeds although a view without this node is decided, its members see it.
      const lengthMs = quarantineFullMs(this.options.config.sessionMs) + bootTickMs
      const end = { monotonicMs: started.monotonicMs + lengthMs, bootMs: started.bootMs + lengthMs }
      this.directory.noteSession(this.context.self, end)
      this.checkDecided(current)
      return this.readOn(current.epoch)
    })
    if (chain === undefined) return
    // A later view may list this id again by mistake: the first without it is what counts.
    const without = chain.find((view) => !isMember(view, this.context.self))
    if (without !== undefined) return this.tell(without)
    const last = chain.at(-1)
    if (last !== undefined) this.tell(last)
    this.listener?.renewed(started)
  }

  sessionLeftMs(id: NodeId): number | null {
    const end = this.tryNow(() => this.directory.notedSession(id)) ?? null
    if (end === null) return null
    // Over when both clocks say so: whoever waits for others goes by the slower one.
    return Math.max(0, end.monotonicMs - this.context.nowMs(), end.bootMs - this.context.bootMs())
  }

  look(): void {
    const chain = this.tryNow(() => this.readOn(this.newest?.epoch ?? 0)) ?? []
    // One by one: an outsider must notice that it was listed even if it is not any more.
    for (const view of chain) this.tell(view)
  }

  heard(view: View): void {
    if (this.newest === null || view.epoch > this.newest.epoch) this.look()
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

  private findNewest(): View {
    const epochs = this.directory
      .list()
      .map(epochOfFile)
      .filter((epoch) => epoch !== null)
    if (epochs.length === 0) this.found()
    const epoch = Math.max(0, ...epochs)
    const newest = this.readOn(epoch).at(-1)
    if (newest === undefined) throw new Error(`the file ${successorFile(epoch)} was listed and is not there`)
    return newest
  }

  private found(): void {
    const { cluster, address, config } = this.options
    // The directory is of this boot and its chain is never cut, so nobody was a member before, unless somebody deleted it.
    const wasDeleted = this.directory.hasFormerUsers()
    const epoch = Math.max(1, wallEpoch(this.context.wallMs())) + (wasDeleted ? deletedLeadMax : 0)
    const everybody: Quarantined = { id: '*', remainingMs: quarantineFullMs(config.sessionMs), lastEpoch: 0 }
    const view = foundedView(cluster, config, epoch, [{ id: this.context.self, address }], wasDeleted ? [everybody] : [])
    this.directory.createOnce(successorFile(0), encodeView(view))
  }

  /** What cannot be read is no renewal: without the file that decided it, a view is nobody's any more. */
  private checkDecided(view: View): void {
    const decided = this.read(view.epoch - 1) ?? this.read(0)
    if (decided === null || !sameViewId(viewId(decided), viewId(view)))
      throw new Error(`the file that decided view ${view.epoch} was deleted from ${this.directory.path}`)
  }

  /** The views after the one with this epoch, in order; 0 stands for the time before the founding. */
  private readOn(epoch: number): View[] {
    const chain: View[] = []
    for (let next = this.read(epoch); next !== null; next = this.read(next.epoch)) chain.push(next)
    return chain
  }

  private read(epoch: number): View | null {
    const name = successorFile(epoch)
    const content = this.directory.read(name)
    if (content === null) return null
    if (this.latest?.name === name && equalBytes(this.latest.content, content)) return this.latest.view
    try {
      const view = decodeView(content)
      if (view.cluster !== this.options.cluster) throw new Error(`it is of cluster '${view.cluster}'`)
      if (epoch !== 0 && view.epoch !== epoch + 1) throw new Error(`its epoch is ${view.epoch}`)
      this.latest = { name, content, view }
      return view
    } catch (error) {
      throw new DamagedError(`the file ${name} in ${this.directory.path} is no view: ${describe(error)}`)
    }
  }

  private tell(view: View): void {
    if (this.newest === null || view.epoch > this.newest.epoch) this.newest = view
    this.listener?.decided(view)
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

/** A file of the chain does not read as it was written: what was decided, nobody knows any more. */
class DamagedError extends Error {}

function refusal({ message }: DamagedError): HoldfastError {
  return new RefusedError(`${message}; stop every node of this cluster, remove that folder, and start them again`, {
    reason: 'directory',
  })
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
