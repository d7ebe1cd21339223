import { expect } from 'chai'
import { Links, type LinkWatcher, type Receiver } from '../../lib/link/links.ts'
import type { Role } from '../../lib/world/world.ts'
import type { Event } from '../../lib/observe/events.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { encodeOrdered, encodeRelayed } from '../../lib/wire/frame.ts'
import type { Message } from '../../lib/wire/messages.ts'
import { Simulation } from '../../lib/sim/simulation.ts'
import type { SimWorld } from '../../lib/sim/world.ts'

const { decodeFrame, packMessage } = nodeFormat

interface Site {
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

async function site(
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

const tell = (body: unknown): Message => ({ type: 'actor.tell', actor: 'a', body })

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

  it('falls silent once everything is acknowledged', async () => {
    const simulation = new Simulation({ seed: 1 })
    const [a, b] = [await site(simulation, 'a'), await site(simulation, 'b')]
    a.links.keep(b.id, b.address)
    for (let i = 0; i < 10; i++) a.links.send(b.id, tell(i))
    await simulation.runFor(1000)
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

  it('to a peer that is forgotten ends, and whoever is sought at its address is dialled again', async () => {
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

  it('blames no third for what it passed on unread, and hears nobody through it whom it does not know', async () => {
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

  it('passes on what is the own of whoever asks, and nothing under the name of another', async () => {
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

  it('answers at once whoever waits for an answer, and others when a message could have come along', async () => {
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
      await simulation.runFor(50)
      expect(frames()).to.equal(1)
    }
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

  it('delivers to oneself at the end of the turn', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await site(simulation, 'a')
    a.links.send(a.id, tell(1))
    expect(a.heard).to.deep.equal([])
    await simulation.runFor(0)
    expect(a.heard).to.deep.equal([[a.id, 1]])
  })

  it('breaks the connection of whoever sends what is no message, and says which field', async () => {
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

function countFrames(site: Site, each?: (bytes: Uint8Array) => void): () => number {
  let frames = 0
  const take = site.links.frame.bind(site.links)
  site.links.frame = (from, bytes) => {
    frames++
    each?.(bytes)
    take(from, bytes)
  }
  return () => frames
}
