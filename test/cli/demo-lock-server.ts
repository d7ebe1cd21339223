import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/**
 * A lock of the tests' own, so that the demo can be tested without what it demonstrates: one server, one lock, first
 * come first served. A client that is gone has released.
 */
export class LockServer {
  private readonly server: Server
  private queue: Socket[] = []
  private fence = 0

  private constructor(server: Server) {
    this.server = server
  }

  static async listen(): Promise<LockServer> {
    const server = createServer()
    const lock = new LockServer(server)
    server.on('connection', (socket) => lock.serve(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return lock
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  private serve(socket: Socket): void {
    socket.setNoDelay(true)
    socket.on('data', (data) => {
      for (const word of data.toString()) {
        if (word === 'a') this.ask(socket)
        else this.leave(socket)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => this.leave(socket))
  }

  private ask(socket: Socket): void {
    this.queue.push(socket)
    if (this.queue.length === 1) this.grant()
  }

  private leave(socket: Socket): void {
    const held = this.queue[0] === socket
    this.queue = this.queue.filter((each) => each !== socket)
    if (held && this.queue.length > 0) this.grant()
  }

  private grant(): void {
    this.fence += 1
    this.queue[0]?.write(`${this.fence}\n`)
  }
}
