/**
 * This file reads the chain of files in which a pool's views are decided. The file `after-0` decides the first view,
 * `PLACE/after-EPOCH` the successor of the view with that epoch: the process that creates it first has decided, and all
 * processes read the same.
 *
 * Each file also names the *place* (a folder) of the next one, mostly the place that it is in itself. After some dozens
 * of views a proposer makes a new place, and the places before the last two are cleared, so that a chain of any length costs
 * a reader the same. Why no successor is ever decided twice, though files go away: docs/decisions/0022.
 */
import { epochOfFile, firstEpochOf, foundingFile } from '../world/chain-names.ts'
import type { DirectoryFiles } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { messageOf } from '../base/message-of.ts'
import { spacingMs } from './timing.ts'
import { sameViewId, type View, viewId } from './view.ts'
import { decodeDecision, encodeDecision, placeName, successorFile } from './view-file.ts'

/** A decided view, with the file that decided it and the place of its successor's. */
export interface ChainedView {
  readonly view: View
  readonly file: string
  readonly place: string
}

/** How often the newest place may be found gone: each time the chain has grown by a whole place. */
const attemptsMax = 5
const placeViewsMin = 64

/** A file of the chain is damaged: its decision is not known any more. */
export class DamagedError extends Error {}

/** Which node reads the chain, and of which cluster it must be. */
export interface ChainOptions {
  readonly cluster: string
  readonly self: NodeId
  readonly path: string
  readonly sessionMs: number
}

/** A node's way to the chain. Every operation throws what the directory throws, and DamagedError. */
export class Chain {
  private readonly directory: DirectoryFiles
  private readonly options: ChainOptions
  /** Where each view that was read stands; views are known by identity. */
  private readonly links = new WeakMap<View, ChainedView>()
  /** The file that was read last, which every renewal reads again. */
  private latest: { readonly content: Uint8Array; readonly link: ChainedView } | null = null
  /** The place that was made last, and for which file. */
  private spare: { readonly file: string; readonly place: string } | null = null
  private placesMade = 0

  constructor(directory: DirectoryFiles, options: ChainOptions) {
    this.directory = directory
    this.options = options
  }

  /** The newest view of all; null before the founding. */
  newest(): ChainedView | null {
    for (let attempt = 1; ; attempt++) {
      try {
        const file = this.newestFile()
        const link = file === null ? null : this.read(file)
        return link === null ? null : (this.after(link).at(-1) ?? link)
      } catch (error) {
        // A listed place may be cleared before it is read; then there are newer ones.
        if (attempt === attemptsMax || error instanceof DamagedError) throw error
      }
    }
  }

  /** The views after this one, in order; null stands for the time before the founding. */
  after(link: ChainedView | null): ChainedView[] {
    const links: ChainedView[] = []
    let next = this.next(link)
    while (next !== null) {
      links.push(next)
      next = this.next(next)
    }
    return links
  }

  /** Where a view stands that was read here. */
  linkOf(view: View): ChainedView {
    const link = this.links.get(view)
    if (link === undefined) throw new Error(`view ${view.epoch} was not read from the directory`)
    return link
  }

  /** Without the file that decided it, a view is void, so a file that cannot be read is not a renewal. @throws then */
  checkDecided({ file, view }: ChainedView): void {
    const decided = this.read(file)
    if (decided === null || !sameViewId(viewId(decided.view), viewId(view)))
      throw new Error(`the file that decided view ${view.epoch} was deleted from ${this.options.path}`)
  }

  /** Decides the first view, unless another process was faster: the chain then has the decision. */
  found(view: View): void {
    const place = this.newPlace(foundingFile, view.epoch)
    this.directory.createOnce(foundingFile, encodeDecision({ view, place }))
  }

  /** The same for a successor. */
  decide(current: ChainedView, successor: View): void {
    const first = firstEpochOf(current.place) as number
    const isFull = successor.epoch - first >= placeViewsMin + Math.ceil(this.options.sessionMs / spacingMs)
    // A place is made before a file names it, so a missing place was cleared.
    const file = successorFile(current.place, current.view.epoch)
    const place = isFull ? this.newPlace(file, successor.epoch) : current.place
    this.directory.createOnce(file, encodeDecision({ view: successor, place }))
    if (isFull) this.tidy()
  }

  /**
   * Clears all places but the last two with decisions, and those made for a decision that another process took. A member that is
   * up to date needs only the last place; a member that was away for a while continues from the one before.
   */
  tidy(): void {
    const used: string[] = []
    try {
      for (const place of this.places()) {
        const [newest, before] = used
        if (newest !== undefined && (before !== undefined || firstEpochOf(place) === firstEpochOf(newest)))
          this.directory.clearPlace(place)
        else if (this.directory.list(place).length > 0) used.push(place)
      }
    } catch {
      // Another process clears too, or the directory is gone, which the next renewal finds out. A remaining place costs only
      // space.
    }
  }

  private next(link: ChainedView | null): ChainedView | null {
    return this.read(link === null ? foundingFile : successorFile(link.place, link.view.epoch))
  }

  /**
   * The place for the successors of the view that this file decides; the same place if the file could not be created and is tried
   * again.
   */
  private newPlace(file: string, epoch: number): string {
    if (this.spare?.file === file) return this.spare.place
    const place = placeName(epoch, this.options.self, ++this.placesMade)
    this.directory.makePlace(place)
    this.spare = { file, place }
    return place
  }

  /** The places, the newest first. */
  private places(): string[] {
    const firsts = new Map<string, number>()
    for (const name of this.directory.list()) {
      const first = firstEpochOf(name)
      if (first !== null) firsts.set(name, first)
    }
    return [...firsts.keys()].sort((a, b) => (firsts.get(b) as number) - (firsts.get(a) as number))
  }

  /** The last file of the newest place with files: no file is created in a place that no file of the chain names. */
  private newestFile(): string | null {
    for (const place of this.places()) {
      let highest: number | null = null
      for (const name of this.directory.list(place)) {
        const epoch = epochOfFile(name)
        if (epoch !== null && (highest === null || epoch > highest)) highest = epoch
      }
      if (highest !== null) return successorFile(place, highest)
    }
    return foundingFile
  }

  private read(file: string): ChainedView | null {
    const content = this.directory.read(file)
    if (content === null) return null
    if (this.latest?.link.file === file && equalBytes(this.latest.content, content)) return this.latest.link
    try {
      const { view, place } = decodeDecision(content)
      if (view.cluster !== this.options.cluster) throw new Error(`it is of cluster '${view.cluster}'`)
      if (view.epoch <= epochBefore(file)) throw new Error(`its epoch is ${view.epoch}`)
      const link = { view, file, place }
      this.links.set(view, link)
      this.latest = { content, link }
      return link
    } catch (error) {
      throw new DamagedError(`the file ${file} in ${this.options.path} is not a view: ${messageOf(error)}`)
    }
  }
}

/** The epoch of the view whose successor a file of the chain decides. */
function epochBefore(file: string): number {
  return epochOfFile(file.slice(file.indexOf('/') + 1)) ?? 0
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
