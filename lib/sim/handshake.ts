/** This file simulates one dial, from its first step to a connection or a failure. */
import type { TimerHandle } from '../world/world.ts'
import { type HoldfastError, RefusedError } from '../base/errors.ts'
import type { SimConnection } from './connection.ts'
import type { SimEndpoint } from './endpoint.ts'
import type { Faults } from './faults.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a handshake needs of the network in which it takes place. */
export interface HandshakeGround {
  readonly time: VirtualTime
  readonly trace: Trace
  readonly faults: Faults
  readonly dialTimeoutMs: number
  listenerAt(address: string): SimEndpoint | undefined
  /** How long what is sent now takes from one place to another. */
  drawDelay(from: string, to: string): number
  /** Gives both a new connection, in place of what either of them had; it is the listener's turn. */
  join(dialler: SimEndpoint, listener: SimEndpoint): SimConnection
  /** The listener hears that it is connected; the dialler will, when word of it arrives. */
  open(connection: SimConnection): void
}

/**
 * One dial, from its first step to its outcome: a new connection, the connection that a simultaneous dial of the other side has
 * made already, or a failure. The dialler hears of it exactly once.
 */
export class Handshake {
  private readonly ground: HandshakeGround
  private readonly from: SimEndpoint
  private readonly address: string
  private timeout: TimerHandle
  private isSettled = false

  constructor(ground: HandshakeGround, from: SimEndpoint, address: string) {
    this.ground = ground
    this.from = from
    this.address = address
  }

  begin(): void {
    const { ground, from, address } = this
    from.dialling.add(address)
    this.timeout = ground.time.schedule(ground.dialTimeoutMs, () => this.fail(new Error(`dialling ${address} timed out`)))
    ground.time.schedule(ground.drawDelay(from.place, address), () => this.knock())
  }

  /** The dial has come to where the address is. What does not pass is never answered, and times out. */
  private knock(): void {
    const { ground, address } = this
    if (this.isSettled || !this.passes()) return
    const target = ground.listenerAt(address)
    if (target === undefined) {
      const delayMs = ground.drawDelay(address, this.from.place)
      ground.time.schedule(delayMs, () => this.fail(new Error(`no process listens at ${address}`)))
      return
    }
    target.world.deliver(() => {
      // The target may have been paused since, and a partition may have begun: no connection comes about across it.
      if (this.isSettled || !this.passes() || !target.isOpen || !this.from.isOpen) return
      this.meet(target)
    })
  }

  /** It is the target's turn. */
  private meet(target: SimEndpoint): void {
    const { ground, from } = this
    const error = objection(from, target)
    if (error !== null) {
      if (from !== target) target.hear(() => target.handler.refused(from.place, error))
      ground.time.schedule(ground.drawDelay(target.place, from.place), () => this.fail(error))
      return
    }
    // Simultaneous dials: the connection that was accepted first stands, and is this dial's outcome too.
    if (target.ends.get(from.identity.id)?.connection.lives === true) return this.settle()
    const connection = ground.join(from, target)
    this.settle()
    ground.open(connection)
  }

  /** Both ways: a handshake is a question and an answer. */
  private passes(): boolean {
    const { faults } = this.ground
    return faults.passes(this.from.place, this.address) && faults.passes(this.address, this.from.place)
  }

  private fail(error: Error): void {
    if (this.isSettled) return
    this.settle()
    const { ground, from, address } = this
    from.world.deliver(() =>
      from.hear(() => {
        ground.trace.add(ground.time.nowMs, from.place, `dial failed ${address} ${error.message}`)
        from.handler.dialFailed(address, error)
      }),
    )
  }

  /** From now on the address may be dialled again. */
  private settle(): void {
    this.isSettled = true
    this.ground.time.cancel(this.timeout)
    this.from.dialling.delete(this.address)
  }
}

/** Why the handshake of these two fails; null when it does not. */
function objection(from: SimEndpoint, target: SimEndpoint): HoldfastError | null {
  if (from === target) return new RefusedError(`${target.address} is this node itself`, { reason: 'self' })
  if (from.identity.cluster !== target.identity.cluster) {
    const message = `cluster '${from.identity.cluster}' is not '${target.identity.cluster}', which listens at ${target.address}`
    return new RefusedError(message, { reason: 'cluster' })
  }
  if (from.identity.secret !== target.identity.secret) {
    return new RefusedError(`${from.place} and ${target.address} have different secrets`, { reason: 'secret' })
  }
  return null
}
