import { expect } from 'chai'
import type { HoldfastError } from '../../../lib/base/errors.ts'
import type { Node } from '../../../lib/node/node.ts'
import type { NodeOptions } from '../../../lib/node/options.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Simulation } from '../../../lib/sim/simulation.ts'
import type { SimWorld } from '../../../lib/sim/world.ts'

const minuteMs = 60_000
const secret = 'a secret of sixteen'

/** A host of the simulation, on which one process after the other runs a node. */
class Site {
  readonly lines: string[] = []
  world!: SimWorld
  node!: Node
  private readonly simulation: Simulation
  private readonly host: string
  private readonly options: NodeOptions

  constructor(simulation: Simulation, host: string, options: NodeOptions) {
    this.simulation = simulation
    this.host = host
    const at = (level: string) => (text: string) => void this.lines.push(`${level} ${text}`)
    this.options = { ...options, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
  }

  /** Starts a process with a node in it. Time has to pass. */
  async start(changes: NodeOptions = {}): Promise<void> {
    this.world = this.simulation.world(this.host, { port: 7000 })
    this.node = await simulatedNode(this.world, { ...this.options, ...changes })
  }

  /** Lines at info and above since the last look, without the views: those are many, and have a test of their own. */
  take(): string[] {
    return this.lines.splice(0).filter((line) => !line.startsWith('debug ') && !line.startsWith('info view '))
  }
}

describe('the log of an hour', function () {
  this.timeout(120_000)
  let simulation: Simulation
  let sites: Site[]
  const site = (index: number): Site => sites[index] as Site

  /** Runs the node of that host through a clean restart. */
  const restart = async (each: Site): Promise<void> => {
    await simulation.outcome(each.node.close())
    await simulation.runFor(2_000)
    await simulation.outcome(each.start())
    await simulation.runFor(minuteMs)
  }

  for (const [name, join] of [
    ['with a join list', ['a:7000', 'b:7000', 'c:7000']],
    ['with a join list of five', ['a:7000', 'b:7000', 'c:7000', 'd:7000', 'e:7000']],
  ] as const) {
    it(`in a cluster ${name} has no warning but of the crash and of the wrong secret`, async () => {
      simulation = new Simulation({ seed: 11 })
      const hosts = join.map((entry) => entry.split(':')[0] as string)
      sites = hosts.map((host) => new Site(simulation, host, { join, secret }))
      await simulation.outcome(Promise.all(sites.map((each) => each.start())))
      await simulation.runFor(5 * minuteMs)
      expect(sites.map((each) => each.take())).to.deep.equal(sites.map(() => []))

      // Rolling restarts, twice: each of the others hears once that the node left.
      for (let round = 0; round < 2; round++) {
        for (const each of sites) {
          const left = `info ${each.node.address} (${each.node.id}) left`
          await restart(each)
          expect(each.take(), 'of the one that was restarted').to.deep.equal([])
          for (const other of sites) if (other !== each) expect(other.take(), other.node.address).to.deep.equal([left])
        }
      }

      // One crash: one warning at each of the others, and none at the node that comes after it.
      const crashed = site(2)
      const down = `warn c:7000 (${crashed.node.id}) is down`
      crashed.world.crash()
      await simulation.runFor(minuteMs)
      for (const other of sites) if (other !== crashed) expect(other.take()).to.deep.equal([down])

      // A wrong secret for ten minutes: its process is started every five seconds, and refused.
      expect(crashed.take()).to.deep.equal([])
      const others = sites.filter((each) => each !== crashed)
      for (let attempt = 0; attempt < 120; attempt++) {
        const error = await simulation.outcome(crashed.start({ secret: 'another secret of it', wait: '4s' })).then(
          () => null,
          (reason: unknown) => reason as HoldfastError,
        )
        expect(error?.code).to.equal('REFUSED')
        await simulation.runFor(5_000)
      }
      for (const other of others) {
        const [first, ...sums] = other.take()
        expect(first).to.match(/^warn .*c:7000.*secrets?/)
        expect(sums.length).to.be.within(9, 10)
        for (const sum of sums) expect(sum).to.match(/^warn .*c:7000.* \(\d+ more in the last minute\)$/)
      }
      crashed.take()

      await simulation.outcome(crashed.start())
      await simulation.runFor(60 * minuteMs - simulation.time.nowMs)
      for (const other of others) expect(other.take().filter((line) => !/secret/.test(line))).to.deep.equal([])
      expect(crashed.take()).to.deep.equal([])
      await simulation.outcome(Promise.all(sites.map((each) => each.node.close())))
    })
  }

  it('in a pool of one host has no warning but of the crash', async () => {
    simulation = new Simulation({ seed: 12 })
    const lines: string[] = []
    const at = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
    const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
    const take = (): string[] => lines.splice(0).filter((line) => !/^(debug |info view )/.test(line))
    const start = async (): Promise<{ world: SimWorld; node: Node }> => {
      const world = simulation.world('host')
      return { world, node: await simulation.outcome(simulatedNode(world, { logger })) }
    }
    const workers = [await start(), await start(), await start(), await start()]
    for (let restarts = 0; restarts < 12; restarts++) {
      const { node } = workers.shift() as { node: Node }
      const left = `info ${node.address} (${node.id}) left`
      await simulation.outcome(node.close())
      workers.push(await start())
      await simulation.runFor(4 * minuteMs)
      expect(take()).to.deep.equal([left, left, left])
    }
    const { world, node } = workers.shift() as { world: SimWorld; node: Node }
    world.crash()
    workers.push(await start())
    await simulation.runFor(10 * minuteMs)
    const down = `warn ${node.address} (${node.id}) is down`
    expect(take()).to.deep.equal([down, down, down])
    await simulation.outcome(Promise.all(workers.map((worker) => worker.node.close())))
    expect(workers.map((worker) => worker.world.timerCount)).to.deep.equal([0, 0, 0, 0])
  })

  it('sums up what a listener throws at each event', async () => {
    simulation = new Simulation({ seed: 15 })
    const one = new Site(simulation, 'a', {})
    await simulation.outcome(one.start())
    let thrown = 0
    one.node.on('sessionRenewed', () => {
      thrown++
      throw new Error('broken')
    })
    await simulation.runFor(10 * minuteMs)
    await simulation.outcome(one.node.close())
    const [first, ...sums] = one.take()
    expect(first).to.equal('error a listener of events threw: broken')
    const counts = sums.map((sum) => Number(/^error a listener of events threw: broken \((\d+) more/.exec(sum)?.[1]))
    expect(counts.length).to.be.within(9, 11)
    expect(counts.reduce((sum, count) => sum + count, 1)).to.equal(thrown)
  })

  it('names the members of each view once at each node', async () => {
    simulation = new Simulation({ seed: 13 })
    sites = ['a', 'b', 'c'].map((host) => new Site(simulation, host, { join: ['a:7000', 'b:7000', 'c:7000'], secret }))
    await simulation.outcome(Promise.all(sites.map((each) => each.start())))
    await simulation.runFor(10 * minuteMs)
    for (const { lines, node } of sites) {
      const views = lines.filter((line) => line.startsWith('info view '))
      expect(views.at(-1)).to.equal(
        `info view ${node.view?.epoch} is active: 3 members, ${node.members.map(({ id, address }) => `${address} (${id})`).join(', ')}`,
      )
      expect(new Set(views).size).to.equal(views.length)
    }
    await simulation.outcome(Promise.all(sites.map((each) => each.node.close())))
  })
})
