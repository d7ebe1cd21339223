import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Access, Note, Question, Reply } from './protocol.ts'

/** The way to the resource's process: questions are answered in the order in which they were asked. */
export class ResourceClient {
  private readonly socket: Socket
  private readonly asked = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>()
  private sequence = 0

  private constructor(socket: Socket) {
    this.socket = socket
    const lines = createInterface({ input: socket })
    // What breaks the socket is told by its closing; readline tells it once more.
    lines.on('error', () => undefined)
    lines.on('line', (line) => {
      const { n, reply } = JSON.parse(line) as { readonly n: number; readonly reply: Reply }
      this.asked.get(n)?.resolve(reply)
      this.asked.delete(n)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const { reject } of this.asked.values()) reject(new Error('the resource is gone'))
      this.asked.clear()
    })
  }

  static async to(path: string): Promise<ResourceClient> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new ResourceClient(socket)
  }

  /** The run's true time. A node that was valid after the answer was valid at that time. */
  async now(): Promise<number> {
    return (await this.ask({ type: 'time' })).atMs
  }

  note(note: Note, atMs?: number): Promise<Reply> {
    return this.ask(atMs === undefined ? { type: 'note', note } : { type: 'note', note, atMs })
  }

  access(access: Access): Promise<Reply> {
    return this.ask({ type: 'access', access })
  }

  close(): void {
    this.socket.destroy()
  }

  private ask(question: Question): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new Error('the resource is gone'))
        return
      }
      const n = ++this.sequence
      this.asked.set(n, { resolve, reject })
      this.socket.write(`${JSON.stringify({ n, question })}\n`)
    })
  }
}
