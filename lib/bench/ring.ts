/** This file measures the floor of contention: a token that bare `ws` sockets pass around a ring of processes. */
import { setTimeout as pause } from 'node:timers/promises'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import { acceptWs, connectWs, type WsServer, type WsSocket } from './bare-ws.ts'
import type { ContentionLog } from './protocol.ts'

/** One process of the ring. Each arrival of the token counts as a grant, and its departure as the release. */
export class RingMember {
  private server: WsServer | undefined
  private next: WsSocket | undefined
  private isFirst = false
  private fromMs = 0
  private untilMs = 0
  /** The start of a run whose token came before this member was told of the run. */
  private earlyMs = 0
  private asked: number[] = []
  private granted: number[] = []

  /** Resolves with the port at which this member receives the token. */
  async listen(): Promise<number> {
    this.server = await acceptWs((socket) =>
      socket.on('message', (data) => this.arrived(new DataView(data.buffer, data.byteOffset))),
    )
    return this.server.address().port
  }

  /** @param isFirst whether this member sends the token first */
  async connect(port: number, isFirst: boolean): Promise<void> {
    this.next = await connectWs(port)
    this.isFirst = isFirst
  }

  /** Closes the sockets of this member. */
  close(): void {
    this.next?.terminate()
    this.server?.close()
  }

  /** Passes the token on until the end of this time. The member that has it then keeps it. */
  async run(fromMs: number, untilMs: number): Promise<ContentionLog> {
    this.asked = [fromMs]
    this.granted = []
    this.fromMs = fromMs
    this.untilMs = untilMs
    if (this.earlyMs === fromMs) this.pass(sharedNowMs())
    await pause(Math.max(0, fromMs - sharedNowMs()))
    if (this.isFirst) this.send()
    // A timer may fire within the millisecond before it is due, and the token would still go round.
    await pause(Math.max(0, untilMs + 2 - sharedNowMs()))
    const grantedMs = Float64Array.from(this.granted)
    return { askedMs: Float64Array.from(this.asked.slice(0, grantedMs.length)), grantedMs, releasedMs: grantedMs }
  }

  private arrived(token: DataView): void {
    const fromMs = token.getFloat64(0)
    const nowMs = sharedNowMs()
    if (fromMs > this.fromMs) this.earlyMs = fromMs
    else if (fromMs === this.fromMs && nowMs < this.untilMs) this.pass(nowMs)
  }

  private pass(nowMs: number): void {
    this.granted.push(nowMs)
    this.asked.push(nowMs)
    this.send()
  }

  private send(): void {
    const token = new Uint8Array(64)
    new DataView(token.buffer).setFloat64(0, this.fromMs)
    this.next?.send(token)
  }
}
