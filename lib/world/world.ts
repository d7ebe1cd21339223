/**
 * This file declares `World`, the only door from the pure core to the outside: time, timers, randomness, connections and the
 * directory. `lib/mesh` and `lib/sim` implement it.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Signal } from '../base/platform.ts'
import type { Random } from '../base/random.ts'

/**
 * The only doors from the pure core to what is outside: time, timers, randomness, connections and the local directory.
 * The real one is in `mesh`, the simulated one in `sim`; nothing below `node` reaches out in any other way.
 */
export interface World {
  readonly time: Time
  readonly random: Random
  /** True in simulations, which look for errors: what a handler throws is let through. Elsewhere it ends the session. */
  readonly failsFast?: boolean
  /** Runs `fire` once after at least `delayMs`. */
  setTimer(delayMs: number, fire: () => void): TimerHandle
  clearTimer(handle: TimerHandle): void
  /** Runs `task` at the end of this turn of the loop, after the current call and before any input that comes later. */
  defer(task: () => void): void
  /** Runs `task` in a later turn of the loop, after the input that waits by now has been taken. */
  nextTurn(task: () => void): void
  /** A fresh id that no node ever had. */
  newId(): NodeId
  /**
   * Opens this node's side of the mesh: listens, and resolves when it can be dialled. `directory`: the local one, which must stay
   * open until the transport is closed.
   */
  openTransport(
    identity: Identity,
    handler: TransportHandler,
    patience?: Patience,
    directory?: Directory | null,
  ): Promise<Transport>
  /** Opens the local directory of a cluster, creating it if need be. Throws REFUSED when it is not ours to use. */
  openDirectory(cluster: string, patience?: Patience): Promise<Directory>
  /** The same for an onlooker, who changes nothing: null when there is no such directory, and none is created. */
  findDirectory(cluster: string, patience?: Patience): Promise<Directory | null>
  /**
   * What this host remembers of a cluster beyond the end of its processes. `folder`: where; undefined stands for this user's
   * state folder. Nothing is created or read before it is used.
   */
  openState(folder: string | undefined, cluster: string): State
  /** The highest epochs that nodes of this process were in. They are the process's, not a node's. */
  readonly epochs: ProcessEpochs
}

/** Who waits for an opening that takes its time, because a fact has to show itself first. */
export interface Patience {
  /** Aborted when the opening is to be given up: then it rejects at once, and leaves nothing open. */
  readonly signal: Signal
  /** Hears what is waited for, for people, as the end of a sentence: `process 7 to restore the file /…/secret`. */
  waitsFor(what: string): void
}

export type TimerHandle = unknown

/** Three clocks, each in milliseconds from an origin of its own. */
export interface Time {
  /** Never falls; stands still while the machine is suspended. */
  monotonicMs(): number
  /** Since 1970, as the machine believes. */
  wallMs(): number
  /** Never falls, and goes on while the machine is suspended. Costs a system call: not for the hot path. */
  bootMs(): number
}

/** What a node says of itself when it connects. */
export interface Identity {
  readonly id: NodeId
  readonly cluster: string
  readonly role: Role
  /** What the handshake proves to the other side: the option's, or the local directory's. */
  readonly secret?: string
  /** The local directory that the secret is of, so that a refusal can name it; absent when the secret is the option's. */
  readonly secretFrom?: string
}

/** `member` nodes take part; `observer`s are authenticated and only ask questions. */
export type Role = 'member' | 'observer'

/** What the handshake proved of the other side. */
export interface PeerInfo {
  readonly id: NodeId
  /** Where it can be dialled; empty when it only dials (behind NAT, or an observer). */
  readonly address: string
  readonly role: Role
  /** Its wall clock minus ours at the handshake: the least difference that the round trip allows. */
  readonly wallOffsetMs: number
}

/**
 * Connections, each authenticated, ordered while it lives, at most one for a pair of nodes. A connection may be cut at
 * any point: what was sent and not received is lost, and `Links` above repairs that.
 */
export interface Transport {
  /** Where this node can be dialled; empty for an observer. */
  readonly address: string
  /** Tries once to connect; the outcome arrives as `connected` or `dialFailed`. Dialling a connected peer is harmless. */
  dial(address: string): void
  isConnected(peer: NodeId): boolean
  /** Hands one frame to the connection. False when there is none. A volatile frame is dropped when the socket is not ready. */
  send(peer: NodeId, frame: Uint8Array, volatile: boolean): boolean
  /** Bytes handed over and not yet written out, so that a slow reader is seen. */
  bufferedBytes(peer: NodeId): number
  disconnect(peer: NodeId, reason: string): void
  /** Closes the listener and every connection; resolves when nothing is left open. No handler is called afterwards. */
  close(): Promise<void>
}

export interface TransportHandler {
  connected(peer: PeerInfo): void
  disconnected(peer: NodeId, reason: string): void
  frame(peer: NodeId, bytes: Uint8Array): void
  /** A dial did not lead to a connection: refused by the peer (`HoldfastError`) or unreachable (any other error). */
  dialFailed(address: string, error: HoldfastError | Error): void
  /** A node that dialled us was turned away. */
  refused(from: string, error: HoldfastError): void
  /** A frame came that the peer did not send: a relay on the way meddles. The connection is over; `disconnected` follows. */
  frameTampered(peer: NodeId, message: string): void
  /** Connections cannot be taken for the moment; the message tells cause and cure. */
  listenerFailed(message: string): void
}

