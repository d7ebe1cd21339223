import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { headers, parts } from '../../lib/mesh/handshake.ts'
import { Pipe, type Treatment } from './pipe.ts'

/** What lies between nodes: for each direction of each pair, by advertised address, how bytes are treated. */
export interface Between {
  treatment(from: string, to: string): Treatment
  random(): number
}

interface Line {
  /** Who dialled; empty until it has said so. */
  from: string
  readonly near: Socket
  readonly far: Socket
  readonly pipes: readonly Pipe[]
}

/**
 * A node's own front door: it advertises this address, so that every connection made to it passes here. Who dials is read
 * from the handshake: the hello names the address of its node, and the upgrade, on another connection, names the number
 * that the answer to the hello brought.
 */
export class Proxy {
  readonly address: string
  private readonly between: Between
  private readonly server: Server
  private readonly lines = new Set<Line>()
  /** The number in an answer → who was answered; the latest few. */
  private readonly answered = new Map<string, string>()

  private constructor(server: Server, between: Between) {
    this.server = server
    this.between = between
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** A door to a port of this host. */
  static async to(targetPort: number, between: Between): Promise<Proxy> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const proxy = new Proxy(server, between)
    server.on('connection', (near) => proxy.connected(near, targetPort))
    return proxy
  }

  /** Lets what was held up pass on, if it now may. */
  pump(): void {
    for (const line of this.lines) for (const pipe of line.pipes) pipe.pump()
  }

  /** Breaks the connections dialled by any of these: by a reset, or with half a frame. Tells how many. */
  break(how: 'reset' | 'cut', from: (address: string) => boolean): number {
    const broken = [...this.lines].filter((line) => from(line.from))
    for (const { near, far, pipes } of broken) {
      if (how === 'cut') for (const pipe of pipes) pipe.cut()
      // A reset would overtake the half frame.
      if (how === 'cut') for (const socket of [near, far]) socket.end(() => socket.destroy())
      else for (const socket of [near, far]) socket.resetAndDestroy()
    }
    return broken.length
  }

  close(): void {
    this.server.close()
    for (const { near, far } of this.lines) for (const socket of [near, far]) socket.destroy()
  }

  private connected(near: Socket, targetPort: number): void {
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const treat = (from: () => string, to: () => string) => () => this.between.treatment(from(), to())
    const random = () => this.between.random()
    const dialler = (): string => line.from
    const listener = (): string => this.address
    let asked = ''
    near.on('data', (bytes: Buffer) => {
      if (line.from !== '' || asked.length > 16_384) return
      asked += bytes.toString('latin1')
      line.from = this.dialler(asked)
    })
    let answer = ''
    far.on('data', (bytes: Buffer) => {
      if (answer.length > 16_384) return
      answer += bytes.toString('latin1')
      this.remember(answer, line.from)
    })
    const line: Line = {
      from: '',
      near,
      far,
      pipes: [new Pipe(near, far, treat(dialler, listener), random), new Pipe(far, near, treat(listener, dialler), random)],
    }
    this.lines.add(line)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.resetAndDestroy())
      one.on('close', () => {
        this.lines.delete(line)
        other.destroy()
      })
    }
    near.resume()
  }

  private dialler(asked: string): string {
    const hello = parts.hello.decode(header(asked, headers.hello))
    if (hello !== null) return hello.address
    const upgrade = parts.upgrade.decode(header(asked, headers.upgrade))
    return upgrade === null ? '' : (this.answered.get(upgrade.name) ?? '')
  }

  private remember(answer: string, from: string): void {
    const body = answer.split('\r\n\r\n', 2)[1]
    if (from === '' || body === undefined || answer.startsWith('HTTP/1.1 101')) return
    // The body may come in chunks, each with its length on a line of its own.
    for (const part of body.split('\r\n')) {
      const said = parts.answer.decode(part)
      if (said !== null) this.answered.set(said.nonce, from)
    }
    for (const [nonce] of this.answered) if (this.answered.size > 200) this.answered.delete(nonce)
  }
}

function header(request: string, name: string): string | undefined {
  const line = request.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name}: `))
  return line?.slice(name.length + 2)
}
