import { expect } from 'chai'
import { Links } from '../../../lib/link/links.ts'
import { nodeFormat } from '../../../lib/mutex/format.ts'
import { Simulation } from '../../../lib/sim/simulation.ts'
import type { PeerInfo, Transport } from '../../../lib/world/world.ts'
import { tell } from '../site.ts'

/** The links of a node whose dials wait for their turn until they are hurried. */
function waitingLinks() {
  const simulation = new Simulation({ seed: 1 })
  const frames: string[] = []
  const hurried: string[] = []
  const transport: Transport = {
    address: 'unix:self',
    dial: () => {},
    hurry: (address) => void hurried.push(address),
    isWaiting: (address) => !hurried.includes(address),
    isConnected: (peer) => peer === 'third',
    send: (peer) => {
      frames.push(peer)
      return true
    },
    bufferedBytes: () => 0,
    disconnect: () => {},
    close: () => Promise.resolve(),
  }
  const links = new Links({
    world: simulation.world('self'),
    self: 'self',
    limits: { unacknowledgedMax: 100, frameBytesMax: 65_536 },
    format: nodeFormat,
    emit: () => {},
  })
  links.attach(transport)
  const third: PeerInfo = { id: 'third', address: 'unix:third', role: 'member', wallOffsetMs: 0 }
  links.keep('third', 'unix:third')
  links.connected(third)
  links.keep('x', 'unix:x')
  return { simulation, links, frames, hurried }
}

describe('a peer to which a dial waits for its turn', () => {
  it('counts as reached, and no third is asked for it, as long as nothing is to be said', async () => {
    const { simulation, links, frames, hurried } = waitingLinks()
    await simulation.runFor(10_000)
    expect(links.reaches('x')).to.equal(true)
    expect(frames).to.deep.equal([])
    expect(hurried).to.deep.equal([])
  })

  it('is dialled first when there is a message for it, which also seeks a way through a third', async () => {
    const { simulation, links, frames, hurried } = waitingLinks()
    links.send('x', tell(1))
    links.send('x', tell(2))
    expect(hurried).to.deep.equal(['unix:x'])
    expect(links.reaches('x'), 'no answer has come').to.equal(false)
    await simulation.runFor(1000)
    expect(frames).to.include('third')
  })
})
