/** This file takes each kind of step in a global state. */
import type { NodeId } from '../../base/ids.ts'
import { stampIn } from '../../mutex/stamped.ts'
import { checkForgotten } from './checks.ts'
import { entriesOf } from '../../base/mode.ts'
import type { Step, Wish } from './situation.ts'
import { activate, expired, install, newChange } from './view-change.ts'
import type { GlobalState } from './world.ts'

/** Takes the step, and forgets the instance of the site that took it if that has become idle. */
export function take(world: GlobalState, step: Step): void {
  act(world, step)
  forgetIfIdle(world, 'to' in step ? step.to : step.at)
}

/** Asks for the next wish of a site, or for this one. */
export function request(world: GlobalState, id: NodeId, wish?: Wish): void {
  const seat = world.own(id)
  const next = wish ?? (seat.wishes[0] as Wish)
  if (wish === undefined) seat.wishes = seat.wishes.slice(1)
  seat.pending = next
  seat.pendingStamp = { time: ++seat.clock, count: 0, id }
  seat.algorithm.request(seat.pendingStamp, next.mode, next.ifFree === true)
}

function act(world: GlobalState, step: Step): void {
  switch (step.do) {
    case 'request':
      return request(world, step.at)
    case 'release':
      return release(world, step.at)
    case 'cancel':
      return cancel(world, step.at)
    case 'wake':
      return wake(world, step.at)
    case 'rest':
      return rest(world, step.at)
    case 'stop':
      return stop(world, step.at)
    case 'evict':
      world.change = newChange(step.at)
      return
    case 'repeat':
      world.change = newChange(null)
      world.isBroken = false
      return
    case 'install':
      return install(world, step.at)
    case 'activate':
      return activate(world, step.at)
    case 'expire':
      return expired(world, step.at)
    case 'suspect':
    case 'hear':
      return changeSilence(world, step.at, step.peer, step.do === 'suspect')
    case 'lose':
      world.post.takeNth(step.from, step.to, step.nth)
      world.isBroken = true
      return
    case 'deliver':
      return deliver(world, step.from, step.to, step.nth)
  }
}

function release(world: GlobalState, id: NodeId): void {
  const seat = world.own(id)
  seat.inside--
  // Between two views no instance can be told: what was claimed is released as the next begins.
  if (seat.claim === null) seat.algorithm.release()
}

function cancel(world: GlobalState, id: NodeId): void {
  const seat = world.own(id)
  seat.pending = null
  if (seat.claim !== null) return
  if (!seat.entered) return seat.algorithm.cancel()
  seat.entered = false
  seat.algorithm.release()
}

function wake(world: GlobalState, id: NodeId): void {
  const seat = world.own(id)
  seat.paused = false
  seat.algorithm.wake?.()
}

function rest(world: GlobalState, id: NodeId): void {
  const seat = world.own(id)
  if (seat.naps > 0) seat.naps--
  else seat.rested = true
  seat.algorithm.rest()
}

function changeSilence(world: GlobalState, id: NodeId, peer: NodeId, isSilent: boolean): void {
  const seat = world.own(id)
  const others = seat.silent.filter((each) => each !== peer)
  seat.silent = isSilent ? [...others, peer].sort() : others
  if (isSilent) world.suspicionsLeft--
  if (seat.claim === null) seat.algorithm.silenceChanged?.()
}

/** Stops it for good, as at the end of a view, with what it then says of the others. */
function stop(world: GlobalState, id: NodeId): void {
  const seat = world.own(id)
  seat.denied = world.ids.filter((peer) => peer !== id && !seat.algorithm.mayHold(peer))
}

function deliver(world: GlobalState, from: NodeId, to: NodeId, nth?: number): void {
  const { body, counter } = world.post.takeNth(from, to, nth)
  const seat = world.own(to)
  seat.clock = Math.max(seat.clock, stampIn(body)?.time ?? 0)
  if (world.situation.fences === true) seat.counter = Math.max(seat.counter, counter)
  seat.algorithm.receive(from, body)
}

/** An idle instance is as good as a new one, and as good as none. */
function forgetIfIdle(world: GlobalState, id: NodeId): void {
  const seat = world.seat(id)
  const isUsed = seat.denied !== null || seat.claim !== null || seat.pending !== null || seat.inside > 0
  if (isUsed || !seat.algorithm.idle()) return
  const own = world.own(id)
  own.algorithm = world.newInstance(id, own.epoch)
  for (let i = entriesOf(world.carriedOf(id).filter(({ holder }) => holder === id)); i > 0; i--) own.algorithm.release()
  checkForgotten(world, id)
}
