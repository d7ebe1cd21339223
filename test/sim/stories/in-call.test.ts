import { expect } from 'chai'
import type { Directory } from '../../../lib/world/world.ts'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { Simulation, type SimWorld } from '../../../lib/sim/index.ts'

interface Pair {
  readonly simulation: Simulation
  /** Two processes of one host, and what the first sees of their directory. */
  readonly one: SimWorld
  readonly two: SimWorld
  readonly directory: Directory
  readonly log: string[]
  note(what: string): void
}

async function pair(): Promise<Pair> {
  const simulation = new Simulation({ seed: 5 })
  const [one, two] = [simulation.world('a'), simulation.world('a')]
  const directory = await one.openDirectory('c')
  const log: string[] = []
  const note = (what: string): void => void log.push(`${simulation.time.nowMs} ${what}`)
  return { simulation, one, two, directory, log, note }
}

const bytes = new Uint8Array([1])

describe('a process that is killed in the middle of a call', () => {
  it('has done what the steps before it did, and does nothing after it', async () => {
    for (const [steps, isThere] of [
      [1, false],
      [2, true],
    ] as const) {
      const { simulation, one, two, directory, log, note } = await pair()
      one.crashInCall(steps)
      one.setTimer(10, () => {
        directory.createOnce('after-0', bytes)
        note('went on')
      })
      await simulation.runFor(100)
      expect(log).to.deep.equal([])
      expect(one.isAlive).to.equal(false)
      expect((await two.openDirectory('c')).read('after-0') !== null, `${steps} steps`).to.equal(isThere)
    }
  })

  it('has no effect any more if its code catches all errors', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    one.crashInCall(1)
    one.setTimer(10, () => {
      try {
        directory.read('after-0')
      } catch {
        one.setTimer(10, () => note('a timer'))
        one.defer(() => note('a deferred task'))
        void one.openDirectory('other').then(() => note('another directory'))
        expect(() => directory.createOnce('after-0', bytes)).to.throw(/died in the middle of a call/)
        expect(() => one.openState(undefined, 'c').mark(7)).to.throw(/died in the middle of a call/)
        directory.withdraw('one.1')
        directory.close()
      }
    })
    await simulation.runFor(100)
    expect(log).to.deep.equal([])
    expect((await two.openDirectory('c')).read('after-0')).to.equal(null)
    expect(two.openState(undefined, 'c').highest()).to.equal(0)
  })

  it('can be so in a call of its state folder too', async () => {
    for (const [steps, kept] of [
      [1, 0],
      [2, 7],
    ] as const) {
      const { simulation, one, two } = await pair()
      one.crashInCall(steps)
      one.setTimer(10, () => one.openState(undefined, 'c').mark(7))
      await simulation.runFor(100)
      expect(two.openState(undefined, 'c').highest(), `${steps} steps`).to.equal(kept)
    }
  })
})

describe('a process that stands still in the middle of a call', () => {
  it('comes back from it when it goes on, while others do what they do', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    one.pauseInCall(1, '100ms')
    one.setTimer(10, () => {
      one.defer(() => note('the end of the turn'))
      note('begins')
      note(directory.read('after-0') === null ? 'found nothing' : 'found the file')
    })
    one.setTimer(20, () => note('a timer of its own'))
    const other = await two.openDirectory('c')
    two.setTimer(50, () => {
      note('another creates it')
      other.createOnce('after-0', bytes)
    })
    await simulation.runFor(200)
    expect(log).to.deep.equal([
      '10 begins',
      '50 another creates it',
      '110 found the file',
      '110 the end of the turn',
      '110 a timer of its own',
    ])
  })

  it('has done by then what the steps before it did', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    const other = await two.openDirectory('c')
    one.pauseInCall(2, 100)
    one.setTimer(10, () => note(`found ${directory.read('after-0')?.length ?? 'nothing'}`))
    two.setTimer(50, () => void other.createOnce('after-0', bytes))
    await simulation.runFor(200)
    expect(log).to.deep.equal(['110 found nothing'])
  })

  it('finds that the directory, or the place of a file, has gone meanwhile', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    const other = await two.openDirectory('c')
    directory.makePlace('views-1-x')
    one.pauseInCall(2, 100)
    one.setTimer(10, () => {
      expect(() => directory.read('views-1-x/after-1')).to.throw(/views-1-x.* is gone/)
      one.pauseInCall(2, 100)
      expect(() => directory.entries()).to.throw(/the directory .* is gone/)
      note('done')
    })
    two.setTimer(50, () => other.clearPlace('views-1-x'))
    two.setTimer(150, () => one.host.directories.remove('c'))
    await simulation.runFor(300)
    expect(log).to.deep.equal(['210 done'])
  })

  it('does not come back when it is killed meanwhile', async () => {
    const { simulation, one, directory, log, note } = await pair()
    one.pauseInCall(1, 30)
    one.setTimer(10, () => {
      directory.read('after-0')
      note('came back')
    })
    simulation.time.schedule(20, () => one.crash())
    await simulation.runFor(200)
    expect(log).to.deep.equal([])
  })

  it('is one at a time: another stands still in its next call after that', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    const other = await two.openDirectory('c')
    one.pauseInCall(1, 100)
    two.pauseInCall(1, 100)
    one.setTimer(10, () => {
      directory.read('after-0')
      note('one')
    })
    for (const atMs of [50, 150])
      two.setTimer(atMs, () => {
        other.read('after-0')
        note(`two of ${atMs}`)
      })
    await simulation.runFor(400)
    expect(log).to.deep.equal(['50 two of 50', '110 one', '250 two of 150'])
  })

  it('is not told of an error of another, which the simulation throws', async () => {
    const { simulation, one, two, directory, log, note } = await pair()
    one.pauseInCall(1, 100)
    one.setTimer(10, () => {
      directory.read('after-0')
      note('came back')
    })
    two.setTimer(50, () => {
      throw new Error('of the other')
    })
    const error = await simulation.runFor(200).then(
      () => null,
      (thrown: Error) => thrown,
    )
    expect(error?.message).to.equal('of the other')
    expect(log).to.deep.equal(['50 came back'])
  })

  it('takes a number of steps from 1, and a duration', async () => {
    const { one } = await pair()
    for (const steps of [0, 1.5, Number.NaN, '1'] as number[]) {
      expect(() => one.crashInCall(steps)).to.throw(BadOptionError, /steps/)
      expect(() => one.pauseInCall(steps, 5)).to.throw(BadOptionError, /steps/)
    }
    expect(() => one.pauseInCall(1, Number.NaN)).to.throw(BadOptionError, /duration/)
  })
})
