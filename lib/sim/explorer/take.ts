/** This file takes each kind of step in a global state. */
import type { NodeId } from '../../base/ids.ts'
import { stampIn } from '../../mutex/stamped.ts'
import { checkForgotten } from './checks.ts'
import { Mode, type PlainMode } from '../../base/mode.ts'
import { entriesOf } from '../../base/mode-counts.ts'
import type { PendingWish } from './seat.ts'
import type { Step, Wish } from './situation.ts'
import { activate, expired, install, newChange } from './view-change.ts'
import type { GlobalState } from './global-state.ts'

/** Takes the step, and forgets the instance of the site that took it if that has become idle. */
export function take(state: GlobalState, step: Step): void {
  act(state, step)
  forgetIfIdle(state, 'to' in step ? step.to : step.at)
}

/** Asks for the next wish of a site, or for this one. */
export function request(state: GlobalState, id: NodeId, wish?: Wish): void {
  const seat = state.own(id)
  const next = wish ?? (seat.wishes[0] as Wish)
  if (wish === undefined) seat.wishes = seat.wishes.slice(1)
  const stamp = { time: ++seat.clock, count: 0, id }
  seat.pending = [...seat.pending, { ...next, stamp, isEntered: false }]
  seat.algorithm.request(stamp, Mode.of(next.mode), next.ifFree === true, next.priority)
}

function act(state: GlobalState, step: Step): void {
  switch (step.do) {
    case 'request':
      return request(state, step.at)
    case 'release':
      return release(state, step.at, step.mode)
    case 'cancel':
      return cancel(state, step.at, step.nth)
    case 'wake':
      return wake(state, step.at)
    case 'rest':
      return rest(state, step.at)
    case 'stop':
      return stop(state, step.at)
    case 'evict':
      state.change = newChange(step.at)
      return
    case 'repeat':
      state.change = newChange(null)
      state.isBroken = false
      return
    case 'install':
      return install(state, step.at)
    case 'activate':
      return activate(state, step.at)
    case 'expire':
      return expired(state, step.at)
    case 'suspect':
    case 'hear':
      return changeSilence(state, step.at, step.peer, step.do === 'suspect')
    case 'lose':
      state.post.takeNth(step.from, step.to, step.nth)
      state.isBroken = true
      return
    case 'deliver':
      return deliver(state, step.from, step.to, step.nth)
  }
}

function release(state: GlobalState, id: NodeId, which?: PlainMode): void {
  const seat = state.own(id)
  const at = which === undefined ? 0 : seat.entries.findIndex(({ plain }) => plain === which)
  const mode = seat.entries[at] as Mode
  seat.entries = seat.entries.filter((_, i) => i !== at)
  // Between two views no instance can be told: what was claimed is released as the next begins.
  if (seat.claim === null) seat.algorithm.release(mode)
}

function cancel(state: GlobalState, id: NodeId, nth = 0): void {
  const seat = state.own(id)
  const withdrawn = seat.pending[nth] as PendingWish
  seat.pending = seat.pending.filter((each) => each !== withdrawn)
  if (seat.claim !== null) return
  if (withdrawn.isEntered) seat.algorithm.release(Mode.of(withdrawn.mode))
  else seat.algorithm.cancel(withdrawn.stamp)
}

function wake(state: GlobalState, id: NodeId): void {
  const seat = state.own(id)
  seat.paused = false
  seat.algorithm.wake?.()
}

function rest(state: GlobalState, id: NodeId): void {
  const seat = state.own(id)
  if (seat.naps > 0) seat.naps--
  else seat.rested = true
  seat.algorithm.rest()
}

function changeSilence(state: GlobalState, id: NodeId, peer: NodeId, isSilent: boolean): void {
  const seat = state.own(id)
  const others = seat.silent.filter((each) => each !== peer)
  seat.silent = isSilent ? [...others, peer].sort() : others
  if (isSilent) state.suspicionsLeft--
  if (seat.claim === null) seat.algorithm.silenceChanged?.()
}

/** Stops it for good, as at the end of a view, with what it then says of the others. */
function stop(state: GlobalState, id: NodeId): void {
  const seat = state.own(id)
  seat.denied = state.ids.filter((peer) => peer !== id && !seat.algorithm.mayHold(peer))
}

function deliver(state: GlobalState, from: NodeId, to: NodeId, nth?: number): void {
  const { body, counter } = state.post.takeNth(from, to, nth)
  const seat = state.own(to)
  seat.clock = Math.max(seat.clock, stampIn(body)?.time ?? 0)
  if (state.situation.fences === true) seat.counter = Math.max(seat.counter, counter)
  seat.algorithm.receive(from, body)
}

/** An idle instance is as good as a new one, and as good as none. */
function forgetIfIdle(state: GlobalState, id: NodeId): void {
  const seat = state.seat(id)
  const isUsed = seat.denied !== null || seat.claim !== null || seat.pending.length > 0 || seat.inside > 0
  if (isUsed || !seat.algorithm.idle()) return
  const own = state.own(id)
  own.algorithm = state.newInstance(id, own.epoch)
  for (const { mode, count } of [...entriesOf(state.carriedOf(id), id)])
    for (let i = count; i > 0; i--) own.algorithm.release(mode)
  checkForgotten(state, id)
}
