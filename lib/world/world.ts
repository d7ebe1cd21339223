/**
 * This file declares `World`, the only door from the pure core to the outside: time, timers, randomness, connections and the
 * directory. `lib/mesh` and `lib/sim` implement it.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Signal } from '../base/platform.ts'
import type { Random } from '../base/random.ts'

/**
 * The only way from the pure core to the outside: time, timers, randomness, connections and the local directory. The real one is
 * in `mesh`, the simulated one in `sim`; code below `node` has no other way out.
 */
export interface World {
  readonly time: Time
  readonly random: Random
  /** True in simulations, which look for errors: an error of a handler is not caught. Elsewhere it ends the session. */
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
  /** Opens the local directory of a cluster, and creates it if needed. Throws REFUSED if this process may not use it. */
  openDirectory(cluster: string, patience?: Patience): Promise<Directory>
  /** The same for an observer, which changes nothing: null if there is no such directory; none is created. */
  findDirectory(cluster: string, patience?: Patience): Promise<Directory | null>
  /**
   * What this host stores of a cluster beyond the end of its processes, in `folder`; undefined stands for this user's state
   * folder. No file is created or read before the first use.
   */
  openState(folder: string | undefined, cluster: string): State
  /** The highest epochs that nodes of this process were in. They belong to the process, not to a node. */
  readonly epochs: ProcessEpochs
}

/** The caller of an opening that has to wait for a fact first. */
export interface Patience {
  /** Aborted when the opening is to be given up: then it rejects at once, and leaves nothing open. */
  readonly signal: Signal
  /** Is told what the opening waits for, for people, as the end of a sentence: `process 7 to restore the file /…/secret`. */
  waitsFor(what: string): void
}

export type TimerHandle = unknown

