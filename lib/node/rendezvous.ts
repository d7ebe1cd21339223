/**
 * This file looks up where peers may be, for as long as the node lives: in the join list or the directory, and in what the
 * user's `discovery` found.
 */
import type { Context } from '../world/context.ts'
import type { Links } from '../link/links.ts'
import type { Directory } from '../world/world.ts'
import { Discovering } from './discovering.ts'
import type { Settings } from './options.ts'

const intervalMs = 1000

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

  constructor(context: Context<'look'>, links: Links, address: string, directory: Directory | null, settings: Settings) {
    this.context = context
    this.links = links
    this.address = address
    this.directory = directory
    this.settings = settings
    this.discovering = new Discovering(settings, () => this.look())
  }

  start(): void {
    this.look()
    void this.discovering.start()
  }

  stop(): void {
    this.discovering.stop()
  }

  timer(): void {
    this.look()
  }

  private look(): void {
    const { join } = this.settings
    if (typeof join !== 'string') return this.links.seek([...join, ...this.discovering.addresses])
    const {
      directory,
      address,
      context: { self },
    } = this
    try {
      directory?.publish(self, address)
      const others = (directory?.entries() ?? []).filter(({ id }) => id !== self)
      this.links.seek([...others.map((entry) => entry.address), ...this.discovering.addresses])
    } catch {
      // The register reads the same directory, and ends the session with the reason.
    }
    this.context.setTimer('look', intervalMs, 'look')
  }
}
