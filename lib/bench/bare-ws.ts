/** This file measures the yardstick: round trips of the bare `ws` package between two processes. */
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

/**
 * The yardstick: one round trip of the bare `ws` package between two processes. It is the same `ws` that the mesh uses: socket.io
 * depends on it, so it is loaded through socket.io's own dependencies.
 */
export interface WsSocket {
  on(event: 'message', listener: (data: Uint8Array, isBinary: boolean) => void): void
  once(event: 'open' | 'error' | 'close', listener: (error?: Error) => void): void
  send(data: Uint8Array): void
  terminate(): void
}
export interface WsServer {
  on(event: 'connection', listener: (socket: WsSocket) => void): void
  once(event: 'listening', listener: () => void): void
  address(): AddressInfo
  close(): void
}
interface WsModule {
  readonly WebSocket: new (url: string, options: { perMessageDeflate: boolean }) => WsSocket
  readonly WebSocketServer: new (options: { port: number; host: string; perMessageDeflate: boolean }) => WsServer
}

function findWs(): WsModule {
  const fromHere = createRequire(import.meta.url)
  const fromSocketIo = createRequire(fromHere.resolve('socket.io'))
  const fromEngineIo = createRequire(fromSocketIo.resolve('engine.io'))
  return fromEngineIo('ws') as WsModule
}

const bytes = 64

/** Accepts connections at a free port. */
export async function acceptWs(accept: (socket: WsSocket) => void): Promise<WsServer> {
  const { WebSocketServer } = findWs()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', accept)
  await new Promise<void>((resolve) => server.once('listening', resolve))
  return server
}

/** Sends every message back. Resolves with the port. */
export async function listenWs(): Promise<number> {
  const server = await acceptWs((socket) => socket.on('message', (data) => socket.send(data)))
  return server.address().port
}

/** Connects to a port of this host. */
export async function connectWs(port: number): Promise<WsSocket> {
  const { WebSocket } = findWs()
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  return socket
}

/** A connection whose rounds are measured. */
export class BareWs {
  private readonly socket: WsSocket
  private readonly message = new Uint8Array(bytes).fill(7)
  private answered: () => void = () => {}

  private constructor(socket: WsSocket) {
    this.socket = socket
    socket.on('message', () => this.answered())
  }

  static async connect(port: number): Promise<BareWs> {
    return new BareWs(await connectWs(port))
  }

  round(): Promise<void> {
    return new Promise((resolve) => {
      this.answered = resolve
      this.socket.send(this.message)
    })
  }
}
