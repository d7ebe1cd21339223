import type { Hold, HoldfastError, Node } from '../../lib/index.ts'
import type { ResourceClient } from './resource-client.ts'

/** A hold that was told to the history. */
interface Inside {
  readonly call: number
  readonly hold: Hold
  version: number
  /** The last moment at which it was certainly one, by the resource's clock. */
  certainMs: number
}

/**
 * A worker's requests, each told to the history. A hold is *certain* from one answer of the resource to another: it still
 * passed its own check after each. So a process that was stopped, or whose clock is faked, claims nothing that it cannot know.
 */
export class Entries {
  private readonly node: Node
  private readonly resource: ResourceClient
  private readonly process: string
  private readonly inside = new Map<number, Inside>()
  private next: number

  constructor(node: Node, resource: ResourceClient, process: string, firstCall: number) {
    this.node = node
    this.resource = resource
    this.process = process
    this.next = firstCall
  }

  /** Waits for the lock and reads under it. Null when the hold was over before it could be told. */
  async enter(lock: string, waitMs: number): Promise<{ readonly call: number; readonly admitted: boolean } | null> {
    const { process, resource } = this
    const call = this.next++
    await resource.note({ type: 'invoked', call, process, lock, mode: 'exclusive', how: 'acquire', waitMs })
    const hold = await this.granted(call, lock, waitMs)
    const certainMs = await resource.now()
    if (!isValid(hold)) {
      // Stopped between the grant and here: no process has seen this hold, and nothing was done under it.
      await resource.note({ type: 'failed', call, process, code: 'ABORTED', definite: true })
      return null
    }
    const fence = String(hold.fence)
    await resource.note({ type: 'granted', call, process, fence }, certainMs)
    const inside: Inside = { call, hold, version: 0, certainMs }
    hold.signal.addEventListener('abort', () => {
      resource.note({ type: 'expired', call, process }, inside.certainMs).catch(() => undefined)
      const { reason } = hold.signal.reason as HoldfastError
      resource.note({ type: 'lost', call, process, ...(reason === undefined ? {} : { reason }) }).catch(() => undefined)
    })
    const { admitted, version, atMs } = await resource.access({ type: 'read', call, process, lock, fence, version: 0 })
    inside.version = version
    this.inside.set(call, inside)
    if (isValid(hold)) inside.certainMs = atMs
    return { call, admitted }
  }

  /** Writes what follows from what was read, with no look at the hold before: that is what the fence is for. */
  async leave(call: number): Promise<{ readonly admitted: boolean; readonly outcome: string; readonly valid: boolean }> {
    const { process, resource } = this
    const inside = this.inside.get(call)
    if (inside === undefined) throw new Error(`call ${call} is not inside`)
    this.inside.delete(call)
    const { hold, version } = inside
    const fence = String(hold.fence)
    const { admitted, atMs } = await resource.access({ type: 'write', call, process, lock: hold.name, fence, version })
    const valid = isValid(hold)
    if (valid) inside.certainMs = atMs
    if (!valid) await resource.note({ type: 'expired', call, process }, inside.certainMs)
    // Stamped by when it was certain last: from there on the history promises nothing about it.
    await resource.note({ type: 'releasing', call, process }, valid ? inside.certainMs : undefined)
    const outcome = await hold.release()
    await resource.note({ type: 'released', call, process, outcome })
    return { admitted, outcome, valid }
  }

  private async granted(call: number, lock: string, waitMs: number): Promise<Hold> {
    try {
      return await this.node.acquire(lock, { wait: waitMs })
    } catch (error) {
      const { code, definite } = error as HoldfastError
      await this.resource.note({ type: 'failed', call, process: this.process, code, definite })
      throw error
    }
  }
}

function isValid(hold: Hold): boolean {
  try {
    hold.check()
    return true
  } catch {
    return false
  }
}
