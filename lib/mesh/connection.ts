/**
 * This file is one websocket to a peer, whichever side dialled. Frames go below socket.io's event layer, whose frames have no
 * header in our parser: they come out of its engine as binary messages, and go in at the websocket under that engine, which
 * would only queue them once more.
 */
import type thirdParty from '#third-party'
import type { Socket as ServerSocket } from 'socket.io'
import type { FrameSeals } from './frame-seal.ts'
import { clearTimeout, setTimeout } from './real-time.ts'

/** What we use of the websocket below the engine. */
export interface RawSocket {
  readonly bufferedAmount: number
  send(bytes: Uint8Array, options: { readonly compress: boolean; readonly binary: boolean }): void
  terminate(): void
  once(event: 'close', listener: () => void): unknown
}

/** The engine below socket.io's client. */
export type ClientEngine = InstanceType<ReturnType<typeof thirdParty.socketIoClient>['Manager']>['engine']

interface Engine {
  close(): void
  onData(listener: (data: unknown) => void): void
  onClose(listener: (reason: string) => void): void
}

export interface ConnectionListener {
  frame(bytes: Uint8Array): void
  /** A frame came that the peer did not send next; the connection has been ended. Instead of `closed`. */
  tampered(): void
  /** Once, and nothing after it. */
  closed(reason: string): void
}

/** How long a connection that is closed in good order has to send what it holds. */
const lingerMs = 1_000
/** With more than this still to be written, closing in good order would keep memory for a reader that does not read. */
const lingerBytesMax = 1_048_576
/** With more than this still to be written the socket does not count as ready, and volatile frames are dropped. */
const readyBytesMax = 65_536

export class Connection {
  private readonly engine: Engine
  private readonly raw: RawSocket
  private readonly seals: FrameSeals | null
  private isOpen = true
  private listener: ConnectionListener | null

  /** @param seals What the frames are sealed with, where TLS does not protect them. */
  constructor(engine: Engine, raw: RawSocket, seals: FrameSeals | null, listener: ConnectionListener) {
    this.engine = engine
    this.raw = raw
    this.seals = seals
    this.listener = listener
    engine.onData((data) => {
      if (data instanceof Uint8Array) this.take(data)
    })
    engine.onClose((reason) => {
      this.isOpen = false
      const heard = this.listener
      this.listener = null
      heard?.closed(reason)
    })
  }

  /** Bytes handed over that the kernel has not taken. */
  get bufferedBytes(): number {
    return this.raw.bufferedAmount
  }

  /** False when a volatile frame was dropped, or the connection has ended. The bytes must not change afterwards. */
  send(frame: Uint8Array, volatile: boolean): boolean {
    if (!this.isOpen || (volatile && this.bufferedBytes > readyBytesMax)) return false
    this.raw.send(this.seals === null ? frame : this.seals.sending.seal(frame), sendOptions)
    return true
  }

  /** Ends it; the listener hears nothing any more. What was sent before still goes out, if it does so soon. */
  end(): void {
    this.listener = null
    if (!this.isOpen || this.bufferedBytes > lingerBytesMax) return this.terminate()
    this.isOpen = false
    const timer = setTimeout(() => this.raw.terminate(), lingerMs)
    timer.unref()
    this.raw.once('close', () => clearTimeout(timer))
    this.engine.close()
  }

  private take(data: Uint8Array): void {
    const { listener } = this
    if (listener === null) return
    const frame = this.seals === null ? data : this.seals.receiving.open(data)
    if (frame !== null) return listener.frame(frame)
    this.terminate()
    listener.tampered()
  }

  /** Ends it at once: the listener hears nothing any more, and what was not yet written is lost. */
  terminate(): void {
    this.listener = null
    this.isOpen = false
    this.raw.terminate()
  }
}

/** The connection of a peer that dialled us. */
export function acceptedConnection(socket: ServerSocket, seals: FrameSeals | null, listener: ConnectionListener): Connection {
  const { conn } = socket
  // A peer that leaves socket.io's namespace does not need the engine below it any more.
  socket.on('disconnect', () => conn.close())
  return new Connection(
    {
      close: () => conn.close(),
      onData: (heard) => conn.on('data', heard),
      onClose: (heard) => conn.on('close', heard),
    },
    acceptedRaw(socket),
    seals,
    listener,
  )
}

/** The connection that we dialled. */
export function dialledConnection(engine: ClientEngine, seals: FrameSeals | null, listener: ConnectionListener): Connection {
  return new Connection(
    {
      close: () => void engine.close(),
      onData: (heard) => engine.on('data', heard),
      onClose: (heard) => engine.on('close', heard),
    },
    dialledRaw(engine),
    seals,
    listener,
  )
}

/** The websocket below; socket.io keeps it to itself, but it alone knows what waits in it and can be cut. */
export function acceptedRaw(socket: ServerSocket): RawSocket {
  return (socket.conn.transport as unknown as { readonly socket: RawSocket }).socket
}

export function dialledRaw(engine: ClientEngine): RawSocket {
  return (engine.transport as unknown as { readonly ws: RawSocket }).ws
}

const sendOptions = { compress: false, binary: true }
