/**
 * This file decides whether a survivor may found a view with a shorter join list (`holdfast recover --force`). Nothing can prove
 * to it that the others are gone: that is the operator's word. It refuses what is certainly wrong.
 */
import { ClosedError, type HoldfastError, RefusedError, TimeoutError } from '../base/errors.ts'
import type { View } from '../view/view.ts'
import type { Settings } from './options.ts'

/** The survivor, as far as it matters. */
export interface Survivor {
  readonly tenure: { readonly address: string; readonly views: { readonly view: View | null } } | null
}

/** Why this node does not take up that list; null when nothing speaks against it. */
export function recoveryRefusal(survivor: Survivor, settings: Settings, join: readonly string[]): HoldfastError | null {
  const { joinList, sessionMs } = settings.config
  const refused = (message: string): HoldfastError => new RefusedError(message, { reason: 'recover' })
  if (joinList.length === 0) return refused('this cluster has no join list: its processes recover by themselves')
  // Whether its session runs or has yet to begin: without a majority it ends within D, and the view with it.
  const view = survivor.tenure?.views.view ?? null
  if (view !== null)
    return refused(
      `this node is in view ${view.epoch}, so a majority is there and nothing is to be recovered; ` +
        `if that majority went just now, ask again in ${sessionMs} ms`,
    )
  const address = survivor.tenure?.address
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
