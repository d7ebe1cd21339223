/**
 * This file decides whether a survivor may found a view with a shorter join list (`holdfast recover --force`). It cannot prove
 * that the others are gone, and relies on the operator for that. It refuses an order that is certainly wrong.
 */
import { ClosedError, type HoldfastError, RefusedError, TimeoutError } from '../base/errors.ts'
import { plainAddress } from '../base/address.ts'
import type { TimerHandle } from '../world/world.ts'
import { closedError } from '../port/errors.ts'
import type { Life } from './life.ts'

/** How long this node waits for the answer to the operator to be sent. */
const answerDelayMs = 100

/** An operator's order to found with a shorter join list, because the other hosts are gone for good. */
export class RecoveryOrder {
  private readonly life: Life
  private timer: TimerHandle

  constructor(life: Life) {
    this.life = life
  }

  /**
   * Null if this node will go on with these addresses, else why not. The view is founded anew, above every epoch known here,
   * after the wait for the sessions of all unknown nodes.
   */
  give(named: readonly string[]): HoldfastError | null {
    const { world, settings, isOver } = this.life
    const join = named.map(plainAddress)
    const refusal = refusalOf(this.life, join)
    if (refusal !== null || isOver) return refusal ?? closedError()
    if (join.length === settings.config.joinList.length) return null
    settings.logger?.warn(`told to found with a shorter join list: ${join.join(', ')}`)
    world.clearTimer(this.timer)
    this.timer = world.setTimer(answerDelayMs, () => this.begin(join))
    return null
  }

  stop(): void {
    this.life.world.clearTimer(this.timer)
  }

  private begin(join: readonly string[]): void {
    const { tenure, settings } = this.life
    if ((tenure?.views.view ?? null) === null) this.life.foundWith(join)
    else settings.logger?.warn('the join list stays as it is: a majority of it has a view again')
  }
}

/** Why this node does not accept that list; null if it does. */
function refusalOf({ tenure, settings }: Life, join: readonly string[]): HoldfastError | null {
  const { joinList, sessionMs } = settings.config
  const refused = (message: string): HoldfastError => new RefusedError(message, { reason: 'recover' })
  if (joinList.length === 0) return refused('this cluster has no join list: its processes recover by themselves')
  // Whether its session runs or has yet to begin: without a majority it ends within D, and the view with it.
  const view = tenure?.views.view ?? null
  if (view !== null)
    return refused(
      `this node is in view ${view.epoch}, so a majority is there and nothing is to be recovered; ` +
        `if that majority went just now, ask again in ${sessionMs} ms`,
    )
  const address = tenure?.address
  if (address === undefined) return refused('this node is coming back at this moment: ask again in a second')
  const strange = join.find((entry) => !joinList.includes(entry))
  if (strange !== undefined) return refused(`${strange} is not in this node's join list, ${joinList.join(', ')}`)
  if (new Set(join).size !== join.length) return refused('the shorter list names an address twice')
  if (!join.includes(address)) return refused(`the shorter list leaves out this very node, ${address}`)
  return null
}

/** The answer of a survivor. */
export function recoveryAnswer(refusal: HoldfastError | null): { readonly code: string; readonly reason: string } {
  return refusal === null ? { code: '', reason: '' } : { code: refusal.code, reason: refusal.message }
}

/** Reads the answer of a survivor at an observer. Throws the survivor's refusal. */
export function readRecoveryAnswer(raw: unknown, where: string): void {
  const { code, reason } = (typeof raw === 'object' && raw !== null ? raw : {}) as { code?: unknown; reason?: unknown }
  if (code === '') return
  if (typeof code !== 'string' || typeof reason !== 'string') throw new TimeoutError(`no answer from ${where}`)
  if (code === 'CLOSED') throw new ClosedError(`${where}: ${reason}`)
  throw new RefusedError(`${where}: ${reason}`, { reason: 'recover' })
}
