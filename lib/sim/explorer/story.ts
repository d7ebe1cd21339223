/** This file writes one step of the explorer as a line of text. */
import type { Step } from './situation.ts'
import { stampIn } from '../../mutex/stamped.ts'
import type { GlobalState } from './global-state.ts'

/** A step in words, as it is about to be taken. */
export function lineOf(state: GlobalState, step: Step): string {
  switch (step.do) {
    case 'request': {
      const wish = state.seat(step.at).wishes[0]
      const mode = typeof wish?.mode === 'number' ? `one of ${wish.mode} permits` : wish?.mode
      return `${step.at} asks: ${mode}${wish?.ifFree === true ? ', if it is free' : ''}`
    }
    case 'release':
      return `${step.at} leaves`
    case 'cancel':
      return `${step.at} withdraws its request`
    case 'wake':
      return `${step.at} goes on after its pause`
    case 'rest':
      return `${step.at} has not been used for a while`
    case 'stop':
      return `${step.at} stops for good`
    case 'evict':
      return `${step.at} is cut off; a view without it is decided`
    case 'install':
      return `${step.at} installs the view, and claims`
    case 'activate':
      return `${step.at} begins the view`
    case 'suspect':
      return `${step.at} suspects ${step.peer}`
    case 'hear':
      return `${step.at} hears ${step.peer} again`
    case 'expire':
      return `${step.at}'s session is over`
    case 'repeat':
      return 'a view of the same members is decided'
    case 'deliver':
    case 'lose': {
      const body = state.queue(step.from, step.to)[step.nth ?? 0]?.body
      const what = body === undefined ? 'nothing' : body.kind
      const stamped = body === undefined ? null : stampIn(body)
      const stamp = stamped === null ? '' : ` (${stamped.time} of ${stamped.id})`
      return `${step.from} → ${step.to}: ${what}${stamp}${step.do === 'lose' ? ' is lost' : ''}`
    }
  }
}
