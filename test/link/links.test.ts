import { expect } from 'chai'
import { seededRandom } from '../../lib/base/random.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { encodeOrdered, encodeRelayed } from '../../lib/wire/frame.ts'
import { Simulation } from '../../lib/sim/simulation.ts'
import { countFrames, site, tell } from './site.ts'

const { packMessage } = nodeFormat

describe('a link', () => {
  it('delivers everything once and in order, however often connections break', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const simulation = new Simulation({ seed })
      const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
      a.links.keep(b.id, b.address)
      b.links.keep(a.id, a.address)
      const random = seededRandom(seed)
      let sent = 0
      for (let round = 0; round < 60; round++) {
        for (let i = random.below(5); i > 0; i--) {
          a.links.send(b.id, tell(++sent))
          b.links.send(a.id, tell(sent))
        }
        if (random.below(4) === 0) simulation.network.faults.cut('a', 'b')
        await simulation.runFor(random.below(40))
      }
      await simulation.runFor(20_000)
      const expected = Array.from({ length: sent }, (_, i) => i + 1)
      expect(
        b.heard.map(([, number]) => number),
        `seed ${seed}`,
      ).to.deep.equal(expected)
      expect(
        a.heard.map(([, number]) => number),
        `seed ${seed}`,
      ).to.deep.equal(expected)
    }
  })

  it('to a peer that is forgotten ends, and a node that is sought at its address is dialled again', async () => {
    const simulation = new Simulation({ seed: 3 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.seek([b.address])
    await simulation.runFor(100)
    expect(a.links.isConnected(b.id)).to.equal(true)
    // Its machine lost its power, so the connection still stands when gossip gives it up.
    b.world.crash({ silently: true })
    a.links.forget(b.id)
    const next = await site(simulation, 'b')
    expect(next.address).to.equal(b.address)
    await simulation.runFor(30_000)
    expect(a.links.isConnected(next.id)).to.equal(true)
  })

  it('begins anew with a peer that was forgotten', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    a.links.send(b.id, tell(1))
    await simulation.runFor(1000)
    a.links.forget(b.id)
    await simulation.runFor(1000)
    a.links.keep(b.id, b.address)
    a.links.send(b.id, tell(2))
    b.links.send(a.id, tell(3))
    await simulation.runFor(10_000)
    expect(b.heard.map(([, number]) => number)).to.deep.equal([1, 2])
    expect(a.heard.map(([, number]) => number)).to.deep.equal([3])
  })

  it('sends a message as it was when it was sent', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    const body = { count: 1 }
    a.links.send(b.id, tell(body))
    body.count = 2
    await simulation.runFor(1000)
    expect(b.heard).to.deep.equal([[b.heard[0]?.[0], { count: 1 }]])
  })

  it('lets a receiver that throws neither hide its error nor hold up what follows', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await site(simulation, 'a')
    const b = await site(simulation, 'b', 10_000, (message) => {
      if (message.type === 'actor.tell' && message.body === 2) throw new Error('two is too much')
    })
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    for (const body of [1, 2, 3]) a.links.send(b.id, tell(body))
    let thrown: unknown
    await simulation.runFor(1000).catch((error: unknown) => {
      thrown = error
    })
    a.links.send(b.id, tell(4))
    await simulation.runFor(1000)
    expect(thrown).to.have.property('message', 'two is too much')
    expect(b.heard.map(([, body]) => body)).to.deep.equal([1, 3, 4])
  })

  it('acknowledges at once a peer that waits for it, and others when no message came along', async () => {
    for (const wantsAnswer of [true, false]) {
      const simulation = new Simulation({ seed: 1 })
      const [b, c] = [await site(simulation, 'b'), await site(simulation, 'c')]
      b.links.keep(c.id, c.address)
      await simulation.runFor(1000)
      b.links.keep('a.1', '')
      const frames = countFrames(c)
      const head = { link: 1, sequence: 1, ahead: 0, acknowledgedLink: 0, acknowledged: 0, wantsAnswer }
      b.links.frame(c.id, encodeRelayed('a.1', b.id, encodeOrdered(head, [packMessage(tell(1))])))
      await simulation.runFor(20)
      expect(frames()).to.equal(wantsAnswer ? 1 : 0)
      await simulation.runFor(1500)
      expect(frames()).to.equal(1)
    }
  })

  it('does not dial a peer again that was forgotten when its loss was told', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.closed = (peer) => a.links.forget(peer)
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    simulation.network.faults.cut('a', 'b')
    await simulation.runFor(30_000)
    expect(a.events.filter((event) => event.type === 'linkOpened')).to.have.length(1)
    expect(b.links.isConnected(a.id)).to.equal(false)
  })

  it('delivers to oneself at the end of the turn', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await site(simulation, 'a')
    a.links.send(a.id, tell(1))
    expect(a.heard).to.deep.equal([])
    await simulation.runFor(0)
    expect(a.heard).to.deep.equal([[a.id, 1]])
  })

  it('breaks the connection of a peer that sends an invalid message, and names the field', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(100)
    b.links.frame(a.id, new Uint8Array([0x92, 1, 0x91, 0x92, 0, 0x92, 0xa1, 0x61, 0x90]))
    const rejected = b.events.find((event) => event.type === 'messageRejected')
    expect(rejected).to.have.property('message').that.includes('swim.ping.sequence')
    expect(b.links.isConnected(a.id)).to.equal(false)
  })
})
