/**
 * This file looks up where peers may be, for as long as the node lives: in the join list or the directory, and in what the
 * user's `discovery` found.
 */
import { createContext, type OwnedContext, type Post } from '../world/runtime.ts'
import type { Directory, World } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { Discovering } from './discovering.ts'
import type { Settings } from './options.ts'

const intervalMs = 1000

/** What the rendezvous is at: this node, and where it looks and is found. */
export interface RendezvousSite {
  readonly world: World
  readonly self: NodeId
  readonly address: string
  readonly directory: Directory | null
  readonly post: Post
}

/**
 * Where peers may be, looked up again and again for as long as the node lives, so that a partition of any length heals
 * by itself: the join list or the directory's entries, and what the user's `discovery` found. In the directory this node
 * is found too.
 */
export class Rendezvous {
  private readonly site: RendezvousSite
  private readonly settings: Settings
  private readonly seek: (addresses: readonly string[]) => void
  private readonly discovering: Discovering
  private readonly context: OwnedContext<'look'>

  constructor(site: RendezvousSite, settings: Settings, seek: (addresses: readonly string[]) => void) {
    this.site = site
    this.settings = settings
    this.seek = seek
    this.discovering = new Discovering(settings, () => this.look())
    this.context = createContext<'look'>(
      site.world,
      site.self,
      site.post,
      () => {},
      () => this.look(),
    )
  }

  start(): void {
    this.look()
    void this.discovering.start()
  }

  stop(): void {
    this.discovering.stop()
    this.context.stop()
  }

  private look(): void {
    const { join } = this.settings
    if (typeof join !== 'string') return this.seek([...join, ...this.discovering.addresses])
    const { directory, self, address } = this.site
    try {
      directory?.publish(self, address)
      const others = (directory?.entries() ?? []).filter(({ id }) => id !== self)
      this.seek([...others.map((entry) => entry.address), ...this.discovering.addresses])
    } catch {
      // The register reads the same directory, and ends the session with the reason.
    }
    this.context.setTimer('look', intervalMs, 'look')
  }
}
