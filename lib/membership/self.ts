/**
 * This file words what this node says of itself, and how it objects to what others say of it. Only the node itself raises its
 * incarnation, and an objection is a life with an incarnation above the one accused: it outranks that accusation wherever the
 * two meet (SWIM §4.2).
 */
import type { NodeId } from '../base/ids.ts'
import { incarnationMax, type Update } from '../wire/messages.ts'
import { adjustHealth, type Health } from './health.ts'

/** Plain data. */
export interface SelfState {
  /** INV-M2: only rises. */
  incarnation: number
  /** Never false again: a leaver refutes nothing any more. */
  leaving: boolean
}

export class Self {
  readonly state: SelfState = { incarnation: 0, leaving: false }

  constructor(
    private readonly id: NodeId,
    private readonly address: string,
    private readonly health: Health,
  ) {}

  /** From now on this node says of itself that it leaves. False when it did so already. */
  leave(): boolean {
    const isNew = !this.state.leaving
    this.state.leaving = true
    return isNew
  }

  update(): Update {
    const { incarnation, leaving } = this.state
    return { id: this.id, address: this.address, state: leaving ? 'left' : 'alive', incarnation, by: this.id }
  }

  /**
   * Hears what is said of this node. `new`: it was not so, and the incarnation was raised above it; every peer is to
   * know. `old`: that accusation was answered before, and its teller has not heard. `fine`: nothing to object to.
   */
  hear(update: Update): 'new' | 'old' | 'fine' {
    const { state } = this
    if (state.leaving) return 'fine'
    const accused = update.state !== 'alive'
    if (update.incarnation < state.incarnation) return accused ? 'old' : 'fine'
    if (update.incarnation === state.incarnation && !accused) return 'fine'
    // Only a false message reaches the bound; past it this node could not refute any more.
    state.incarnation = Math.min(update.incarnation + 1, incarnationMax)
    // A suspected node may have given the reason for it.
    if (accused) adjustHealth(this.health, 1)
    return 'new'
  }
}
