import { expect } from 'chai'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { Addresses } from '../../lib/link/addresses.ts'
import { newPeer, type Peer } from '../../lib/link/peer.ts'
import { Simulation } from '../../lib/sim/simulation.ts'

/** Addresses of a node, with every address that it dialled, in order. */
function setUp(): {
  simulation: Simulation
  addresses: Addresses
  dialled: string[]
  peer(id: string, address: string): Peer
  peers: Map<string, Peer>
} {
  const simulation = new Simulation({ seed: 1 })
  const peers = new Map<string, Peer>()
  const dialled: string[] = []
  const addresses = new Addresses(simulation.world('a'), peers, (address) => {
    dialled.push(address)
    addresses.failed(address)
  })
  return {
    simulation,
    addresses,
    dialled,
    peers,
    peer(id, address) {
      const peer = newPeer(id, 1, nodeFormat)
      peer.kept = true
      peers.set(id, peer)
      addresses.move(peer, address)
      return peer
    },
  }
}

function connect(peer: Peer, address = peer.address): void {
  peer.info = { id: peer.id, address, role: 'member', wallOffsetMs: 0 }
}

describe('the addresses that a node dials', () => {
  it('go on being dialled for the successor when the node that was there is forgotten', async () => {
    const { simulation, addresses, dialled, peer, peers } = setUp()
    const [former, successor] = [peer('b', 'host:1'), peer('c', 'host:1')]
    addresses.want(former)
    addresses.want(successor)
    peers.delete('b')
    addresses.release('host:1')
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(dialled.length).to.be.greaterThan(5)
    peers.delete('c')
    addresses.release('host:1')
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(dialled).to.deep.equal([])
  })

  it('are let go when the peer says that it is elsewhere', async () => {
    const { simulation, addresses, dialled, peer } = setUp()
    const moved = peer('b', 'host:1')
    addresses.want(moved)
    addresses.move(moved, 'host:2')
    addresses.want(moved)
    await simulation.runFor(10_000)
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(new Set(dialled)).to.deep.equal(new Set(['host:2']))
  })

  it('stay sought for ever, under an alias too, whatever node answered there', async () => {
    const { simulation, addresses, dialled, peer } = setUp()
    addresses.seek(['alias:1'])
    const found = peer('b', 'host:1')
    connect(found)
    addresses.reached('host:1')
    await simulation.runFor(60_000)
    found.info = null
    found.kept = false
    addresses.broke(found)
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(new Set(dialled)).to.deep.equal(new Set(['alias:1']))
    addresses.seek([])
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(dialled).to.deep.equal([])
  })

  it('never include one’s own, however it is written', async () => {
    const { simulation, addresses, dialled } = setUp()
    addresses.addOwn('host:9')
    addresses.seek(['host:9', 'alias:9'])
    addresses.addOwn('alias:9')
    addresses.seek(['host:9', 'alias:9'])
    dialled.length = 0
    await simulation.runFor(60_000)
    expect(dialled).to.deep.equal([])
  })
})
