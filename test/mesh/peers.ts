/** Real transports for tests: each records what its handler heard, and tests wait for what they need, not for time. */
import { HoldfastError } from '../../lib/base/errors.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { Directory, Identity, PeerInfo, Transport, TransportHandler, World } from '../../lib/world/world.ts'
import { memoryWorld } from '../../lib/mesh/memory-world.ts'
import { systemWorld, type SystemWorldOptions } from '../../lib/mesh/system-world.ts'

export class TestPeer implements TransportHandler {
  readonly id: NodeId
  readonly log: string[] = []
  readonly infos = new Map<NodeId, PeerInfo>()
  readonly frames: { readonly from: NodeId; readonly bytes: Buffer }[] = []
  readonly failures: { readonly address: string; readonly error: Error }[] = []
  readonly tamperings: { readonly peer: NodeId; readonly message: string }[] = []
  readonly listenerFailures: string[] = []
  readonly refusals: { readonly from: string; readonly error: HoldfastError }[] = []
  /** Called with each frame, if a test wants to answer. */
  answer: ((from: NodeId, bytes: Uint8Array) => void) | null = null
  private opened: Transport | null = null
  private readonly waiting = new Set<() => void>()

  constructor(id: NodeId) {
    this.id = id
  }

  get transport(): Transport {
    if (this.opened === null) throw new Error(`${this.id} is not open`)
    return this.opened
  }

  get address(): string {
    return this.transport.address
  }

  async open(world: World, rest: Partial<Identity> = {}, directory: Directory | null = null): Promise<this> {
    const identity: Identity = { id: this.id, cluster: 'test', role: 'member', ...rest }
    this.opened = await world.openTransport(identity, this, undefined, directory)
    return this
  }

  connected(peer: PeerInfo): void {
    this.infos.set(peer.id, peer)
    this.note(`connected ${peer.id}`)
  }

  disconnected(peer: NodeId, reason: string): void {
    this.note(`disconnected ${peer} ${reason}`)
  }

  frame(from: NodeId, bytes: Uint8Array): void {
    this.frames.push({ from, bytes: Buffer.from(bytes) })
    this.answer?.(from, bytes)
    this.changed()
  }

  dialFailed(address: string, error: Error): void {
    this.failures.push({ address, error })
    this.note('dialFailed')
  }

  refused(from: string, error: HoldfastError): void {
    this.refusals.push({ from, error })
    this.note('refused')
  }

  frameTampered(peer: NodeId, message: string): void {
    this.tamperings.push({ peer, message })
    this.note('frameTampered')
  }

  listenerFailed(message: string): void {
    this.listenerFailures.push(message)
    this.note('listenerFailed')
  }

  /** Resolves as soon as `done` holds; it is asked again after whatever the handler hears. */
  async until(done: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const ask = (): void => {
        if (!done()) return
        this.waiting.delete(ask)
        resolve()
      }
      this.waiting.add(ask)
      ask()
    })
  }

  untilConnected(peer: TestPeer): Promise<void> {
    return this.until(() => this.transport.isConnected(peer.id))
  }

  private note(entry: string): void {
    this.log.push(entry)
    this.changed()
  }

  private changed(): void {
    for (const ask of [...this.waiting]) ask()
  }
}

/** Peers of one test, closed together at its end. */
export class TestMesh {
  private readonly peers: TestPeer[] = []

  /** A peer on real sockets. */
  async peer(id: NodeId, options: SystemWorldOptions = {}, rest: Partial<Identity> = {}): Promise<TestPeer> {
    return this.keep(await new TestPeer(id).open(systemWorld(options), rest))
  }

  /** A peer of a local directory. */
  async localPeer(id: NodeId, directory: Directory, options: SystemWorldOptions = {}): Promise<TestPeer> {
    return this.keep(await new TestPeer(id).open(systemWorld(options), { secret: directory.secret }, directory))
  }

  /** A peer in the memory of a hub. */
  async memoryPeer(id: NodeId, hub: Parameters<typeof memoryWorld>[0], rest: Partial<Identity> = {}): Promise<TestPeer> {
    return this.keep(await new TestPeer(id).open(memoryWorld(hub), rest))
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.splice(0).map((peer) => peer.transport.close()))
  }

  private keep(peer: TestPeer): TestPeer {
    this.peers.push(peer)
    return peer
  }
}

/** Both sides of a pair have heard that they are connected. */
export async function join(a: TestPeer, b: TestPeer): Promise<void> {
  a.transport.dial(b.address)
  await Promise.all([a.untilConnected(b), b.untilConnected(a)])
}

export function text(bytes: string): Uint8Array {
  return Buffer.from(bytes)
}

/** The one error of a list, as the code and reason by which programs tell errors apart. */
export function codeOf(errors: readonly { readonly error: Error }[]): string {
  return errors
    .map(({ error }) => (error instanceof HoldfastError ? `${error.code} ${error.reason ?? error.option ?? ''}` : error.name))
    .join(', ')
}
