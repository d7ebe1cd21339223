/** What the simulator's calls refuse: each would else be a run that never ends, or one in which nothing goes wrong. */
import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { Simulation, type SimulationOptions, VirtualTime } from '../../../lib/sim/index.ts'
import { testActor } from '../../../lib/sim/test-actor.ts'
import { rejection } from '../../node/pool.ts'

function pair(): Simulation {
  const simulation = new Simulation({ seed: 1 })
  for (const host of ['a', 'b']) simulation.world(host, { port: 7000 })
  return simulation
}

const noDurations = [Number.NaN, -1, Number.POSITIVE_INFINITY, '5 parsecs', '', null, {}] as number[]

const refused = (call: () => unknown, option: string): void => {
  expect(call).to.throw(BadOptionError).that.includes({ code: 'BAD_OPTION', option })
}

describe('time in a simulation', () => {
  it('passes for milliseconds, and for texts that say how long', async () => {
    const simulation = pair()
    await simulation.runFor('1.5s')
    await simulation.runFor(500)
    expect(simulation.time.nowMs).to.equal(2000)
    simulation.time.schedule(30_000, () => undefined)
    expect(await simulation.runUntil(() => simulation.time.nowMs >= 32_000, '1m')).to.equal(true)
    const error = await rejection(simulation.outcome(new Promise(() => undefined), '2s'))
    expect(error.message).to.include('no outcome within 2000 ms')
  })

  it('does not move for anything that is no duration', async () => {
    const simulation = pair()
    simulation.time.schedule(1, () => undefined)
    const never = new Promise(() => undefined)
    for (const wrong of noDurations) {
      expect(await rejection(simulation.runFor(wrong))).to.include({ code: 'BAD_OPTION', option: 'duration' })
      expect(await rejection(simulation.runUntil(() => false, wrong))).to.include({ code: 'BAD_OPTION', option: 'limit' })
      expect(await rejection(simulation.outcome(never, wrong))).to.include({ code: 'BAD_OPTION', option: 'limit' })
    }
    expect(await rejection(simulation.runFor(undefined as unknown as number))).to.include({ code: 'BAD_OPTION' })
    expect(await rejection(simulation.runUntil(true as unknown as () => boolean, 5))).to.include({ option: 'done' })
    expect(simulation.time.nowMs).to.equal(0)
  })

  it('keeps its order: nothing is scheduled after a time that is no number', () => {
    const time = new VirtualTime()
    for (const wrong of [Number.NaN, '5s', undefined] as number[]) refused(() => time.schedule(wrong, () => undefined), 'delayMs')
    for (const wrong of noDurations) {
      refused(() => time.runFor(wrong), 'duration')
      refused(() => time.runUntil(() => false, wrong), 'limit')
    }
    expect(time.pending).to.equal(0)
  })

  it('of an actor under test is told likewise', async () => {
    const test = testActor({ init: () => 0, receive: () => undefined })
    await test.runFor('5s')
    expect(await rejection(test.runFor('soon' as '1s'))).to.include({ code: 'BAD_OPTION', option: 'duration' })
  })
})

describe('a simulation', () => {
  it('refuses options that it does not have, and values that they cannot have', () => {
    const wrong: readonly (readonly [options: unknown, option: string])[] = [
      [undefined, 'options'],
      [{}, 'seed'],
      [{ seed: Number.NaN }, 'seed'],
      [{ seed: -1 }, 'seed'],
      [{ seed: '7' }, 'seed'],
      [{ seed: 2 ** 32 }, 'seed'],
      [{ seed: 1, sed: 2 }, 'sed'],
      [{ seed: 1, traceMax: -1 }, 'traceMax'],
      [{ seed: 1, quickTurns: 'yes' }, 'quickTurns'],
      [{ seed: 1, network: { delay: 5 } }, 'delay'],
      [{ seed: 1, network: { delayMs: 5 } }, 'network.delayMs'],
      [{ seed: 1, network: { noticeMsMax: Number.NaN } }, 'network.noticeMsMax'],
      [{ seed: 1, network: { silenceMs: '5s' } }, 'network.silenceMs'],
    ]
    for (const [options, option] of wrong) refused(() => new Simulation(options as SimulationOptions), option)
    expect(() => new Simulation({ seed: 2 ** 32 - 1, traceMax: Number.POSITIVE_INFINITY })).to.not.throw()
  })

  it('has hosts whose names can stand in an address, and processes at ports that there are', () => {
    const simulation = pair()
    for (const host of ['', 'a:1', '*', 'a b', '[::1]', undefined, 7] as string[]) {
      refused(() => simulation.world(host), 'host')
      refused(() => simulation.host(host), 'host')
    }
    for (const port of [0, -1, 65_536, 1.5, Number.NaN, '7000'] as number[])
      refused(() => simulation.world('c', { port }), 'port')
    refused(() => simulation.world('c', { prot: 1 } as object), 'prot')
    expect(() => simulation.world('10.0.0.1', { port: 65_535 })).to.not.throw()
  })
})

