import { expect } from 'chai'
import type { TransportHandler } from '../../lib/world/world.ts'
import { Simulation } from '../../lib/sim/index.ts'
import { pair, type Player, player, say } from './player.ts'

describe('the simulated network', () => {
  it('connects by a dial, and tells both ends about the other', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a')
    const b = await player(simulation, 'b')
    a.transport.dial('b:1')
    expect(a.transport.isConnected('b.1')).to.equal(false)
    await simulation.runFor(10)
    expect(a.heard).to.deep.equal(['connected b.1 b:1'])
    expect(b.heard).to.deep.equal(['connected a.1 a:1'])
    expect(a.transport.isConnected('b.1') && b.transport.isConnected('a.1')).to.equal(true)
  })

  it('brings an answer after the next question when only the way back lags', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a')
    const b: Player = await player(simulation, 'b', 'c', (self, text) => void say(self, a, `re ${text}`))
    a.transport.dial('b:1')
    await simulation.runFor(10)
    simulation.network.faults.lag('b', 'a', 30)
    a.heard.length = 0
    for (const question of ['1', '2']) {
      say(a, b, question)
      await simulation.runFor(20)
    }
    expect(a.heard).to.deep.equal(['frame b.1 re 1'])
    simulation.network.faults.lag('b', 'a', 0)
    say(a, b, '3')
    await simulation.runFor(20)
    expect(a.heard).to.deep.equal(['frame b.1 re 1', 'frame b.1 re 2', 'frame b.1 re 3'])
  })

  it('settles simultaneous dials on one connection', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const simulation = new Simulation({ seed })
      const a = await player(simulation, 'a')
      const b = await player(simulation, 'b')
      a.transport.dial('b:1')
      b.transport.dial('a:1')
      await simulation.runFor(5_000)
      expect(a.heard).to.deep.equal(['connected b.1 b:1'])
      expect(b.heard).to.deep.equal(['connected a.1 a:1'])
      expect(say(a, b, 'x') && say(b, a, 'y')).to.equal(true)
    }
  })

  it('reports an address without a listener', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a')
    a.transport.dial('b:1')
    await simulation.runFor(10)
    expect(a.heard).to.deep.equal(['dialFailed b:1 no process listens at b:1'])
  })

  it('refuses another cluster on both sides', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a', 'one')
    const b = await player(simulation, 'b', 'two')
    a.transport.dial('b:1')
    await simulation.runFor(10)
    expect(a.heard).to.have.length(1)
    expect(a.heard[0]).to.match(/^dialFailed b:1 cluster 'one' is not 'two'/)
    expect(b.heard).to.deep.equal(['refused a:1 REFUSED'])
  })

  it('refuses another secret on both sides', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a', 'c', undefined, 'open sesame')
    const b = await player(simulation, 'b')
    a.transport.dial('b:1')
    await simulation.runFor(10)
    expect(a.heard).to.deep.equal(['dialFailed b:1 a:1 and b:1 have different secrets'])
    expect(b.heard).to.deep.equal(['refused a:1 REFUSED'])
  })

  it('turns a node away from itself', async () => {
    const simulation = new Simulation({ seed: 1 })
    const a = await player(simulation, 'a')
    a.transport.dial('a:1')
    await simulation.runFor(10)
    expect(a.heard).to.deep.equal(['dialFailed a:1 a:1 is this node itself'])
  })

  it('refuses a port that is in use', async () => {
    const simulation = new Simulation({ seed: 1 })
    await player(simulation, 'a')
    let code: unknown
    const deaf: TransportHandler = {
      connected: () => undefined,
      disconnected: () => undefined,
      frame: () => undefined,
      dialFailed: () => undefined,
      frameTampered: () => undefined,
      listenerFailed: () => undefined,
      refused: () => undefined,
    }
    const second = simulation.world('a', { port: 1 })
    await second.openTransport({ id: 'x', cluster: 'c', role: 'member' }, deaf).catch((error: { code?: string }) => {
      code = error.code
    })
    expect(code).to.equal('BAD_OPTION')
  })

  it('keeps the order of frames, and carries a copy of the bytes', async () => {
    const { simulation, a, b } = await pair()
    const bytes = new Uint8Array([65])
    for (let i = 0; i < 26; i++) {
      bytes[0] = 65 + i
      a.transport.send(b.id, bytes, false)
    }
    await simulation.runFor(10)
    expect(b.heard.map((line) => line.at(-1)).join('')).to.equal('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  })

  it('loses what is in flight when a connection is cut, and tells both ends', async () => {
    const { simulation, a, b } = await pair()
    say(a, b, 'lost')
    simulation.network.faults.cut('a', 'b')
    expect(say(a, b, 'lost too')).to.equal(true)
    await simulation.runFor(100)
    expect(a.heard).to.deep.equal(['disconnected b.1 cut'])
    expect(b.heard).to.deep.equal(['disconnected a.1 cut'])
    expect(say(a, b, 'nowhere')).to.equal(false)
  })

  it('delivers what was sent before a disconnection in good order', async () => {
    const { simulation, a, b } = await pair()
    say(a, b, 'farewell')
    a.transport.disconnect(b.id, 'done')
    await simulation.runFor(10)
    expect(b.heard).to.deep.equal(['frame a.1 farewell', 'disconnected a.1 done'])
    expect(a.heard).to.deep.equal(['disconnected b.1 done'])
  })

  it('calls no handler after close', async () => {
    const { simulation, a, b } = await pair()
    say(b, a, 'too late')
    await a.transport.close()
    await simulation.runFor(10)
    expect(a.heard).to.deep.equal([])
    expect(b.heard).to.deep.equal(['disconnected a.1 closed'])
  })

  it('partitions: dials time out until it heals', async () => {
    const { simulation, a, b } = await pair()
    simulation.network.faults.partition(['a'], ['b'])
    await simulation.runFor(100)
    expect(a.heard).to.deep.equal(['disconnected b.1 partitioned'])
    a.transport.dial('b:1')
    await simulation.runFor(3_000)
    expect(a.heard.at(-1)).to.equal('dialFailed b:1 dialling b:1 timed out')
    simulation.network.faults.heal()
    a.transport.dial('b:1')
    await simulation.runFor(10)
    expect(b.heard.at(-1)).to.equal('connected a.1 a:1')
  })

  it('stalls one way silently, and delivers everything at resume', async () => {
    const { simulation, a, b } = await pair()
    simulation.network.faults.stall('a', 'b')
    say(a, b, 'one')
    say(a, b, 'two')
    expect(say(a, b, 'volatile', true)).to.equal(false)
    say(b, a, 'back')
    await simulation.runFor(60_000)
    expect(a.heard).to.deep.equal(['frame b.1 back'])
    expect(b.heard).to.deep.equal([])
    expect(a.transport.bufferedBytes(b.id)).to.equal(6)
    simulation.network.faults.resume('a', 'b')
    await simulation.runFor(10)
    expect(b.heard).to.deep.equal(['frame a.1 one', 'frame a.1 two'])
    expect(a.transport.bufferedBytes(b.id)).to.equal(0)
  })

  it('delivers frames twice where that is the fault, and each once afterwards', async () => {
    const { simulation, a, b } = await pair()
    simulation.network.faults.duplicate('a', '*', 1)
    say(a, b, '1')
    say(a, b, '2', true)
    say(b, a, 'back')
    await simulation.runFor(100)
    expect(b.heard).to.deep.equal(['frame a.1 1', 'frame a.1 1', 'frame a.1 2', 'frame a.1 2'])
    expect(a.heard).to.deep.equal(['frame b.1 back'])
    simulation.network.faults.duplicate('a', '*', 0)
    say(a, b, '3')
    await simulation.runFor(100)
    expect(b.heard.slice(4)).to.deep.equal(['frame a.1 3'])
  })

  it('reorders what is volatile and nothing else, and forgets it with its connection', async () => {
    const { simulation, a, b } = await pair()
    const { faults } = simulation.network
    faults.reorder('a', 'b', 1)
    const sent = Array.from({ length: 20 }, (_, i) => `gossip ${i}`)
    for (const text of sent) {
      say(a, b, text, true)
      say(a, b, text.replace('gossip', 'ordered'))
    }
    await simulation.runFor(100)
    const arrived = b.heard.map((line) => line.replace('frame a.1 ', ''))
    expect(arrived.filter((text) => text.startsWith('ordered'))).to.deep.equal(
      sent.map((text) => text.replace('gossip', 'ordered')),
    )
    const gossip = arrived.filter((text) => text.startsWith('gossip'))
    expect(gossip).to.not.deep.equal(sent)
    expect(gossip).to.have.members(sent)
    say(a, b, 'lost with its connection', true)
    faults.cut('a', 'b')
    await simulation.runFor(100)
    expect(b.heard.at(-1)).to.match(/^disconnected/)
    faults.end()
  })

  it('lets an end dial again although the other has not noticed the cut', async () => {
    const { simulation, a, b } = await pair()
    simulation.network.faults.stall('a', 'b')
    a.transport.disconnect(b.id, 'lost patience')
    await simulation.runFor(1)
    simulation.network.faults.cut('a', 'b')
    simulation.network.faults.resume()
    a.transport.dial('b:1')
    await simulation.runFor(5)
    expect(b.heard).to.deep.equal(['disconnected a.1 replaced', 'connected a.1 a:1'])
  })

  it('is the same for one seed, and another for another', async () => {
    const run = async (seed: number): Promise<string> => {
      const simulation = new Simulation({ seed })
      const bounce = (p: Player, text: string): void => {
        const next = p.world.random.below(players.length)
        const left = Number(text) - 1
        if (left > 0) p.world.setTimer(p.world.random.below(20), () => say(p, players[next] as Player, String(left)))
      }
      const players: Player[] = []
      for (const host of ['a', 'b', 'c', 'd']) players.push(await player(simulation, host, 'c', bounce))
      for (const p of players) for (const q of players) if (p !== q) p.transport.dial(q.transport.address)
      await simulation.runFor(20)
      for (const p of players) for (const q of players) say(p, q, '30')
      await simulation.runFor(100)
      simulation.network.faults.cut('a', 'c')
      await simulation.runFor(1_000)
      return `${simulation.trace.length} ${simulation.trace.hash}`
    }
    const first = await run(42)
    expect(await run(42)).to.equal(first)
    expect(await run(43)).not.to.equal(first)
    expect(Number(first.split(' ')[0])).to.be.greaterThan(100)
  })
})
