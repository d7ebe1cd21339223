/**
 * This file records what a process really sent. Frames are copied as they go out and read only when the run is over, so counting
 * costs the run almost nothing. Then each message of the lock is known by its kind, its moment, and the request that it names;
 * the simulation counts by the same. A frame that was sent again after a reconnect counts once.
 */
import type { Transport, World } from '../../world/world.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { nodeFormat } from '../../mutex/format.ts'
import type { Frame, RelayedFrame } from '../../wire/frame.ts'
import type { MessageOf } from '../../wire/messages.ts'

/** Messages of one lock that one process sent, column by column. */
export interface SentLog {
  /** The kinds that occur; `kind` has places in here. */
  readonly kinds: readonly string[]
  readonly kind: Uint8Array
  readonly atMs: Float64Array
  /** Whose request it names, as a place in `ids`; -1: of no request. */
  readonly of: Int16Array
  readonly ids: readonly NodeId[]
  /** The stamp of that request. */
  readonly time: Float64Array
  readonly count: Uint16Array
  /** Of the frames in which they went, with all that went along. */
  readonly bytes: number
}

/** A frame as it went out. */
interface Kept {
  readonly atMs: number
  readonly from: NodeId
  readonly to: NodeId
  readonly bytes: Uint8Array
}

/** How much of a run is kept; a run that sends more is too long for a real measurement. */
const keptBytesMax = 512 * 1024 * 1024

/** Keeps the frames that go out through a world, while it is on. */
export class Wiretap {
  private readonly nowMs: () => number
  private kept: Kept[] = []
  private keptBytes = 0
  private isOn = false

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  /** The same world, whose transports are listened to. */
  on(world: World): World {
    return {
      ...world,
      openTransport: async (identity, ...rest) => this.tapped(await world.openTransport(identity, ...rest), identity.id),
    }
  }

  start(): void {
    this.kept = []
    this.keptBytes = 0
    this.isOn = true
  }

  /** Ends the listening, and reads what was kept for the messages of one lock. */
  stop(lock: string): SentLog {
    this.isOn = false
    const { kept } = this
    this.kept = []
    if (this.keptBytes > keptBytesMax) throw new Error('this run sent more than can be kept: ask for fewer entries')
    return sentLogOf(kept, lock)
  }

  private tapped(transport: Transport, self: NodeId): Transport {
    return {
      get address() {
        return transport.address
      },
      dial: (address) => transport.dial(address),
      isConnected: (peer) => transport.isConnected(peer),
      send: (peer, frame, volatile) => {
        const isSent = transport.send(peer, frame, volatile)
        if (isSent && this.isOn && !volatile) this.keep(self, peer, frame)
        return isSent
      },
      bufferedBytes: (peer) => transport.bufferedBytes(peer),
      disconnect: (peer, reason) => transport.disconnect(peer, reason),
      close: () => transport.close(),
    }
  }

  private keep(from: NodeId, to: NodeId, frame: Uint8Array): void {
    this.keptBytes += frame.length
    if (this.keptBytes <= keptBytesMax) this.kept.push({ atMs: this.nowMs(), from, to, bytes: frame.slice() })
  }
}

interface Sent {
  readonly atMs: number
  readonly kind: string
  readonly stamp: Stamp | null
}

function sentLogOf(kept: readonly Kept[], lock: string): SentLog {
  const sent: Sent[] = []
  const seen = new Set<string>()
  let bytes = 0
  for (const each of kept) {
    const before = sent.length
    const { frame, to } = ownFrame(each)
    if (frame === null) continue
    for (const [at, message] of frame.messages.entries()) {
      if (message.type !== 'lock' || message.lock !== lock) continue
      if (frame.kind === 'ordered') {
        const key = `${to} ${frame.link} ${frame.sequence + at}`
        if (seen.has(key)) continue
        seen.add(key)
      }
      sent.push({ atMs: each.atMs, kind: kindOf(message), stamp: message.body.stamp ?? null })
    }
    if (sent.length > before) bytes += each.bytes.length
  }
  return inColumns(sent, bytes)
}

/** The frame, and whom it is for; none where this node only hands on what another sent. Locks' messages never travel in parts. */
function ownFrame({ from, to, bytes }: Kept): { frame: Exclude<Frame, RelayedFrame> | null; to: NodeId } {
  const frame = nodeFormat.decodeFrame(bytes)
  if (frame.kind !== 'relayed') return { frame, to }
  if (frame.from !== from) return { frame: null, to }
  return ownFrame({ atMs: 0, from, to: frame.to, bytes: frame.inner })
}

/** A token on its way home, after a long rest, is no token of the paper's. */
function kindOf({ body }: MessageOf<'lock'>): string {
  return 'homing' in body && body.homing ? 'homing' : body.kind
}

function inColumns(sent: readonly Sent[], bytes: number): SentLog {
  const kinds = [...new Set(sent.map(({ kind }) => kind))]
  const ids = [...new Set(sent.flatMap(({ stamp }) => (stamp === null ? [] : [stamp.id])))]
  return {
    kinds,
    kind: Uint8Array.from(sent, ({ kind }) => kinds.indexOf(kind)),
    atMs: Float64Array.from(sent, ({ atMs }) => atMs),
    of: Int16Array.from(sent, ({ stamp }) => (stamp === null ? -1 : ids.indexOf(stamp.id))),
    ids,
    time: Float64Array.from(sent, ({ stamp }) => stamp?.time ?? 0),
    count: Uint16Array.from(sent, ({ stamp }) => stamp?.count ?? 0),
    bytes,
  }
}
