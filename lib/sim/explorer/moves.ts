/** This file lists the steps that may happen next in a global state. */
import { Mode } from '../../base/mode.ts'
import type { NodeId } from '../../base/ids.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import type { Parcel } from './post.ts'
import type { ExploredSite } from './seat.ts'
import type { Situation, Step, Wish } from './situation.ts'
import { isMerged } from './view-change.ts'
import type { GlobalState } from './global-state.ts'

/** Everything that may happen next. Pauses end, and sites rest for good, only when nothing else can happen. */
export function stepsOf(state: GlobalState): Step[] {
  const steps: Step[] = []
  const { situation, change } = state
  const { stops = false, crash = false, loss = false } = situation
  const mayStop = stops && state.ids.every((id) => state.seat(id).denied === null)
  for (const id of state.ids) {
    const seat = state.seat(id)
    const isGone = change !== null && change.gone === id
    if (seat.denied !== null || state.isOver(id)) continue
    if (mayStop) steps.push({ do: 'stop', at: id })
    if (crash && change === null) steps.push({ do: 'evict', at: id })
    if (change !== null && !isGone && seat.epoch < change.epoch) {
      if (seat.claim === null) steps.push({ do: 'install', at: id })
      else if (isMerged(change)) steps.push({ do: 'activate', at: id })
    }
    addOwn(steps, id, seat, situation)
    addSilence(steps, state, id, seat)
  }
  if (change !== null && change.gone !== null && change.isLive) steps.push({ do: 'expire', at: change.gone })
  if (state.isBroken) steps.push({ do: 'repeat', at: state.ids[0] as NodeId })
  // When only the farewells are left their order makes no difference.
  const onlyFarewells = steps.length > 0 && state.members.every((id) => state.seat(id).rested)
  if (!onlyFarewells) addDeliveries(steps, state, loss && change === null && !state.isBroken)
  const { members } = state
  if (steps.length > 0 && situation.timeouts !== true) return steps
  for (const id of members) if (state.seat(id).paused && state.seat(id).denied === null) steps.push({ do: 'wake', at: id })
  if (steps.length > 0 || situation.rests !== true) return steps
  const awake = members.find((id) => !state.seat(id).rested && state.seat(id).denied === null)
  return awake === undefined ? [] : [{ do: 'rest', at: awake }]
}

/** What a site does by itself. Between two views it asks for nothing new. */
function addOwn(steps: Step[], id: NodeId, seat: ExploredSite, { kind, stays = false }: Situation): void {
  const modes = new Set(seat.entries.filter(({ isAlone }) => isAlone || !stays).map(({ plain }) => plain))
  for (const mode of modes) steps.push({ do: 'release', at: id, ...(modes.size > 1 && { mode }) })
  for (const [nth, { fickle }] of seat.pending.entries())
    if (fickle === true) steps.push({ do: 'cancel', at: id, ...(nth > 0 && { nth }) })
  if (seat.claim !== null) return
  if (seat.naps > 0 && seat.pending.length === 0 && seat.inside === 0) steps.push({ do: 'rest', at: id })
  const wish = seat.wishes[0]
  if (wish === undefined || !mayAskBeside(kind, seat, wish)) return
  const mode = Mode.of(wish.mode)
  // A user that could join the users of an entry does not ask.
  const joins = (own: Mode): boolean => mode.isOneEntry && own.equals(mode) && !seat.algorithm.wanted(mode)
  const excludes = (own: Mode): boolean => !own.isCompatibleWith(mode) || joins(own)
  if (!seat.entries.some(excludes)) steps.push({ do: 'request', at: id })
}

/** As the lock layer asks: several requests are for permits of one number, and no more than may be inside together. */
function mayAskBeside({ overlapsRequests }: AlgorithmKind<Body>, { pending, inside }: ExploredSite, wish: Wish): boolean {
  const [first] = pending
  if (first === undefined) return true
  const mode = Mode.of(first.mode)
  if (overlapsRequests !== true || !mode.isCounted || !mode.equals(Mode.of(wish.mode))) return false
  return first.ifFree !== true && wish.ifFree !== true && mode.hasRoomBeside(pending.length + inside)
}

function addSilence(steps: Step[], state: GlobalState, id: NodeId, seat: ExploredSite): void {
  for (const peer of state.members) {
    if (seat.silent.includes(peer)) steps.push({ do: 'hear', at: id, peer })
    else if (peer !== id && state.suspicionsLeft > 0) steps.push({ do: 'suspect', at: id, peer })
  }
}

function addDeliveries(steps: Step[], state: GlobalState, mayLose: boolean): void {
  for (const { from, to, queue } of state.post.each()) {
    if (queue.length === 0) continue
    const seat = state.seat(to)
    // What belongs to a view that has not begun here waits for it.
    if (seat.denied !== null || seat.claim !== null || (queue[0] as Parcel).epoch > seat.epoch) continue
    steps.push({ do: 'deliver', from, to })
    if (mayLose) steps.push({ do: 'lose', from, to })
    if (state.situation.unordered !== true) continue
    for (let nth = 1; nth < queue.length; nth++) steps.push({ do: 'deliver', from, to, nth })
  }
}