/**
 * Files that the processes of one host share. A file's name is `NAME`, or `PLACE/NAME` in a *place*: a folder that comes
 * and goes as a whole. A place's name is never used again, so what is once gone stays gone.
 */
export interface DirectoryFiles {
  /**
   * Creates a file with its whole content, atomically; false when it already exists. Throws when the directory or the
   * place is gone; then no reader ever sees what was created, if anything was.
   */
  createOnce(name: string, content: Uint8Array): boolean
  /** The content, or null when there is no such file. Throws when the directory or the place is gone or was replaced. */
  read(name: string): Uint8Array | null
  /** The names of files and places, or of the files in one place. Throws when that is gone. */
  list(place?: string): readonly string[]
  /** Makes an empty place. Throws when its name is taken. */
  makePlace(place: string): void
  /** Takes a place away, whole and at once: a process that reads or creates a file in it later finds it gone. Harmless when it is gone. */
  clearPlace(place: string): void
}

/**
 * The directory that the processes of one user on one host share. Its operations are synchronous and few: the kernel
 * is the register that decides views.
 */
export interface Directory extends DirectoryFiles {
  readonly path: string
  /** Shared by all who may read the directory; authenticates the handshake. */
  readonly secret: string
  /** Which processes of this user this one cannot see, so that they make a cluster of their own, as a sentence; null when it sees all. */
  readonly blindSpot?: string | null
  /** Where the nodes that meet here have their unix sockets. Absent where there are no such sockets: in memory, in simulations. */
  readonly sockets?: Sockets
  /** Publishes or refreshes this node's entry, so that others find it. Throws REFUSED (`id`) when another node has the id. */
  publish(id: NodeId, address: string): void
  /** Takes this node's entry away. Harmless when there is none. */
  withdraw(id: NodeId): void
  /** The nodes that have an entry. */
  entries(): readonly DirectoryEntry[]
  /**
   * Whether no process can act for this node any more, now and for ever. False whenever that is not certain: of a node
   * whose entry was never read, of one whose process is stopped or hung.
   */
  isProvenDead(id: NodeId): boolean
  /**
   * Whether a process may still use a directory that stood at this path and was deleted, in whole or in part. True
   * whenever that is not certain.
   */
  hasFormerUsers(): boolean
  /** The highest epoch that a directory of a former boot names, in the same place; 0 when there is none. */
  formerEpoch(): number
  /**
   * Notes until when this node's session can last, if the renewal that begins now succeeds. A process that reads the note after a
   * deciding knows that it lasts no longer. The note outlives the entry, since others go by it when its node is gone; null
   * takes it away. Throws when no truthful note can be left.
   */
  noteSession(id: NodeId, end: SessionEnd | null): void
  /** The latest such note of a node; null when there is none, or the machine has no clocks that all its processes share. */
  notedSession(id: NodeId): SessionEnd | null
  close(): void
}

/** The unix sockets of the nodes of a directory. */
export interface Sockets {
  /** The path at which a node's socket is bound; null where this process can have none. */
  pathOf(id: NodeId): string | null
  /** The path to dial for an address; null when it names no socket, or one that this process cannot reach. */
  pathTo(address: string): string | null
  /** Calls `restore` when the file of this socket was deleted, until `forget` is called. */
  keep(id: NodeId, restore: () => void): void
  forget(id: NodeId): void
}

/** A moment that has come when both clocks say so, each as the `Time` of the process that looks reads it. */
export interface SessionEnd {
  readonly monotonicMs: number
  readonly bootMs: number
}

export interface DirectoryEntry {
  readonly id: NodeId
  readonly address: string
  readonly pid: number
}

/** What a process remembers of the views that its nodes were in, by cluster. */
export interface ProcessEpochs {
  /** 0 when none of them was in any. */
  highest(cluster: string): number
  /** A node of this process enters a view with this epoch. */
  entered(cluster: string, epoch: number): void
}

/** Marks of epochs that are used in a cluster, which outlive the machine's processes. Any number of processes make them. */
export interface EpochMarks {
  /** The highest mark; 0 when there is none. Throws when it cannot be read. */
  highest(): number
  /** Returns once the mark outlives the process and the machine. Throws when it may not. The highest never falls by it. */
  mark(epoch: number): void
}

/** The memory of one cluster on this host. */
export interface State extends EpochMarks {
  readonly path: string
  /** Opens the folder in which a voter keeps its vote. Throws REFUSED when it cannot be used, or another process uses it. */
  openVault(voter: string): Vault
}

/** Where a voter keeps its vote: one piece of bytes, replaced as a whole. Synchronous, since an answer waits for it. */
export interface Vault {
  readonly path: string
  /** What was saved last; null when nothing ever was. Throws REFUSED when it cannot be read. */
  load(): Uint8Array | null
  /** Returns once the bytes outlive the process and the machine. Throws when they may not; what was saved before is still there. */
  save(bytes: Uint8Array): void
  /** Another process may open it from now on. */
  close(): void
}
