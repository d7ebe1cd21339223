/** Nodes of the simulator that have links and no more. */
import { Links, type LinkWatcher, type Receiver } from '../../lib/link/links.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import type { Event } from '../../lib/observe/events.ts'
import type { Simulation } from '../../lib/sim/simulation.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import type { Message } from '../../lib/wire/messages.ts'
import type { Role } from '../../lib/world/world.ts'

/** A node of which there is nothing but its links. */
export interface Site {
  readonly id: string
  readonly address: string
  readonly world: SimWorld
  readonly links: Links
  readonly heard: [from: string, body: unknown][]
  /** Of all that was delivered. */
  readonly types: string[]
  readonly events: Event[]
  overflows: number
  closed(peer: string): void
}

/** Opens the links of a node of the simulator. */
export async function site(
  simulation: Simulation,
  host: string,
  unacknowledgedMax = 10_000,
  deliver?: (message: Message) => void,
  role: Role = 'member',
  mayRelay?: () => boolean,
  as?: string,
): Promise<Site> {
  const world = simulation.world(host)
  const id = as ?? world.newId()
  const types: string[] = []
  const heard: [string, unknown][] = []
  const events: Event[] = []
  const links = new Links({
    world,
    self: id,
    limits: { unacknowledgedMax, unacknowledgedBytesMax: 8_000_000, frameBytesMax: 65_536 },
    format: nodeFormat,
    emit: (event) => events.push(event),
  })
  const user: Receiver & LinkWatcher = {
    deliver: (from, message) => {
      deliver?.(message)
      types.push(message.type)
      if (message.type === 'actor.tell') heard.push([from, message.body])
    },
    ...(mayRelay === undefined ? {} : { mayRelay }),
    opened: () => {},
    closed: (peer) => result.closed(peer),
    dialFailed: () => {},
    overflowed: () => {
      result.overflows++
    },
  }
  links.serve(user, user)
  const transport = await world.openTransport({ id, cluster: 'test', role }, links)
  links.attach(transport)
  const result: Site = { id, address: transport.address, world, links, heard, types, events, overflows: 0, closed: () => {} }
  return result
}

/** A message with that body. */
export const tell = (body: unknown): Message => ({ type: 'actor.tell', actor: 'a', body })

/** Counts the frames that arrive from here on. */
export function countFrames(site: Site, each?: (bytes: Uint8Array) => void): () => number {
  let frames = 0
  const take = site.links.frame.bind(site.links)
  site.links.frame = (from, bytes) => {
    frames++
    each?.(bytes)
    take(from, bytes)
  }
  return () => frames
}
