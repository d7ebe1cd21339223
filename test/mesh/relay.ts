import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Which way a frame goes through a relay. */
export type Way = 'toListener' | 'toDialler'

/** What travels in place of one binary frame: as many as there are, none to leave it out. */
export type Meddle = (payload: Buffer, way: Way, through: RelayedPair) => readonly Buffer[]

/** One connection that goes through a relay, by which it can put frames of its own in as well. */
export class RelayedPair {
  /** The binary frames that came, each way. */
  readonly seen = { toListener: [] as Buffer[], toDialler: [] as Buffer[] }
  private readonly sockets: Readonly<Record<Way, Socket>>

  constructor(dialler: Socket, listener: Socket) {
    this.sockets = { toListener: listener, toDialler: dialler }
  }

  send(way: Way, payload: Buffer, opcode = 2): void {
    this.sockets[way].write(frameOf(opcode, payload, way === 'toListener'))
  }
}

/**
 * A relay on the way between two nodes: reads their websockets' frames, and does with the binary ones what a test says.
 * Requests, answers and whatever else there is pass as they are.
 */
export class Relay {
  /** A node that dials this is led to the target. */
  readonly address: string
  readonly pairs: RelayedPair[] = []
  meddle: Meddle = (payload) => [payload]
  private readonly shut: () => void

  private constructor(address: string, shut: () => void) {
    this.address = address
    this.shut = shut
  }

  static async to(target: string): Promise<Relay> {
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(Number(target.split(':').at(-1)), '127.0.0.1')
      const pair = new RelayedPair(near, far)
      for (const [from, to, way] of [
        [near, far, 'toListener'],
        [far, near, 'toDialler'],
      ] as const) {
        sockets.add(from)
        const reader = new Reader((opcode, payload) => {
          if (opcode !== 2) return pair.send(way, payload, opcode)
          if (pair.seen.toListener.length + pair.seen.toDialler.length === 0) relay.pairs.push(pair)
          pair.seen[way].push(payload)
          for (const each of relay.meddle(payload, way, pair)) pair.send(way, each)
        })
        from.on('data', (chunk: Buffer) => to.write(reader.take(chunk)))
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const relay = new Relay(`127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    return relay
  }

  close(): void {
    this.shut()
  }
}

const headEnd = '\r\n\r\n'

/** One direction: the head of the request or answer, whatever body it says, and frames if it was an upgrade. */
class Reader {
  private rest = Buffer.alloc(0)
  private isUpgraded: boolean | null = null
  private readonly frame: (opcode: number, payload: Buffer) => void

  constructor(frame: (opcode: number, payload: Buffer) => void) {
    this.frame = frame
  }

  /** What passes as it is. */
  take(chunk: Buffer): Buffer {
    if (this.isUpgraded === false) return chunk
    this.rest = Buffer.concat([this.rest, chunk])
    let passes = Buffer.alloc(0)
    if (this.isUpgraded === null) {
      const end = this.rest.indexOf(headEnd)
      if (end < 0) return passes
      const length = end + headEnd.length
      passes = this.rest.subarray(0, length)
      this.isUpgraded = /^upgrade: websocket\r$/im.test(passes.toString('latin1'))
      if (!this.isUpgraded) return this.rest
      this.rest = this.rest.subarray(length)
    }
    // The head goes out before any frame that is written on its account.
    setImmediate(() => this.frames())
    return passes
  }

  private frames(): void {
    for (;;) {
      if (this.rest.length < 2) return
      const short = (this.rest[1] as number) & 127
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0
      const maskAt = 2 + extra
      const isMasked = ((this.rest[1] as number) & 128) !== 0
      const start = maskAt + (isMasked ? 4 : 0)
      if (this.rest.length < start) return
      const length = extra === 0 ? short : extra === 2 ? this.rest.readUInt16BE(2) : Number(this.rest.readBigUInt64BE(2))
      if (this.rest.length < start + length) return
      const payload = Buffer.from(this.rest.subarray(start, start + length))
      if (isMasked) for (const [i, byte] of payload.entries()) payload[i] = byte ^ (this.rest[maskAt + (i & 3)] as number)
      const opcode = (this.rest[0] as number) & 15
      this.rest = this.rest.subarray(start + length)
      this.frame(opcode, payload)
    }
  }
}

/** A whole websocket frame; a client's with a mask that changes nothing. */
function frameOf(opcode: number, payload: Buffer, isMasked: boolean): Buffer {
  const head = payload.length < 126 ? Buffer.from([128 | opcode, payload.length]) : Buffer.alloc(4)
  if (payload.length >= 126) {
    head[0] = 128 | opcode
    head[1] = 126
    head.writeUInt16BE(payload.length, 2)
  }
  if (!isMasked) return Buffer.concat([head, payload])
  head[1] = (head[1] as number) | 128
  return Buffer.concat([head, Buffer.alloc(4), payload])
}
