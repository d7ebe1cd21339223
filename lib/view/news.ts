/** This file words the news that a view is decided. */
import type { MessageOf } from '../wire/messages.ts'
import type { Register } from './register.ts'
import type { View } from './view.ts'

/**
 * What to tell a node of a decided view. Where each node can read what was decided, the number is enough: N members each tell the
 * collector of each view, and the whole view has N entries.
 */
export function newsOf(view: View, register: Pick<Register, 'openToJoiners'>): MessageOf<'view.newest' | 'view.decided'> {
  return register.openToJoiners ? { type: 'view.decided', epoch: view.epoch } : { type: 'view.newest', view }
}
