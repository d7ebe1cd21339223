import { expect } from 'chai'
import { Dialler } from '../../lib/link/dialler.ts'
import { Simulation } from '../../lib/sim/simulation.ts'

describe('a dialler', () => {
  it('dials at once, soon after a break, and ever more seldom while no node answers', async () => {
    const simulation = new Simulation({ seed: 1 })
    const dialledMs: number[] = []
    const dialler = new Dialler(simulation.world('a'), (address) => {
      dialledMs.push(simulation.time.nowMs)
      dialler.again(address)
    })
    dialler.want('b:1')
    expect(dialledMs).to.deep.equal([0])
    await simulation.runFor(60_000)
    const gapsMs = dialledMs.slice(1).map((atMs, i) => atMs - (dialledMs[i] as number))
    expect(gapsMs[0]).to.be.at.most(75)
    expect(Math.max(...gapsMs)).to.be.at.most(7_500)
    expect(dialledMs.length).to.be.within(10, 40)
    dialler.close()
    await simulation.runFor(60_000)
    expect(dialledMs.length).to.be.at.most(40)
  })

  it('looks again at an address that never said what became of the dial', async () => {
    const simulation = new Simulation({ seed: 1 })
    let dialled = 0
    const dialler = new Dialler(simulation.world('a'), () => dialled++)
    dialler.want('alias:1')
    await simulation.runFor(60_000)
    expect(dialled).to.be.within(3, 9)
    dialler.drop('alias:1')
    const before = dialled
    await simulation.runFor(60_000)
    expect(dialled).to.equal(before)
  })

  it('leaves an address in peace once it is reached', async () => {
    const simulation = new Simulation({ seed: 1 })
    let dialled = 0
    const dialler = new Dialler(simulation.world('a'), () => dialled++)
    dialler.want('b:1')
    dialler.reached('b:1')
    await simulation.runFor(60_000)
    expect(dialled).to.equal(1)
    dialler.again('b:1')
    await simulation.runFor(100)
    expect(dialled).to.equal(2)
  })
})
