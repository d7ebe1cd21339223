/** This file carries out the orders of a client to end a hold of any client of its cluster. */
import type { HoldfastError } from '../../base/errors.ts'
import {
  type Admin,
  type AdminOrder,
  OrderWait,
  overloadedOrder,
  parseOrder,
  refusedOrder,
  type RevokeOptions,
} from '../../port/admin.ts'
import type { RevokeOutcome } from '../../port/hold-end.ts'
import { lossByForce } from '../../port/revocable.ts'
import { systemTiming } from '../common/time.ts'
import type { MemoryClient } from './client.ts'
import type { MemoryCluster } from './cluster.ts'
import { MemoryHold } from './hold.ts'

export class MemoryOrders implements Admin {
  private readonly client: MemoryClient
  private readonly locks: MemoryCluster
  private readonly open = new Map<OrderWait, AdminOrder>()

  constructor(client: MemoryClient, locks: MemoryCluster) {
    this.client = client
    this.locks = locks
  }

  async revoke(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome> {
    return await this.give(parseOrder(name, fence, options, false))
  }

  async force(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome> {
    return await this.give(parseOrder(name, fence, options, true))
  }

  /** The client takes no answers any more. */
  close(newError: () => HoldfastError): void {
    for (const [wait, order] of [...this.open]) {
      this.open.delete(wait)
      this.told(order, null, 'unknown')
      wait.fail(newError())
    }
  }

  private async give(order: AdminOrder): Promise<RevokeOutcome> {
    this.client.refuseIfClosed()
    const { lock, fence, isForced, reason } = order
    const { id: by } = this.client
    // Fences rise over all locks, so one hold at most has this one. Reading its state ends it if its time is over.
    const held = this.locks.find(lock)?.heldBy(fence)
    if (held === undefined || held.hold.state !== 'held') {
      this.told(order, null, 'absent')
      return 'absent'
    }
    const { hold, client: holder } = held
    if (isForced) {
      holder.lose([hold], lossByForce(by, reason))
      this.ended(order, holder, 'forced')
      return 'forced'
    }
    const revocable = MemoryHold.revocableOf(hold)
    if (revocable === undefined) {
      this.ended(order, holder, 'refused')
      throw refusedOrder(order, holder.id)
    }
    if (revocable.isFull) {
      this.told(order, holder, 'refused')
      throw overloadedOrder(order, holder.id)
    }
    const wait = new OrderWait(
      systemTiming,
      order,
      () => `its owner at ${holder.id} was asked, and has not released it`,
      () => {
        this.open.delete(wait)
        this.told(order, holder, 'unknown')
      },
    )
    this.open.set(wait, order)
    const isFirst = revocable.ask(by, reason, (outcome) => {
      // The holder hears of it in any case.
      if (this.open.delete(wait)) this.ended(order, holder, outcome)
      else holder.tell({ type: 'revokeEnded', lock, fence, by, holder: holder.id, isForced, reason, outcome })
      wait.settle(outcome)
    })
    if (isFirst) holder.tell({ type: 'revokeAsked', lock, fence, by, reason, graceMs: revocable.graceMs })
    revocable.tell()
    return await wait.over
  }

  /** Both sides hear of it, and a client that is both hears of it once. */
  private ended(order: AdminOrder, holder: MemoryClient, outcome: RevokeOutcome | 'refused'): void {
    if (holder !== this.client) this.tellOne(holder, order, holder, outcome)
    this.told(order, holder, outcome)
  }

  private told(order: AdminOrder, holder: MemoryClient | null, outcome: RevokeOutcome | 'refused' | 'unknown'): void {
    this.tellOne(this.client, order, holder, outcome)
  }

  private tellOne(
    listener: MemoryClient,
    { lock, fence, isForced, reason }: AdminOrder,
    holder: MemoryClient | null,
    outcome: RevokeOutcome | 'refused' | 'unknown',
  ): void {
    const by = this.client.id
    listener.tell({ type: 'revokeEnded', lock, fence, by, holder: holder?.id ?? null, isForced, reason, outcome })
  }
}
