import { expect } from 'chai'
import { seededRandom } from '../../../lib/base/random.ts'
import { nodeFormat } from '../../../lib/mutex/format.ts'
import { encodeOrdered, encodeRelayed } from '../../../lib/wire/frame.ts'
import { Simulation } from '../../../lib/sim/simulation.ts'
import { type Site, site, tell } from '../site.ts'

const { decodeFrame, packMessage } = nodeFormat

describe('a link through a third node', () => {
  it('goes through a third when the two cannot connect, and directly again when they can', async () => {
    const simulation = new Simulation({ seed: 3 })
    const sites = [await site(simulation, 'a'), await site(simulation, 'b'), await site(simulation, 'c')] as [Site, Site, Site]
    for (const one of sites) for (const other of sites) one.links.keep(other.id, other.address)
    const [a, b] = sites
    simulation.network.faults.partition(['a'], ['b'])
    await simulation.runFor(3000)
    expect(a.links.reaches(b.id)).to.equal(true)
    expect(a.links.isConnected(b.id)).to.equal(false)
    for (let i = 0; i < 20; i++) {
      a.links.send(b.id, tell(i))
      await simulation.runFor(100)
    }
    simulation.network.faults.heal()
    await simulation.runFor(10_000)
    a.links.send(b.id, tell(20))
    await simulation.runFor(1000)
    expect(a.links.isConnected(b.id)).to.equal(true)
    expect(b.heard).to.deep.equal(Array.from({ length: 21 }, (_, i) => [a.id, i]))
  })

  it('takes what a third relays only if that third may, and a leave over no third at all', async () => {
    const simulation = new Simulation({ seed: 3 })
    let mayRelay = true
    const a = await site(simulation, 'a', 10_000, undefined, 'member', () => mayRelay)
    const b = await site(simulation, 'b')
    const c = await site(simulation, 'c')
    for (const one of [a, b, c]) for (const other of [a, b, c]) one.links.keep(other.id, other.address)
    simulation.network.faults.partition(['a'], ['b'])
    await simulation.runFor(3000)
    b.links.send(a.id, { type: 'view.leave', view: { epoch: 1, digest: 1 } })
    b.links.send(a.id, tell('after'))
    await simulation.runFor(3000)
    expect(a.types).to.deep.equal(['actor.tell'])
    mayRelay = false
    b.links.send(a.id, tell('through one that may not'))
    await simulation.runFor(3000)
    expect(a.heard).to.deep.equal([[b.id, 'after']])
    simulation.network.faults.heal()
    await simulation.runFor(10_000)
    b.links.send(a.id, { type: 'view.leave', view: { epoch: 1, digest: 1 } })
    await simulation.runFor(1000)
    expect(a.heard).to.have.length(2)
    expect(a.types).to.deep.equal(['actor.tell', 'actor.tell', 'view.leave'])
  })

  it('gives what waits for a node to no observer under its id', async () => {
    const simulation = new Simulation({ seed: 3 })
    const a = await site(simulation, 'a')
    a.links.keep('b.9', 'b:1')
    a.links.send('b.9', tell('a secret'))
    const observer = await site(simulation, 'c', 10_000, undefined, 'observer', undefined, 'b.9')
    observer.links.seek([a.address])
    await simulation.runFor(3000)
    expect(observer.heard).to.deep.equal([])
    expect(a.links.isConnected('b.9')).to.equal(false)
    expect(a.events.find((event) => event.type === 'messageRejected')).to.include({
      peer: 'b.9',
      message: 'an observer connected under the id of a node',
    })
  })

  it('does not blame a third for a relayed frame, and takes no relayed frame of an unknown node', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b, c] = [await site(simulation, 'a'), await site(simulation, 'b'), await site(simulation, 'c')]
    b.links.keep(c.id, c.address)
    await simulation.runFor(1000)
    b.links.frame(c.id, encodeRelayed(a.id, b.id, new Uint8Array([0xc1])))
    expect(b.events.filter((event) => event.type === 'messageRejected')).to.deep.include({
      type: 'messageRejected',
      peer: a.id,
      message: `through ${c.id}: an extension`,
    })
    expect(b.links.isConnected(c.id)).to.equal(true)
    const head = { link: 1, sequence: 1, ahead: 0, acknowledgedLink: 0, acknowledged: 0, wantsAnswer: true }
    b.links.frame(c.id, encodeRelayed(a.id, b.id, encodeOrdered(head, [packMessage(tell(1))])))
    expect(b.heard).to.deep.equal([])
    expect(b.links.reaches(a.id)).to.equal(false)
    b.links.keep(a.id, '')
    b.links.frame(c.id, encodeRelayed(a.id, b.id, encodeOrdered(head, [packMessage(tell(1))])))
    expect(b.heard).to.deep.equal([[a.id, 1]])
    expect(b.links.reaches(a.id)).to.equal(true)
  })

  it('relays only frames of the asking node itself', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [b, c, d] = [await site(simulation, 'b'), await site(simulation, 'c'), await site(simulation, 'd')]
    for (const end of [b, d]) c.links.keep(end.id, end.address)
    for (const known of ['a.1', b.id]) d.links.keep(known, '')
    await simulation.runFor(1000)
    const head = { link: 1, sequence: 1, ahead: 0, acknowledgedLink: 0, acknowledged: 0, wantsAnswer: false }
    const inner = encodeOrdered(head, [packMessage(tell(1))])
    c.links.frame(b.id, encodeRelayed('a.1', d.id, inner))
    await simulation.runFor(100)
    expect(d.heard).to.deep.equal([])
    c.links.frame(b.id, encodeRelayed(b.id, d.id, inner))
    await simulation.runFor(100)
    expect(d.heard).to.deep.equal([[b.id, 1]])
  })

  it('sends again through a third what got lost on the detour, and not only when the two connect', async () => {
    const simulation = new Simulation({ seed: 3 })
    const [a, b, c] = [await site(simulation, 'a'), await site(simulation, 'b'), await site(simulation, 'c')]
    for (const one of [a, b, c]) for (const other of [a, b, c]) one.links.keep(other.id, other.address)
    simulation.network.faults.partition(['a'], ['b'])
    await simulation.runFor(3000)
    const take = c.links.frame.bind(c.links)
    let lost = 0
    c.links.frame = (from, bytes) => {
      if (from !== a.id || decodeFrame(bytes).kind !== 'relayed') return take(from, bytes)
      lost++
    }
    a.links.send(b.id, tell('lost at first'))
    await simulation.runFor(100)
    expect([lost > 0, b.heard.length]).to.deep.equal([true, 0])
    c.links.frame = take
    await simulation.runFor(5000)
    expect(a.links.isConnected(b.id)).to.equal(false)
    expect(b.heard).to.deep.equal([[a.id, 'lost at first']])
  })

  it('loses and doubles nothing while paths change between direct and detour', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const simulation = new Simulation({ seed })
      const sites = [await site(simulation, 'a'), await site(simulation, 'b'), await site(simulation, 'c')] as [Site, Site, Site]
      for (const one of sites) for (const other of sites) one.links.keep(other.id, other.address)
      const [a, b] = sites
      const random = seededRandom(seed)
      let sent = 0
      for (let round = 0; round < 40; round++) {
        for (let i = random.below(4); i > 0; i--) {
          a.links.send(b.id, tell(++sent))
          b.links.send(a.id, tell(sent))
        }
        const dice = random.below(8)
        if (dice === 0) simulation.network.faults.partition(['a'], ['b'])
        else if (dice === 1) simulation.network.faults.heal()
        else if (dice === 2) simulation.network.faults.cut('a', 'c')
        await simulation.runFor(random.below(700))
      }
      simulation.network.faults.heal()
      await simulation.runFor(30_000)
      const expected = Array.from({ length: sent }, (_, i) => i + 1)
      expect(
        b.heard.map(([, body]) => body),
        `seed ${seed}`,
      ).to.deep.equal(expected)
      expect(
        a.heard.map(([, body]) => body),
        `seed ${seed}`,
      ).to.deep.equal(expected)
    }
  })
})
