import { expect } from 'chai'
import { Simulation } from '../../lib/sim/index.ts'
import { pair, player, say } from './player.ts'

describe('a simulated process', () => {
  it('that was killed fires no timer, and its peers hear of it', async () => {
    const { simulation, a, b } = await pair()
    let fired = false
    a.world.setTimer(5, () => {
      fired = true
    })
    say(b, a, 'to the dead')
    a.world.crash()
    await simulation.runFor(100)
    expect(fired).to.equal(false)
    expect(a.heard).to.deep.equal([])
    expect(b.heard).to.deep.equal(['disconnected a.1 connection reset'])
  })

  it('that went silently is noticed only when pings stay unanswered', async () => {
    const { simulation, a, b } = await pair()
    a.world.crash({ silently: true })
    await simulation.runFor(19_000)
    expect(b.heard).to.deep.equal([])
    await simulation.runFor(2_000)
    expect(b.heard).to.deep.equal(['disconnected a.1 ping timeout'])
  })

  it('is followed by another at the same address, with another id', async () => {
    const { simulation, a } = await pair()
    a.world.crash()
    const next = await player(simulation, 'a')
    expect(next.transport.address).to.equal('a:1')
    expect(next.id).to.equal('a.2')
  })

  it('that was paused finds everything late and in order', async () => {
    const { simulation, a, b } = await pair()
    b.world.setTimer(5, () => void b.heard.push('timer'))
    b.world.pause()
    say(a, b, 'one')
    say(a, b, 'two')
    await simulation.runFor(1_000)
    expect(b.heard).to.deep.equal([])
    expect(a.transport.bufferedBytes(b.id)).to.equal(6)
    b.world.resume()
    await simulation.runFor(1)
    expect(b.heard).to.deep.equal(['frame a.1 one', 'frame a.1 two', 'timer'])
  })

  it('runs what was deferred before anything that comes later', async () => {
    const { simulation, a } = await pair()
    const order: string[] = []
    a.world.setTimer(1, () => {
      a.world.defer(() => void order.push('deferred'))
      a.world.setTimer(0, () => void order.push('next'))
      order.push('first')
    })
    await simulation.runFor(10)
    expect(order).to.deep.equal(['first', 'deferred', 'next'])
  })

  it('settles promises before the next thing happens', async () => {
    const { simulation, a } = await pair()
    const order: string[] = []
    const task = async (): Promise<string> => {
      await new Promise<void>((resolve) => a.world.setTimer(5, resolve))
      order.push('one')
      await Promise.resolve().then(() => undefined)
      order.push('two')
      return 'done'
    }
    a.world.setTimer(5, () => undefined)
    const promise = task()
    a.world.setTimer(5, () => void order.push('other'))
    expect(await simulation.outcome(promise)).to.equal('done')
    await simulation.runFor(1)
    expect(order).to.deep.equal(['one', 'two', 'other'])
  })

  it('says so, with the seed, when a promise does not settle', async () => {
    const simulation = new Simulation({ seed: 99 })
    let message = ''
    await simulation.outcome(new Promise(() => undefined), 10).catch((error: Error) => {
      message = error.message
    })
    expect(message).to.match(/seed 99/)
  })
})

describe('a simulated clock', () => {
  it('of another host has another origin, and none is behind its timers', async () => {
    const simulation = new Simulation({ seed: 5 })
    const a = simulation.world('a')
    expect(a.time.monotonicMs()).not.to.equal(simulation.world('b').time.monotonicMs())
    for (const rate of [1, 0.9, 1.01, 1.3]) {
      a.host.clock.drift(rate)
      const begunMs = a.time.monotonicMs()
      let shownMs = 0
      a.setTimer(100.1, () => {
        shownMs = a.time.monotonicMs() - begunMs
      })
      await simulation.runFor(200)
      expect(shownMs)
        .to.be.at.least(100.1 - 1e-6)
        .and.below(100.2)
    }
  })

  it('moves the timers that wait when it begins to drift', async () => {
    const simulation = new Simulation({ seed: 5 })
    const a = simulation.world('a')
    let firedAtMs = 0
    a.setTimer(100, () => {
      firedAtMs = simulation.time.nowMs
    })
    await simulation.runFor(50)
    a.host.clock.drift(0.5)
    await simulation.runFor(1_000)
    expect(firedAtMs).to.equal(150)
  })

  it('jumps on the wall alone, and sleeps all but the boot and wall clocks', async () => {
    const simulation = new Simulation({ seed: 5 })
    const world = simulation.world('a')
    const { host, time } = world
    const read = (): number[] => [time.monotonicMs(), time.wallMs(), time.bootMs()]
    const before = read()
    const since = (): number[] => read().map((ms, i) => ms - (before[i] as number))
    time.jumpWall(-500)
    expect(since()).to.deep.equal([0, -500, 0])
    let fired = false
    world.setTimer(10, () => {
      fired = true
    })
    host.suspend()
    await simulation.runFor(1_000)
    expect(since()).to.deep.equal([0, 500, 1_000])
    expect(fired).to.equal(false)
    host.wake()
    await simulation.runFor(10)
    expect(fired).to.equal(true)
    expect(since()).to.deep.equal([10, 510, 1_010])
  })
})

describe('a simulated local directory', () => {
  it("lets one of its host's processes create a file, and is not seen from another host", async () => {
    const simulation = new Simulation({ seed: 5 })
    const one = await simulation.world('a').openDirectory('c')
    const two = await simulation.world('a').openDirectory('c')
    const far = await simulation.world('b').openDirectory('c')
    expect(one.createOnce('after-0', new Uint8Array([1]))).to.equal(true)
    expect(two.createOnce('after-0', new Uint8Array([2]))).to.equal(false)
    expect(two.read('after-0')).to.deep.equal(new Uint8Array([1]))
    expect(far.read('after-0')).to.equal(null)
    one.publish('x', 'a:1')
    expect(two.entries().map((entry) => entry.id)).to.deep.equal(['x'])
  })
})
