/**
 * This file looks up where peers may be, for as long as the node lives: in the join list or the directory, and in what the
 * user's `discovery` found.
 */
import { untilBeatMs } from '../base/beat.ts'
import type { NodeId } from '../base/ids.ts'
import type { Context } from '../world/context.ts'
import type { Links } from '../link/links.ts'
import type { Directory, DirectoryEntry } from '../world/world.ts'
import { Discovering } from './discovering.ts'
import type { Settings } from './options.ts'

const intervalMs = 1000
/** How many entries of others a node reads in that time: of each it asks the kernel whether it is dead. */
const readMax = 16

/**
 * Looks up where peers may be, again and again as long as the node lives, so that a partition of any length heals by itself: in
 * the join list or the directory's entries, and in what the user's `discovery` found. It also keeps this node's own entry in the
 * directory.
 */
export class Rendezvous {
  private readonly context: Context<'look'>
  private readonly links: Links
  private readonly address: string
  private readonly directory: Directory | null
  private readonly settings: Settings
  private readonly discovering: Discovering
  /** The entries of others that were not connected when the directory was read last. */
  private others: readonly DirectoryEntry[] = []
  /** Those that were connected then: their entries were not read. */
  private connected: readonly NodeId[] = []
  private mark = ''
  private looksUnchanged = 0

  constructor(context: Context<'look'>, links: Links, address: string, directory: Directory | null, settings: Settings) {
    this.context = context
    this.links = links
    this.address = address
    this.directory = directory
    this.settings = settings
    this.discovering = new Discovering(settings, () => this.seek())
  }

  /** Shows this node to others in the directory. */
  publish(): void {
    try {
      this.directory?.publish(this.context.self, this.address)
    } catch {
      // The register uses the same directory, and ends the session with the reason.
    }
  }

  /** Begins to look for others. */
  start(): void {
    this.seek()
    void this.discovering.start()
  }

  stop(): void {
    this.discovering.stop()
  }

  timer(): void {
    this.publish()
    this.seek()
  }

  private seek(): void {
    const { join } = this.settings
    if (typeof join !== 'string') return this.links.seek([...join, ...this.discovering.addresses])
    try {
      if (!this.isSettled()) this.read()
      this.links.seek([...this.others.map((entry) => entry.address), ...this.discovering.addresses])
    } catch {
      // The register reads the same directory, and ends the session with the reason.
    }
    const delayMs = intervalMs * Math.max(1, this.others.length / readMax)
    this.context.setTimer('look', untilBeatMs(this.context.nowMs(), delayMs), 'look')
  }

  private read(): void {
    const connected: NodeId[] = []
    const isKnown = (id: NodeId): boolean => {
      const isConnected = this.links.isConnected(id)
      if (isConnected) connected.push(id)
      return isConnected
    }
    this.others = (this.directory?.entries(isKnown) ?? []).filter(({ id }) => id !== this.context.self)
    this.connected = connected
  }

  /** Nothing has changed in the directory since it was read last, and all nodes that were there are connected. */
  private isSettled(): boolean {
    const mark = this.directory?.entriesMark?.()
    if (mark === undefined) return false
    // A change in the tick of the file system's clock in which the entries were read is seen by reading them once more.
    this.looksUnchanged = mark === this.mark ? this.looksUnchanged + 1 : 0
    this.mark = mark
    const ids = [...this.others.map(({ id }) => id), ...this.connected]
    return this.looksUnchanged > 1 && ids.every((id) => this.links.isConnected(id))
  }
}
