/** This file measures the floor: what a frame to every peer and their answers cost without links, checks and algorithms. */
import { EventEmitter } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Packr } from 'msgpackr'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'

/**
 * The floor: the cost of the stack below the locks alone. It sends a frame of socket.io + msgpackr to every peer and waits for
 * all answers: the least time of a first acquire that asks all members. It has no links, no checks and no actors, only the
 * transport as the mesh configures it: websocket alone, one binary frame for each packet.
 */
const packr = new Packr({ useRecords: false, int64AsType: 'bigint' })

class Encoder {
  encode(packet: unknown): unknown[] {
    return [packr.pack(packet)]
  }
}

class Decoder extends EventEmitter {
  add(frame: Uint8Array): void {
    this.emit('decoded', packr.unpack(frame))
  }

  destroy(): void {}
}

const parser = { Encoder, Decoder }

/** Answers every frame with one of the same size. */
export async function listenFloor(): Promise<number> {
  const http: HttpServer = createServer()
  const server = new Server(http, { transports: ['websocket'], parser, serveClient: false, perMessageDeflate: false })
  server.on('connection', (socket) => {
    socket.on('ask', (body: unknown) => {
      socket.emit('answer', body)
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  return (http.address() as AddressInfo).port
}

/** Connections to the floors of all peers. */
export class FloorPeers {
  private readonly sockets: readonly Socket[]
  private readonly open = new Map<number, { missing: number; complete(): void }>()
  private rounds = 0

  private constructor(sockets: readonly Socket[]) {
    this.sockets = sockets
    for (const socket of sockets) {
      socket.on('answer', (body: readonly [number, number]) => {
        const round = this.open.get(body[1])
        if (round === undefined || --round.missing > 0) return
        this.open.delete(body[1])
        round.complete()
      })
    }
  }

  static async connect(ports: readonly number[]): Promise<FloorPeers> {
    const sockets = ports.map((port) => io(`ws://127.0.0.1:${port}`, { transports: ['websocket'], parser, reconnection: false }))
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<void>((resolve, reject) => {
            socket.once('connect', resolve)
            socket.once('connect_error', reject)
          }),
      ),
    )
    return new FloorPeers(sockets)
  }

  /** A frame of about the size of a lock's request to all; resolves when all have answered. */
  round(): Promise<void> {
    return new Promise((complete) => {
      const number = ++this.rounds
      this.open.set(number, { missing: this.sockets.length, complete })
      const body = [31, number, 1_000_000_007, 'bench/first', number, 0, [1_700_000_000_000, 0, 'requester'], 0]
      for (const socket of this.sockets) socket.emit('ask', body)
    })
  }
}