describe('a fault', () => {
  it('affects a host, an address on it, or all, and no other', () => {
    const simulation = pair()
    const { faults } = simulation.network
    for (const place of ['a', 'a:7000', '*']) {
      faults.partition([place], ['b'])()
      faults.stall(place, 'b')()
      faults.cut(place, 'b')
      faults.heal([place], ['b'])
      faults.resume(place, 'b')
      for (const deed of ['lose', 'duplicate', 'reorder'] as const) faults[deed](place, 'b', 0.5)
      faults.delay(place, 'b', '20ms')
      faults.lag(place, 'b', '10ms')
      expect(faults.lagOf('a:7000', 'b:7000')).to.equal(10)
      expect(faults.delayOf('a:7000', 'b:7000')).to.equal(20)
    }
    for (const place of ['A', 'c', 'c:7000', '', 'a.1']) {
      refused(() => faults.partition([place], ['b']), 'side')
      refused(() => faults.partition(['a'], ['b', place]), 'otherSide')
      refused(() => faults.heal([place], ['b']), 'side')
      refused(() => faults.stall(place, 'b'), 'from')
      refused(() => faults.resume('a', place), 'to')
      refused(() => faults.cut('a', place), 'b')
      refused(() => faults.delay('a', place, 5), 'to')
      refused(() => faults.lag('a', place, 5), 'to')
      for (const deed of ['lose', 'duplicate', 'reorder'] as const) refused(() => faults[deed](place, 'b', 0.5), 'from')
    }
    expect(() => faults.cut('a', 'c')).to.throw(/no host of 'c'; there are a, b/)
    simulation.host('c')
    expect(() => faults.cut('a', 'c')).to.not.throw()
  })

  it('takes sides as lists, both of them or none', () => {
    const { faults } = pair().network
    const text = 'a' as unknown as string[]
    refused(() => faults.partition(text, ['b']), 'side')
    refused(() => faults.partition(['a'], text), 'otherSide')
    refused(() => faults.heal(['a']), 'otherSide')
    refused(() => faults.resume('a'), 'to')
    refused(() => faults.stall(['a'] as unknown as string, 'b'), 'from')
    expect(faults.passes('a:7000', 'b:7000')).to.equal(true)
  })

  it('has a probability from 0 to 1, and a delay that is a duration', () => {
    const { faults } = pair().network
    for (const rate of [-0.1, 1.1, Number.NaN, '0.5', undefined] as number[])
      for (const deed of ['lose', 'duplicate', 'reorder'] as const) refused(() => faults[deed]('a', 'b', rate), 'rate')
    for (const wrong of noDurations) {
      refused(() => faults.delay('a', 'b', wrong), 'mean')
      refused(() => faults.lag('a', 'b', wrong), 'duration')
    }
    expect([faults.lossOf('a:7000', 'b:7000'), faults.delayOf('a:7000', 'b:7000')]).to.deep.equal([0, 0])
  })

  it('of a process or a clock is a number too', () => {
    const world = pair().world('a')
    const { clock } = world.host
    for (const wrong of noDurations) {
      refused(() => world.slow(wrong), 'each')
      refused(() => world.lateTimers(wrong), 'lateMax')
    }
    const beforeMs = clock.wallMs()
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, '5s'] as number[]) {
      refused(() => clock.jumpWall(wrong), 'byMs')
      refused(() => clock.drift(wrong), 'rate')
    }
    refused(() => clock.drift(-1), 'rate')
    expect(clock.wallMs()).to.equal(beforeMs)
    world.slow('2ms')
    world.lateTimers(0)
    clock.jumpWall(-5)
    expect(clock.wallMs()).to.equal(beforeMs - 5)
  })
})
