import { expect } from 'chai'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Simulation } from '../../../lib/sim/simulation.ts'
import { rejection } from '../pool.ts'

/** What seeded runs of whole nodes found, each told by itself. */
describe('stories that the swarm found', () => {
  it('the first of the list, its clock a session and more behind, does not keep the others from founding', async () => {
    const simulation = new Simulation({ seed: 371 })
    const join = ['a:7000', 'b:7000', 'c:7000']
    const [a, b, c] = ['a', 'b', 'c'].map((host) => simulation.world(host, { port: 7000 }))
    a?.host.clock.jumpWall(-4000)
    const turnedAway = rejection(simulatedNode(a as never, { join }))
    const founded = Promise.all([b, c].map((world) => simulatedNode(world as never, { join })))
    const nodes = await simulation.outcome(founded)
    expect(nodes.map(({ state }) => state)).to.deep.equal(['active', 'active'])
    expect(await simulation.outcome(turnedAway)).to.include({ code: 'CLOCK_SKEW' })
    await simulation.outcome(Promise.all(nodes.map((node) => node.close())))
  })

  it('a founding that waits for the slower clocks is not outbid by a node that has voted already', async () => {
    const simulation = new Simulation({ seed: 1509 })
    const aheadMs = { a: 5900, b: 2280, c: 590, d: 1460, e: 4660 }
    const join = Object.keys(aheadMs).map((host) => `${host}:7000`)
    const starting = Object.entries(aheadMs).map(([host, byMs]) => {
      const world = simulation.world(host, { port: 7000 })
      world.host.clock.jumpWall(byMs)
      return simulatedNode(world, { join, maxClockOffset: '10s' })
    })
    const nodes = await simulation.outcome(Promise.all(starting))
    expect(nodes.map(({ state }) => state)).to.deep.equal(Array(5).fill('active'))
    await simulation.outcome(Promise.all(nodes.map((node) => node.close())))
  })

  it('of five founders it is the third that is near enough to a majority, and its turn comes', async () => {
    const simulation = new Simulation({ seed: 112 })
    const aheadMs = { a: 20_000, b: 5500, c: 3000, d: 300, e: -20_000 }
    const join = Object.keys(aheadMs).map((host) => `${host}:7000`)
    const starting = Object.entries(aheadMs).map(([host, byMs]) => {
      const world = simulation.world(host, { port: 7000 })
      world.host.clock.jumpWall(byMs)
      return simulatedNode(world, { join, maxClockOffset: '60s' })
    })
    const nodes = await simulation.outcome(Promise.all(starting))
    expect(nodes.map(({ state }) => state)).to.deep.equal(Array(5).fill('active'))
    await simulation.outcome(Promise.all(nodes.map((node) => node.close())))
  })
})
