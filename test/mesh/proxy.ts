import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy of a test's own: what passes through it can be held up without a word to either side. */
export class Proxy {
  readonly address: string
  private readonly sockets = new Set<Socket>()
  private readonly close_: () => void

  private constructor(address: string, sockets: Set<Socket>, close: () => void) {
    this.address = address
    this.sockets = sockets
    this.close_ = close
  }

  static async to(target: string): Promise<Proxy> {
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(Number(target.split(':').at(-1)), '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.pipe(to)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          if (!from.isPaused()) to.destroy()
        })
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Proxy(`127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, () => server.close())
  }

  /** Nothing passes any more, and no end is told: a cable that was pulled. */
  stall(): void {
    for (const socket of this.sockets) {
      socket.unpipe()
      socket.pause()
    }
  }

  /** Resets every connection: a process that was killed. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  close(): void {
    this.close_()
    for (const socket of this.sockets) socket.destroy()
  }
}
