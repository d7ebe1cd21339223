/** Simulated processes that only speak through a transport, and write down what they are told. */
import type { PeerInfo, Transport, TransportHandler } from '../../lib/world/world.ts'
import { Simulation, type SimWorld } from '../../lib/sim/index.ts'

/** A process that writes down all that its handler is told. */
export interface Player {
  readonly world: SimWorld
  readonly id: string
  readonly transport: Transport
  readonly heard: string[]
}

export async function player(
  simulation: Simulation,
  host: string,
  cluster = 'c',
  react?: (p: Player, frame: string) => void,
  secret = 'secret',
): Promise<Player> {
  const world = simulation.world(host)
  const heard: string[] = []
  const id = world.newId()
  const handler: TransportHandler = {
    connected: (peer: PeerInfo) => void heard.push(`connected ${peer.id} ${peer.address}`),
    disconnected: (peer, reason) => void heard.push(`disconnected ${peer} ${reason}`),
    frame: (peer, bytes) => {
      const text = new TextDecoder().decode(bytes)
      heard.push(`frame ${peer} ${text}`)
      react?.(self, text)
    },
    dialFailed: (address, error) => void heard.push(`dialFailed ${address} ${error.message}`),
    frameTampered: (peer) => void heard.push(`frameTampered ${peer}`),
    listenerFailed: (reason) => void heard.push(`listenerFailed ${reason}`),
    refused: (from, error) => void heard.push(`refused ${from} ${error.code}`),
  }
  const transport = await world.openTransport({ id, cluster, role: 'member', secret }, handler)
  const self: Player = { world, id, transport, heard }
  return self
}

export function say(from: Player, to: Player, text: string, volatile = false): boolean {
  return from.transport.send(to.id, new TextEncoder().encode(text), volatile)
}

export async function pair(seed = 1): Promise<{ simulation: Simulation; a: Player; b: Player }> {
  const simulation = new Simulation({ seed })
  const a = await player(simulation, 'a')
  const b = await player(simulation, 'b')
  a.transport.dial('b:1')
  await simulation.runFor(10)
  a.heard.length = 0
  b.heard.length = 0
  return { simulation, a, b }
}
