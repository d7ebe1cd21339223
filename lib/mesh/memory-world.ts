/**
 * This file is a world for users' tests (`join: 'memory'`): the nodes of one process meet in memory. Timers and clocks are the
 * system's, frames are the same encoded bytes as on a network and arrive in a later turn, but there is neither socket nor file.
 * Tests of Holdfast itself use the simulation, where time is virtual and the network fails.
 */
import { MemoryFiles } from '../world/memory-files.ts'
import { RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type {
  Directory,
  DirectoryEntry,
  SessionEnd,
  Identity,
  PeerInfo,
  Transport,
  TransportHandler,
  World,
} from '../world/world.ts'
import { protocolVersion } from '../wire/messages.ts'
import { clearSystemTimer, setSystemTimer, systemTime } from './clock.ts'
import { newNodeId } from './node-ids.ts'
import { systemRandom } from './system-world.ts'
import { processEpochs } from './process-epochs.ts'
import { globalWide } from '../base/global-wide.ts'
import { defaultStateFolder, openStateFolder } from './state-folder.ts'
import { queueMicrotask, setImmediate } from './real-time.ts'

interface Store {
  readonly files: MemoryFiles
  readonly entries: Map<NodeId, DirectoryEntry>
  readonly sessions: Map<NodeId, SessionEnd>
}

/** Where the nodes of memory worlds meet. Nodes of different hubs never do. */
export class MemoryHub {
  private readonly listeners = new Map<string, MemoryTransport>()
  private readonly stores = new Map<string, Store>()
  private due: (() => void)[] = []
  private isScheduled = false
  private ports = 0

  listen(transport: MemoryTransport): string {
    const address = `memory:${++this.ports}`
    this.listeners.set(address, transport)
    return address
  }

  unlisten(address: string): void {
    this.listeners.delete(address)
  }

  at(address: string): MemoryTransport | undefined {
    return this.listeners.get(address)
  }

  /** Runs it in a later turn of the loop, in the order in which it was asked. */
  later(task: () => void): void {
    this.due.push(task)
    this.schedule()
  }

  store(cluster: string): Store {
    let store = this.stores.get(cluster)
    if (store === undefined) {
      store = { files: new MemoryFiles(), entries: new Map(), sessions: new Map() }
      this.stores.set(cluster, store)
    }
    return store
  }

  private schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => this.runDue())
  }

  private runDue(): void {
    this.isScheduled = false
    // Tasks that are added while these run belong to the next turn: timers and sockets have their turn in between.
    const tasks = this.due
    this.due = []
    let next = 0
    try {
      while (next < tasks.length) (tasks[next++] as () => void)()
    } finally {
      // A task that threw does not stop the others.
      if (next < tasks.length) this.due = [...tasks.slice(next), ...this.due]
      if (this.due.length > 0) this.schedule()
    }
  }
}

/** The hub of this process, for every copy of the package: with a hub for each, nodes of one cluster would both hold. */
function processHub(): MemoryHub {
  return globalWide('memory-hub', () => new MemoryHub())
}

/**
 * A world in memory; all that share a hub can meet.
 *
 * @example const node = await createNode({ join: 'memory', cluster: 'my test' })
 */
export function memoryWorld(hub: MemoryHub = processHub()): World {
  return {
    time: systemTime,
    random: systemRandom,
    setTimer: (delayMs, fire) => setSystemTimer(delayMs, fire, false),
    clearTimer: clearSystemTimer,
    defer: (task) => queueMicrotask(task),
    nextTurn: (task) => void setImmediate(task),
    newId: newNodeId,
    openTransport: (identity, handler) => Promise.resolve(new MemoryTransport(hub, identity, handler)),
    openDirectory: (cluster) => Promise.resolve(openStore(hub.store(cluster), cluster)),
    findDirectory: (cluster) => Promise.resolve(openStore(hub.store(cluster), cluster)),
    openState: (folder, cluster) => openStateFolder(folder ?? defaultStateFolder(), cluster),
    epochs: processEpochs(),
  }
}

/** One end of a pair; `isOpen` falls for both ends at once, and each hears of it in its turn. */
interface Pipe {
  isOpen: boolean
}

interface End {
  readonly pipe: Pipe
  readonly peer: MemoryTransport
  bufferedBytes: number
}

class MemoryTransport implements Transport {
  readonly address: string
  readonly identity: Identity
  /** A copy of the package in another version may share the hub, and would not read these frames. */
  readonly protocol = protocolVersion
  private readonly hub: MemoryHub
  private readonly handler: TransportHandler
  private readonly ends = new Map<NodeId, End>()
  private isOpen = true

  constructor(hub: MemoryHub, identity: Identity, handler: TransportHandler) {
    this.hub = hub
    this.identity = identity
    this.handler = handler
    this.address = identity.role === 'member' ? hub.listen(this) : ''
  }

