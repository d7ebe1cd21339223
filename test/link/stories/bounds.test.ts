import { expect } from 'chai'
import { Simulation } from '../../../lib/sim/simulation.ts'
import { countFrames, site, tell } from '../site.ts'

describe('a link and its bounds: frames, bytes and messages on their way', () => {
  it('falls silent once everything is acknowledged', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    for (let i = 0; i < 10; i++) a.links.send(b.id, tell(i))
    await simulation.runFor(3000)
    const before = simulation.trace.hash
    await simulation.runFor(60_000)
    expect(simulation.trace.hash).to.equal(before)
    expect(b.heard).to.have.length(10)
  })

  it('sends all messages of one turn in one frame', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    const frames = countFrames(b)
    for (let i = 0; i < 50; i++) a.links.send(b.id, tell(i))
    await simulation.runFor(20)
    expect(b.heard).to.have.length(50)
    expect(frames()).to.equal(1)
  })

  it('counts a peer that acknowledges nothing as unreachable, at its bound', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a', 100), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    simulation.network.faults.stall('a', 'b')
    for (let i = 0; i <= 100; i++) a.links.send(b.id, tell(i))
    await simulation.runFor(0)
    expect(a.links.isConnected(b.id)).to.equal(false)
    expect(a.overflows).to.equal(1)
  })

  it('packs a message for several nodes once, and delivers it to each of them, to oneself as well', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b, c] = [await site(simulation, 'a'), await site(simulation, 'b'), await site(simulation, 'c')]
    a.links.keep(b.id, b.address)
    a.links.keep(c.id, c.address)
    let reads = 0
    const body = {
      get reads() {
        return ++reads
      },
    }
    a.links.broadcast([b.id, c.id], tell(body))
    a.links.broadcast([b.id, a.id], tell('all'))
    await simulation.runFor(1000)
    const heard = [a, b, c].map((each) => each.heard.map(([, what]) => what))
    expect(heard).to.deep.equal([['all'], [{ reads: 1 }, 'all'], [{ reads: 1 }]])
  })

  it('does not send what no receiver would take, says so, and goes on', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    a.links.send(b.id, tell(1))
    a.links.send(b.id, tell(Number.NaN))
    a.links.send(b.id, tell('x'.repeat(65_537)))
    a.links.send(b.id, tell(2))
    await simulation.runFor(1000)
    expect(b.heard.map(([, body]) => body)).to.deep.equal([1, 2])
    expect(a.events.filter((event) => event.type === 'messageRejected')).to.have.length(2)
  })

  it('sends a message of megabytes in frames of the size that is allowed, across breaks', async () => {
    const simulation = new Simulation({ seed: 4 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    b.links.keep(a.id, a.address)
    const sizes: number[] = []
    countFrames(b, (bytes) => sizes.push(bytes.length))
    const large = Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(50_000, '.'))
    a.links.send(b.id, tell('before'))
    a.links.send(b.id, tell(large))
    a.links.send(b.id, tell('after'))
    for (let i = 0; i < 10; i++) {
      await simulation.runFor(7)
      simulation.network.faults.cut('a', 'b')
    }
    await simulation.runFor(20_000)
    expect(b.heard.map(([, body]) => body)).to.deep.equal(['before', large, 'after'])
    expect(Math.max(...sizes)).to.be.at.most(65_536)
    expect(sizes.length).to.be.greaterThan(40)
  })

  it('splits loose messages over frames too, and drops one that fits no frame', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    const sizes: number[] = []
    countFrames(b, (bytes) => sizes.push(bytes.length))
    for (let i = 0; i < 4; i++) a.links.sendLoose(b.id, tell('x'.repeat(30_000)))
    a.links.sendLoose(b.id, tell(['x'.repeat(50_000), 'x'.repeat(50_000)]))
    await simulation.runFor(1000)
    expect(b.heard).to.have.length(4)
    expect(sizes).to.have.length(2)
    expect(Math.max(...sizes)).to.be.at.most(65_536)
  })

  it('counts bytes as well as messages towards its bound', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    simulation.network.faults.stall('a', 'b')
    for (let i = 0; i < 150; i++) a.links.send(b.id, tell('x'.repeat(60_000)))
    await simulation.runFor(0)
    expect(a.overflows).to.equal(1)
  })

  it('does not deliver again what came before an overflow', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a', 100), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    b.links.send(a.id, tell('once'))
    await simulation.runFor(5)
    expect(a.heard).to.have.length(1)
    for (let i = 0; i <= 100; i++) a.links.send(b.id, tell(i))
    await simulation.runFor(10_000)
    a.links.send(b.id, tell('later'))
    await simulation.runFor(1000)
    expect(a.overflows).to.equal(1)
    expect(a.heard).to.have.length(1)
    expect(b.heard.map(([, body]) => body)).to.deep.equal(['later'])
  })

  it('loses patience with a slow reader at the bound, and serves it in order below', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    await simulation.runFor(1000)
    simulation.network.faults.stall('a', 'b')
    for (let i = 0; i < 120; i++) {
      a.links.send(b.id, tell(`${i}`.padEnd(60_000, '.')))
      await simulation.runFor(1)
    }
    simulation.network.faults.resume('a', 'b')
    await simulation.runFor(5000)
    expect(a.overflows).to.equal(0)
    expect(b.heard.map(([, body]) => Number.parseInt(body as string, 10))).to.deep.equal(Array.from({ length: 120 }, (_, i) => i))
  })
})
