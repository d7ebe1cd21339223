/**
 * This file keeps what one client has to do with one lock: its waiters, its hold, and the one request that it has at the server for all of
 * them. The server's grant goes to the first waiter. So a thousand waiters of a process cost the server no more than one.
 */
import { HoldfastError } from '../../base/errors.ts'
import { WaiterQueue } from '../common/queue.ts'
import { clearSystemTimeout, setSystemTimeout } from '../common/time.ts'
import type { ServerClient } from './client.ts'
import type { ServerHold } from './hold.ts'
import type { ServerGrant, EngineServer } from './server.ts'
import type { ServerWaiter } from './waiter.ts'
import { Withdrawal } from './withdrawal.ts'

/** How long a waiter that gives up waits for a server that does not answer. */
const graceMs = 1_000
const firstPauseMs = 20
const pauseMsMax = 1_000

export class LockLine {
  readonly name: string
  readonly waiters = new WaiterQueue<ServerWaiter>()
  hold: ServerHold | null = null
  /** The error of the last question to the server, until a question is answered. */
  failure: unknown
  private readonly client: ServerClient
  private readonly server: EngineServer
  private request: { readonly withdrawal: Withdrawal; readonly over: Promise<void> } | null = null
  private pauseMs = firstPauseMs

  constructor(name: string, client: ServerClient, server: EngineServer) {
    this.name = name
    this.client = client
    this.server = server
  }

  /** A holder or a waiter of this client is in the way of a try. */
  get isTaken(): boolean {
    return this.hold !== null || [...this.waiters].some(({ isTry }) => !isTry)
  }

  /** Asks the server if a waiter needs it. A line at rest is forgotten. */
  serve(): void {
    if (this.hold !== null || this.request !== null) return
    const { first } = this.waiters
    if (first === undefined) {
      this.client.forget(this)
      return
    }
    const withdrawal = new Withdrawal()
    const over = this.ask(first.isTry, withdrawal).finally(() => {
      this.request = null
      this.serve()
    })
    this.request = { withdrawal, over }
  }

  /** A waiter left. Resolves when the server has no request without a waiter, or does not answer. */
  async withdrawn(): Promise<void> {
    if (this.waiters.size > 0 || this.request === null) return
    const { withdrawal, over } = this.request
    withdrawal.ask()
    let timer: ReturnType<typeof setSystemTimeout> | undefined
    const grace = new Promise<void>((resolve) => {
      timer = setSystemTimeout(resolve, graceMs)
    })
    await Promise.race([over, grace]).finally(() => clearSystemTimeout(timer))
  }

  private async ask(isTry: boolean, withdrawal: Withdrawal): Promise<void> {
    let grant: ServerGrant | null
    try {
      grant = isTry ? await this.server.tryTake(this.name) : await this.server.take(this.name, withdrawal)
      this.failure = undefined
      this.pauseMs = firstPauseMs
    } catch (error) {
      if (withdrawal.isAsked) return
      if (error instanceof HoldfastError) this.refuseAll(error)
      else await this.failed(error, withdrawal)
      return
    }
    const { first } = this.waiters
    if (grant !== null && first !== undefined) this.grant(first, grant)
    else await grant?.release()
    this.refuseTries()
  }

  private grant(first: ServerWaiter, grant: ServerGrant): void {
    first.stop()
    this.waiters.granted()
    this.hold = this.client.granted(this, first, grant)
    first.settle(this.hold)
  }

  private refuseTries(): void {
    for (const waiter of [...this.waiters])
      if (waiter.isTry) {
        waiter.stop()
        waiter.settle(null)
      }
  }

  private refuseAll(error: HoldfastError): void {
    for (const waiter of [...this.waiters]) {
      const Class = error.constructor as new (message: string, details: object) => HoldfastError
      const { option } = error as { readonly option?: string }
      const details = { cause: error.cause, ...(option === undefined ? {} : { option }) }
      waiter.giveUp(new Class(error.message, details))
    }
  }

  /** Waits a while: the server may be back then. */
  private async failed(error: unknown, withdrawal: Withdrawal): Promise<void> {
    this.failure = error
    const { pauseMs } = this
    this.pauseMs = Math.min(pauseMsMax, pauseMs * 2)
    await new Promise<void>((resolve) => {
      const timer = setSystemTimeout(resolve, pauseMs)
      withdrawal.onAsk(() => {
        clearSystemTimeout(timer)
        resolve()
      })
    })
  }
}
