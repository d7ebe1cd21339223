/** Two nodes of the simulator with nothing but their users' actors, and an actor that counts. */
import type { HoldfastError } from '../../lib/base/errors.ts'
import { Actors, type UserActor } from '../../lib/actor/actors.ts'
import type { Event } from '../../lib/observe/events.ts'
import { Simulation } from '../../lib/sim/index.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { encodeLoose } from '../../lib/wire/frame.ts'
import type { Message, MessagesOf } from '../../lib/wire/messages.ts'

const { decodeFrame, packMessage } = nodeFormat

/** One of the two nodes. */
export interface Side {
  id: string
  readonly actors: Actors
  readonly events: Event[]
  readonly sent: Message[]
  /** Messages to the other side are lost while this is set. */
  deaf: boolean
}

function messagesIn(bytes: Uint8Array): readonly Message[] {
  const frame = decodeFrame(bytes)
  return frame.kind === 'loose' ? frame.messages : []
}

/** Two nodes whose messages, as real bytes, arrive in order a millisecond later. */
export function twoNodes(mailboxMax = 1_000): { simulation: Simulation; a: Side; b: Side } {
  const simulation = new Simulation({ seed: 3 })
  const sides = new Map<string, Side>()
  const make = (host: string): Side => {
    const world = simulation.world(host)
    const events: Event[] = []
    const sent: Message[] = []
    const actors = new Actors({
      world,
      emit: (event) => void events.push(event),
      mailboxMax,
      mail: {
        self: () => side.id,
        send: (to, message) => {
          sent.push(message)
          const from = side.id
          const bytes = encodeLoose([packMessage(message)])
          if (side.deaf) return
          simulation.time.schedule(1, () => {
            for (const arrived of messagesIn(bytes)) sides.get(to)?.actors.receive(from, arrived as MessagesOf<'actor'>)
          })
        },
      },
    })
    const side: Side = { id: world.newId(), actors, events, sent, deaf: false }
    actors.movedTo(side.id)
    sides.set(side.id, side)
    return side
  }
  return { simulation, a: make('a'), b: make('b') }
}

export type Command = 'increment' | 'read' | 'throw' | 'silent' | { readonly add: number }

/** Counts, throws when it is told to, and answers with its count. */
export const counter: UserActor<{ count: number }, Command> = {
  init: () => ({ count: 0 }),
  receive(state, body, context) {
    if (body === 'throw') throw Object.assign(new Error('out of numbers'), { code: 'E_NUMBERS' })
    if (body === 'increment') state.count++
    if (typeof body === 'object') return { count: state.count + body.add }
    if (body !== 'silent') context.reply(state.count)
    return undefined
  },
}

/** How a promise failed: its code, and whether it is certain that nothing happened. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    return `no failure: ${String(await promise)}`
  } catch (error) {
    const { code, definite } = error as HoldfastError
    return `${code}${definite ? ' definite' : ''}`
  }
}