/** Three clocks, each in milliseconds from an origin of its own. */
export interface Time {
  /** Never falls; stops while the machine is suspended. */
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
  /** The secret that the handshake proves to the other side: that of the option, or of the local directory. */
  readonly secret?: string
  /** The local directory of the secret, so that a refusal can name it; absent if the secret is that of the option. */
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
 * Connections: each is authenticated and ordered while it lives, with at most one for a pair of nodes. A connection may be cut at
 * any point. Then frames that were sent and not received are lost, and `Links` above sends them again.
 */
export interface Transport {
  /** Where this node can be dialled; empty for an observer. */
  readonly address: string
  /** Why it listens at a port where a unix socket is the default; null or absent if it does not. */
  readonly noSocketReason?: string | null
  /** Tries once to connect; the outcome arrives as `connected` or `dialFailed`. Dialling a connected peer is harmless. */
  dial(address: string): void
  /** The same, before other dials that wait for their turn. Absent where none wait. */
  hurry?(address: string): void
  /**
   * Whether a dial to this address waits for its turn: that its node is not connected does not mean that it cannot be reached.
   * Absent where none wait.
   */
  isWaiting?(address: string): boolean
  isConnected(peer: NodeId): boolean
  /**
   * Gives one frame to the connection. Returns false without a connection. A volatile frame is dropped if the socket is not
   * ready.
   */
  send(peer: NodeId, frame: Uint8Array, volatile: boolean): boolean
  /** Bytes that were handed over and are not written yet, so that a slow reader is noticed. */
  bufferedBytes(peer: NodeId): number
  disconnect(peer: NodeId, reason: string): void
  /** Closes the listener and all connections; resolves when they are closed. No handler is called afterwards. */
  close(): Promise<void>
}

export interface TransportHandler {
  connected(peer: PeerInfo): void
  disconnected(peer: NodeId, reason: string): void
  frame(peer: NodeId, bytes: Uint8Array): void
  /** A dial did not lead to a connection: refused by the peer (`HoldfastError`) or unreachable (any other error). */
  dialFailed(address: string, error: HoldfastError | Error): void
  /** A node that dialled this one was refused. */
  refused(from: string, error: HoldfastError): void
  /**
   * A frame came that the peer did not send: a relay on the way changed the stream. The connection is over; `disconnected`
   * follows.
   */
  frameTampered(peer: NodeId, message: string): void
  /** Connections cannot be accepted at present; the message has cause and cure. */
  listenerFailed(message: string): void
}

/**
 * Files that the processes of one host share. A file's name is `NAME`, or `PLACE/NAME` in a *place*: a folder that is made and
 * removed as a whole. A place's name is never used again, so a place that is gone stays gone.
 */
export interface DirectoryFiles {
  /**
   * Creates a file with its whole content, atomically; false when it already exists. Throws when the directory or the
   * place is gone; then no reader ever sees what was created, if anything was.
   */
  createOnce(name: string, content: Uint8Array): boolean
  /** The content, or null without such a file. Throws if the directory or the place is gone or was replaced. */
  read(name: string): Uint8Array | null
  /** The names of files and places, or of the files in one place. Throws if that place is gone. */
  list(place?: string): readonly string[]
  /** Makes an empty place. Throws if its name is taken. */
  makePlace(place: string): void
  /**
   * Removes a place, whole and at once: a process that reads or creates a file in it later finds it gone. No effect if it is
   * gone.
   */
  clearPlace(place: string): void
}

/**
 * The directory that the processes of one user on one host share. Its operations are synchronous and few: the kernel
 * is the register that decides views.
 */
export interface Directory extends DirectoryFiles {
  readonly path: string
  /** The secret that all processes that may read the directory share; it authenticates the handshake. */
  readonly secret: string
  /**
   * A sentence about the processes of this user that this one cannot see, so that they form another cluster; null if it sees all.
   */
  readonly blindSpot?: string | null
  /** Where the nodes that meet here have their unix sockets. Absent where there are no such sockets: in memory, in simulations. */
  readonly sockets?: Sockets
  /** Publishes or refreshes this node's entry, so that others find it. Throws REFUSED (`id`) if another node has the id. */
  publish(id: NodeId, address: string): void
  /** Removes this node's entry. No effect without one. */
  withdraw(id: NodeId): void
  /** The nodes that have an entry; those that `isKnown` names may be left out, since they need not be read. */
  entries(isKnown?: (id: NodeId) => boolean): readonly DirectoryEntry[]
  /** Another text when an entry has come or gone, at the latest at the second look after that. Absent where reading costs little. */
  entriesMark?(): string
  /**
   * Whether no process can act for this node any more, now and for ever. False if that is not certain: for a node whose entry was
   * never read, or whose process is stopped or hung.
   */
  isProvenDead(id: NodeId): boolean
  /**
   * Whether a process may still use a directory that was at this path and was deleted, in whole or in part. True also if that is
   * not certain.
   */
  hasFormerUsers(): boolean
  /** The highest epoch in a directory of a former boot, in the same place; 0 without one. */
  formerEpoch(): number
  /**
   * Notes until when this node's session can last, if the renewal that begins now succeeds. A process that reads the note after a
   * decision knows that the session lasts no longer. The note outlives the entry, since others use it when its node is gone; null
   * removes it. Throws if no correct note can be left.
   */
  noteSession(id: NodeId, end: SessionEnd | null): void
  /** The latest such note of a node; null without one, or if the machine has no clocks that all its processes share. */
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

/** A moment that has come when both clocks say so, as the reading process reads them with its `Time`. */
export interface SessionEnd {
  readonly monotonicMs: number
  readonly bootMs: number
}

export interface DirectoryEntry {
  readonly id: NodeId
  readonly address: string
  readonly pid: number
}

/** What a process remembers of its nodes' views, by cluster. */
export interface ProcessEpochs {
  /** The highest epoch; 0 if no node of this process was in a view. */
  highest(cluster: string): number
  /** A node of this process enters a view with this epoch. */
  entered(cluster: string, epoch: number): void
}

/** Marks of the epochs that a cluster has used. They outlive the machine's processes, and any number of processes make them. */
export interface EpochMarks {
  /** The highest mark; 0 when there is none. Throws when it cannot be read. */
  highest(): number
  /** Returns once the mark outlives the process and the machine. Throws if it may not. The highest mark never falls. */
  mark(epoch: number): void
}

/** The memory of one cluster on this host. */
export interface State extends EpochMarks {
  readonly path: string
  /** Opens the folder in which a voter keeps its vote. Throws REFUSED if it cannot be used, or another process uses it. */
  openVault(voter: string): Vault
}

/** The place where a voter keeps its vote: one array of bytes, replaced as a whole. Synchronous, since an answer waits for it. */
export interface Vault {
  readonly path: string
  /** The bytes that were saved last; null if none were. Throws REFUSED if they cannot be read. */
  load(): Uint8Array | null
  /**
   * Returns once the bytes outlive the process and the machine. Throws if they may not; the bytes saved before are still there.
   */
  save(bytes: Uint8Array): void
  /** Another process may open it from now on. */
  close(): void
}
