/**
 * This file measures what a crash costs an algorithm, without the time that detection takes. The holder dies while every other
 * site waits. A new view without it begins at once, as the view layer makes one. Requests are made again, and the next site
 * enters.
 */
import type { Body } from '../../mutex/contract.ts'
import { Arena } from '../arena/arena.ts'
import { loadOf, usersRandom } from '../arena/loads.ts'
import type { ArenaOptions } from '../arena/options.ts'

/** From the new view's beginning to the next entry: time in units of T, and messages. NaN if there was none. */
export interface Recovery {
  readonly delay: number
  readonly messages: number
}

/** How many entries come before the crash. */
const entriesBefore = 3

export function measureRecovery<Message extends Body>(options: ArenaOptions<Message>): Recovery {
  const arena = new Arena(options)
  const before = entriesBefore * options.nodes
  const { left } = loadOf('saturated').start(arena, {
    random: usersRandom(options.seed),
    sectionT: options.sectionT ?? 0.1,
    mayGoOn: () => true,
  })
  arena.listener.left = (seat) => left?.(seat)
  const stepsMax = before * options.nodes * 1000
  arena.run(() => arena.entries >= before, stepsMax)
  const holder = arena.seats.find((seat) => seat.state === 'inside')
  if (holder === undefined) return { delay: Number.NaN, messages: Number.NaN }
  arena.crash(holder)
  const { nowT, messages, entries } = arena
  arena.changeView()
  arena.run(() => arena.entries > entries, stepsMax)
  if (arena.entries === entries) return { delay: Number.NaN, messages: Number.NaN }
  return { delay: (arena.nowT - nowT) / arena.delay.meanT, messages: arena.messages - messages }
}
