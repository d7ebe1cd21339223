/**
 * This file is one websocket to a peer, dialled by either side. Frames bypass socket.io and its engine: they are written to the
 * websocket's socket, and taken where the websocket tells of a binary message. The engine would queue them once more on the way
 * out, and decode, log and emit each of them several times on the way in. It does all the rest: opening, heartbeat and closing.
 */
import type thirdParty from '#third-party'
import type { Socket as ServerSocket } from 'socket.io'
import type { FrameSeals } from './frame-seal.ts'
import { clearTimeout, setTimeout } from './real-time.ts'
import { joinedBytesMax, type Masking, websocketFrame } from './websocket-frame.ts'

/** The part of the websocket below the engine that this file uses. */
export interface RawSocket {
  readonly bufferedAmount: number
  readonly readyState: number
  /** What the websocket writes to; the engine's own frames that are made before they are sent go this way too. */
  readonly _socket: { write(bytes: Uint8Array): unknown } | null
  send(bytes: Uint8Array, options: { readonly compress: boolean; readonly binary: boolean }): void
  terminate(): void
  once(event: 'close', listener: () => void): unknown
  on(event: 'message', listener: MessageListener): unknown
  listeners(event: 'message'): unknown[]
  removeAllListeners(event: 'message'): unknown
}

type MessageListener = (data: unknown, isBinary: boolean) => void

/** The engine below socket.io's client. */
export type ClientEngine = InstanceType<ReturnType<typeof thirdParty.socketIoClient>['Manager']>['engine']

interface Engine {
  close(): void
  onData(listener: (data: unknown) => void): void
  /** Whether any message would show the engine that the peer lives, while it waits for the answer to its heartbeat. */
  waitsForSign(): boolean
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
/** The state of a websocket that can be written to. */
const openState = 1
/** With more than this still to be written the socket does not count as ready, and volatile frames are dropped. */
const readyBytesMax = 65_536

export class Connection {
  private readonly engine: Engine
  private readonly raw: RawSocket
  private readonly masking: Masking
  private readonly seals: FrameSeals | null
  private isOpen = true
  private listener: ConnectionListener | null

  /**
   * @param masking How this end masks its websocket frames.
   * @param seals What the frames are sealed with, where TLS does not protect them.
   */
  constructor(engine: Engine, raw: RawSocket, masking: Masking, seals: FrameSeals | null, listener: ConnectionListener) {
    this.engine = engine
    this.raw = raw
    this.masking = masking
    this.seals = seals
    this.listener = listener
    engine.onData((data) => {
      if (data instanceof Uint8Array) this.take(data)
    })
    this.takeBinary()
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
    const { raw, masking } = this
    const bytes = this.seals === null ? frame : this.seals.sending.seal(frame)
    if (bytes.length > joinedBytesMax || raw.readyState !== openState) raw.send(bytes, sendOptions)
    else raw._socket?.write(websocketFrame(bytes, masking))
    return true
  }

  /** Ends it; the listener is not called any more. Frames that were sent before still go out, if that is soon. */
  end(): void {
    this.listener = null
    if (!this.isOpen || this.bufferedBytes > lingerBytesMax) return this.terminate()
    this.isOpen = false
    const timer = setTimeout(() => this.raw.terminate(), lingerMs)
    timer.unref()
    this.raw.once('close', () => clearTimeout(timer))
    this.engine.close()
  }

  /** The engine hears of every message but the binary ones, and of those as long as it waits for a sign of life. */
  private takeBinary(): void {
    const { engine, raw } = this
    const others = raw.listeners('message') as MessageListener[]
    raw.removeAllListeners('message')
    raw.on('message', (data, isBinary) => {
      if (isBinary && !engine.waitsForSign()) this.take(data as Uint8Array)
      else for (const hear of others) hear.call(raw, data, isBinary)
    })
  }

  private take(data: Uint8Array): void {
    const { listener } = this
    if (listener === null) return
    const frame = this.seals === null ? data : this.seals.receiving.open(data)
    if (frame !== null) return listener.frame(frame)
    this.terminate()
    listener.tampered()
  }

  /** Ends it at once: the listener is not called any more, and unwritten frames are lost. */
  terminate(): void {
    this.listener = null
    this.isOpen = false
    this.raw.terminate()
  }
}

/** The connection of a peer that dialled us. */
export function acceptedConnection(socket: ServerSocket, seals: FrameSeals | null, listener: ConnectionListener): Connection {
  const { conn } = socket
  const heartbeat = conn as unknown as { readonly pingTimeoutTimer: unknown }
  // A peer that leaves socket.io's namespace does not need the engine below it any more.
  socket.on('disconnect', () => conn.close())
  return new Connection(
    {
      close: () => conn.close(),
      onData: (heard) => conn.on('data', heard),
      waitsForSign: () => heartbeat.pingTimeoutTimer !== null,
      onClose: (heard) => conn.on('close', heard),
    },
    acceptedRaw(socket),
    'none',
    seals,
    listener,
  )
}

/** The connection that we dialled. */
export function dialledConnection(
  engine: ClientEngine,
  masking: Masking,
  seals: FrameSeals | null,
  listener: ConnectionListener,
): Connection {
  return new Connection(
    {
      close: () => void engine.close(),
      onData: (heard) => engine.on('data', heard),
      // The side that was dialled asks; a message is no answer.
      waitsForSign: () => false,
      onClose: (heard) => engine.on('close', heard),
    },
    dialledRaw(engine),
    masking,
    seals,
    listener,
  )
}

/**
 * The websocket below; socket.io keeps it to itself, but only this socket knows how many bytes wait in it, and only it can be
 * cut.
 */
export function acceptedRaw(socket: ServerSocket): RawSocket {
  return (socket.conn.transport as unknown as { readonly socket: RawSocket }).socket
}

export function dialledRaw(engine: ClientEngine): RawSocket {
  return (engine.transport as unknown as { readonly ws: RawSocket }).ws
}

const sendOptions = { compress: false, binary: true }
