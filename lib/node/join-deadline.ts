/** Why a node is not a member when the `wait` of `createNode` is over, as far as it can tell. */
import { type HoldfastError, NoQuorumError, TimeoutError } from '../base/errors.ts'
import type { Loss } from '../base/loss.ts'
import type { Life } from './life.ts'

/**
 * @param what What the node is still waiting for while it opens; null when that does not take long.
 * @param latestEnd Why the latest attempt ended; null when none has.
 */
export function joinDeadlineError(life: Life, what: string | null, latestEnd: Loss | null, waitMs: number): HoldfastError {
  const { tenure } = life
  const { join, cluster } = life.settings
  const view = tenure?.views.view ?? null
  if (view !== null) return new TimeoutError(`view ${view.epoch} of cluster '${cluster}' was not active within ${waitMs} ms`)
  if (tenure === null && what !== null)
    return new TimeoutError(`cluster '${cluster}' was not joined within ${waitMs} ms: this node still waits for ${what}`)
  const trouble = tenure?.trouble ?? null
  if (trouble !== null) return new NoQuorumError(`no view of cluster '${cluster}' within ${waitMs} ms: ${trouble}`)
  const address = life.address
  const voteless =
    typeof join === 'string' || join.includes(address) ? '' : ` This node has no vote: ${address} is not in the list.`
  const asked =
    typeof join === 'string' ? 'is the local directory usable' : `is a majority of ${join.join(', ')} up and reachable`
  const cause = tenure?.obstacles.latest ?? undefined
  const ended = latestEnd === null ? '' : ` The latest attempt ended: ${latestEnd.message}.`
  const hint = cause === undefined ? ended : ` The latest dial failed: ${cause.message}`
  return new NoQuorumError(`no view of cluster '${cluster}' within ${waitMs} ms: ${asked}?${voteless}${hint}`, { cause })
}
