/**
 * This file decides whether a survivor may found a view with a shorter join list (`holdfast recover --force`). Nothing can prove
 * to it that the others are gone: that is the operator's word. It refuses what is certainly wrong.
 */
import { ClosedError, type HoldfastError, RefusedError, TimeoutError } from '../base/errors.ts'
import { plainAddress } from '../base/address.ts'
import type { TimerHandle } from '../world/world.ts'
import { closedError } from '../port/errors.ts'
import type { Life } from './life.ts'

/** How long the answer to the operator has to leave this node. */
const answerDelayMs = 100

/** An operator's order to found with a shorter join list, by the operator's word that the rest is gone for good. */
export class RecoveryOrder {
  private readonly life: Life
  private timer: TimerHandle

  constructor(life: Life) {
    this.life = life
  }

  /**
   * Null when this node will go on with these addresses, or why not. The view is founded anew, above every epoch known here,
   * after every unknown node has been waited out.
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
    else settings.logger?.warn('the join list stays as it is: meanwhile there is a view of a majority of it')
  }
}

/** Why this node does not take up that list; null when nothing speaks against it. */
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

/** What a survivor answers. */
export function recoveryAnswer(refusal: HoldfastError | null): { readonly code: string; readonly reason: string } {
  return refusal === null ? { code: '', reason: '' } : { code: refusal.code, reason: refusal.message }
}

/** What an observer makes of the answer, which came from a peer. Throws what the survivor said against it. */
export function readRecoveryAnswer(raw: unknown, where: string): void {
  const { code, reason } = (typeof raw === 'object' && raw !== null ? raw : {}) as { code?: unknown; reason?: unknown }
  if (code === '') return
  if (typeof code !== 'string' || typeof reason !== 'string') throw new TimeoutError(`no answer from ${where}`)
  if (code === 'CLOSED') throw new ClosedError(`${where}: ${reason}`)
  throw new RefusedError(`${where}: ${reason}`, { reason: 'recover' })
}