  dial(address: string): void {
    this.hub.later(() => {
      if (!this.isOpen) return
      const target = this.hub.at(address)
      if (target === undefined) return this.handler.dialFailed(address, new Error(`no node listens at ${address}`))
      const refusal = this.refusal(target, address)
      if (refusal !== null) {
        if (target !== this) target.handler.refused(`a node of cluster ${JSON.stringify(this.identity.cluster)}`, refusal)
        return this.handler.dialFailed(address, refusal)
      }
      if (!this.isConnected(target.identity.id)) this.connect(target)
    })
  }

  isConnected(peer: NodeId): boolean {
    return this.ends.get(peer)?.pipe.isOpen === true
  }

  send(peer: NodeId, frame: Uint8Array): boolean {
    const end = this.ends.get(peer)
    if (end === undefined || !end.pipe.isOpen) return false
    const bytes = frame.slice()
    end.bufferedBytes += bytes.length
    this.hub.later(() => {
      end.bufferedBytes -= bytes.length
      if (end.peer.hears(this, end.pipe)) end.peer.handler.frame(this.identity.id, bytes)
    })
    return true
  }

  bufferedBytes(peer: NodeId): number {
    return this.ends.get(peer)?.bufferedBytes ?? 0
  }

  disconnect(peer: NodeId, reason: string): void {
    const end = this.ends.get(peer)
    if (end === undefined) return
    this.ends.delete(peer)
    // In order behind the frames that are on their way to the peer.
    this.hub.later(() => {
      end.pipe.isOpen = false
      end.peer.lose(this.identity.id, end.pipe, 'closed by the peer')
    })
    queueMicrotask(() => {
      if (this.isOpen) this.handler.disconnected(peer, reason)
    })
  }

  close(): Promise<void> {
    if (this.isOpen) {
      for (const peer of [...this.ends.keys()]) this.disconnect(peer, 'closed')
      this.isOpen = false
      this.hub.unlisten(this.address)
    }
    return Promise.resolve()
  }

  private refusal(target: MemoryTransport, address: string): RefusedError | null {
    if (target.protocol !== this.protocol) {
      const message = `${address} belongs to another version of Holdfast in this process: install one version for all`
      return new RefusedError(message, { reason: 'protocol' })
    }
    if (target === this) return new RefusedError(`${address} is this node itself`, { reason: 'self' })
    if (target.identity.cluster !== this.identity.cluster) {
      return new RefusedError(`${address} belongs to another cluster than ${JSON.stringify(this.identity.cluster)}`, {
        reason: 'cluster',
      })
    }
    if (target.identity.secret !== this.identity.secret) {
      return new RefusedError(`${address} has another secret: give all nodes of the cluster the same 'secret'`, {
        reason: 'secret',
      })
    }
    return null
  }

  private connect(target: MemoryTransport): void {
    const pipe: Pipe = { isOpen: true }
    // The peer may not have heard yet that the connection before this one has ended.
    target.lose(this.identity.id, target.ends.get(this.identity.id)?.pipe ?? null, 'replaced')
    this.ends.set(target.identity.id, { pipe, peer: target, bufferedBytes: 0 })
    target.ends.set(this.identity.id, { pipe, peer: this, bufferedBytes: 0 })
    target.handler.connected(this.info())
    if (this.hears(target, pipe)) this.handler.connected(target.info())
  }

  private hears(sender: MemoryTransport, pipe: Pipe): boolean {
    return this.isOpen && this.ends.get(sender.identity.id)?.pipe === pipe
  }

  private lose(peer: NodeId, pipe: Pipe | null, reason: string): void {
    if (pipe === null || this.ends.get(peer)?.pipe !== pipe) return
    pipe.isOpen = false
    this.ends.delete(peer)
    if (this.isOpen) this.handler.disconnected(peer, reason)
  }

  private info(): PeerInfo {
    return { id: this.identity.id, address: this.address, role: this.identity.role, wallOffsetMs: 0 }
  }
}

function openStore(store: Store, cluster: string): Directory {
  const published = new Set<NodeId>()
  const withdraw = (id: NodeId): void => {
    published.delete(id)
    store.entries.delete(id)
  }
  return {
    path: `memory:${cluster}`,
    secret: `memory ${cluster}`,
    createOnce: (name, content) => store.files.createOnce(name, content),
    read: (name) => store.files.read(name),
    list: (place) => store.files.list(place),
    makePlace: (place) => store.files.makePlace(place),
    clearPlace: (place) => store.files.clearPlace(place),
    publish(id, address) {
      published.add(id)
      store.entries.set(id, { id, address, pid: process.pid })
    },
    withdraw,
    entries: () => [...store.entries.values()],
    // All are of one process, which lives.
    isProvenDead: () => false,
    // A directory in memory is not deleted.
    hasFormerUsers: () => false,
    formerEpoch: () => 0,
    noteSession: (id, end) => void (end === null ? store.sessions.delete(id) : store.sessions.set(id, end)),
    notedSession: (id) => store.sessions.get(id) ?? null,
    close: () => {
      for (const id of [...published]) withdraw(id)
    },
  }
}
