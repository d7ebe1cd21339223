import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import type { LockState, LockWatch } from '../../../lib/port/watch.ts'
import type { Life } from '../../../lib/node/life.ts'
import type { Node } from '../../../lib/node/node.ts'
import { startObserver } from '../../../lib/node/observer.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four']
const join = hosts.slice(0, 3).map((host) => `${host}:7000`)

/** Reads a watch as fast as it tells, and keeps the latest state of each lock. */
class Reader {
  readonly latest = new Map<string, LockState>()
  readonly all: LockState[] = []
  readonly over: Promise<unknown>
  readonly watch: LockWatch

  constructor(node: Pick<Node, 'watch'>, pattern = '*') {
    this.watch = node.watch(pattern)
    this.over = this.read().catch((error: unknown) => error)
  }

  private async read(): Promise<void> {
    for await (const state of this.watch) {
      this.all.push(state)
      this.latest.set(state.name, state)
    }
  }

  /** The locks in use, as the watch told them last. */
  get rows(): readonly string[] {
    const states = [...this.latest.values()]
    return rowsOf({ held: states.flatMap(({ held }) => held), pending: states.flatMap(({ pending }) => pending) })
  }
}

/** Holders and waiters in short, sorted. */
function rowsOf({ held, pending }: Pick<LockState, 'held' | 'pending'>): readonly string[] {
  const holders = held.map(({ name, holder, owner, mode, fence, meta }) => `${name} ${holder}.${owner} ${mode} ${fence} ${meta}`)
  const waiters = pending.map(({ name, node, owner, mode, meta }) => `${name} ${node}.${owner} waits ${mode} ${meta}`)
  return [...holders, ...waiters].sort()
}

function subscriptionsOf(node: Node): number {
  const { life } = node as unknown as { readonly life: Life }
  return life.tenure?.subscriptions.size ?? 0
}

describe('watching locks', () => {
  let pool: Pool
  afterEach(() => pool.closeAll())

  async function three(seed: number): Promise<readonly [Worker, Worker, Worker]> {
    pool = new Pool(seed)
    return (await pool.startAll(3, { join }, (index) => hosts[index] as string)) as unknown as readonly [Worker, Worker, Worker]
  }

  it('costs the members nothing once the watch is over, and a member that leaves or dies is not told any more', async () => {
    const [a, b, c] = await three(1)
    const readers = [new Reader(a.node), new Reader(b.node), new Reader(b.node, 'door')]
    await pool.simulation.runFor(100)
    expect([a, b, c].map(({ node }) => subscriptionsOf(node))).to.deep.equal([3, 3, 3])
    await readers[0]?.watch.return()
    await pool.simulation.runFor(100)
    expect([a, b, c].map(({ node }) => subscriptionsOf(node))).to.deep.equal([2, 2, 2])
    b.world.crash()
    await pool.agree()
    await pool.simulation.runFor(100)
    expect([a, c].map(({ node }) => subscriptionsOf(node))).to.deep.equal([0, 0])
    const before = a.node.counters.messagesSent['watch.news']
    await (await pool.outcome(a.node.acquire('door'))).release()
    await pool.simulation.runFor(100)
    expect(a.node.counters.messagesSent['watch.news']).to.equal(before)
  })

  it('tells of a dead holder when the view goes on without it, and of a member that came later', async () => {
    const [a, b] = await three(2)
    const reader = new Reader(a.node, 'door')
    const hold = await pool.outcome(b.node.acquire('door', { meta: 'b' }))
    await pool.simulation.runFor(100)
    expect(reader.rows).to.deep.equal([`door ${b.node.id}.1 exclusive ${hold.fence} b`])
    const [d] = (await pool.startAll(1, { join }, () => 'four')) as [Worker]
    const waiting = d.node.acquire('door', { meta: 'd' })
    await pool.simulation.runFor(100)
    expect(reader.rows).to.have.length(2)
    b.world.crash()
    const next = await pool.outcome(waiting)
    await pool.simulation.runFor(100)
    expect(reader.rows).to.deep.equal([`door ${d.node.id}.1 exclusive ${next.fence} d`])
    expect(reader.all.every(({ held }) => held.length <= 1)).to.equal(true)
  })

  it('goes on after its own node lost its session and came back under a new id', async () => {
    const [a, b] = await three(3)
    const reader = new Reader(a.node)
    await pool.outcome(b.node.acquire('kept'))
    await pool.simulation.runFor(100)
    const before = a.node.id
    a.world.pause()
    await pool.simulation.runFor(20_000)
    const hold = await pool.outcome(b.node.acquire('new'))
    a.world.resume()
    await pool.agree()
    await pool.simulation.runFor(200)
    expect(a.node.id).to.not.equal(before)
    expect(reader.latest.get('new')?.held.map(({ fence }) => fence)).to.deep.equal([hold.fence])
    expect(reader.rows).to.deep.equal(rowsOf(await pool.outcome(a.node.query())))
  })

  it('does not count a hung member as one without locks: it waits for it, or for the view without it', async () => {
    const [a, b] = await three(4)
    await pool.outcome(b.node.acquire('door'))
    b.world.pause()
    const first = a.node.watch('door').next()
    let told: LockState | undefined
    void first.then(({ value }) => (told = value))
    await pool.simulation.runFor(1000)
    expect(told).to.equal(undefined)
    await pool.simulation.runFor(20_000)
    expect(told?.held).to.deep.equal([])
    b.world.resume()
    await pool.agree()
  })

  it('sends a few messages a second however often the lock changes, and one news at a time to a peer that does not answer', async () => {
    const [a, b] = await three(5)
    const reader = new Reader(b.node)
    await pool.simulation.runFor(100)
    const sent = (): number => a.node.counters.messagesSent['watch.news'] ?? 0
    let before = sent()
    for (let times = 0; times < 1000; times++) {
      const hold = await pool.outcome(a.node.acquire('door'))
      await pool.simulation.runFor(1)
      await hold.release()
    }
    expect(sent() - before).to.be.within(20, 60)
    expect(reader.all.length).to.be.at.most(300)
    await pool.simulation.runFor(100)
    // Nobody could have acted on what was over before it could be told.
    before = sent()
    for (let times = 0; times < 100; times++) {
      await (await pool.outcome(a.node.acquire('door'))).release()
      await pool.simulation.runFor(1)
    }
    expect(sent()).to.equal(before)
    b.world.pause()
    before = sent()
    for (let times = 0; times < 100; times++) {
      const hold = await pool.outcome(a.node.acquire('door'))
      await pool.simulation.runFor(5)
      await hold.release()
    }
    expect(sent() - before).to.be.at.most(1)
    b.world.resume()
    await pool.simulation.runFor(100)
  })

  it('keeps no list for a peer that does not answer: locks that came and went are forgotten, those in use are told at last', async () => {
    const [a] = await three(7)
    const desk = pool.simulation.world('desk')
    const observer = await pool.outcome(startObserver(desk, parseOptions({ join })))
    const reader = new Reader(observer)
    await pool.simulation.runFor(1100)
    const told = await pool.outcome(a.node.acquire('told'))
    await pool.simulation.runFor(100)
    desk.pause()
    const kept = await pool.outcome(a.node.acquire('kept'))
    await pool.simulation.runFor(30)
    for (let times = 0; times < 3000; times++) {
      await (await pool.outcome(a.node.acquire(`brief/${times}`))).release()
    }
    await told.release()
    const { life } = a.node as unknown as { readonly life: Life }
    expect(life.tenure?.subscriptions.backlog).to.be.within(1, 2000)
    desk.resume()
    await pool.simulation.runFor(1000)
    expect(reader.rows).to.deep.equal([`kept ${a.node.id}.2 exclusive ${kept.fence} undefined`])
    await pool.outcome(observer.close())
  })

  it('is bounded: the 257th watch of a node is refused with OVERLOADED, and the others go on', async () => {
    const [a] = await three(6)
    const watches = Array.from({ length: 257 }, () => a.node.watch('door'))
    const steps = watches.map((watch) => watch.next())
    const error = await pool.outcome(rejection(steps[256] as Promise<unknown>))
    expect(error.code).to.equal('OVERLOADED')
    const states = await pool.outcome(Promise.all(steps.slice(0, 256)))
    expect(states.every(({ value }) => value?.held.length === 0)).to.equal(true)
    for (const watch of watches) await watch.return()
  })

  for (let seed = 1; seed <= 12; seed++) {
    it(`tells at last what query tells, whatever failed in between (seed ${seed})`, async function () {
      this.timeout(30_000)
      const workers = await three(100 + seed)
      const { simulation } = pool
      const random = seededRandom(seed)
      const readers = workers.map(({ node }) => new Reader(node))
      const open = new Set<Hold>()
      const use = async (worker: Worker): Promise<void> => {
        const lock = `lock/${random.below(3)}`
        const mode = random.below(3) === 0 ? 'shared' : 'exclusive'
        const hold = await worker.node.acquire(lock, { mode, wait: 500, meta: random.below(9) }).catch(() => null)
        if (hold === null) return
        open.add(hold)
        if (random.below(3) === 0) await hold.setMeta(`set ${random.below(9)}`).catch(() => {})
      }
      for (let step = 0; step < 150; step++) {
        const worker = workers[random.below(3)] as Worker
        const other = workers[random.below(3)] as Worker
        const dice = random.below(20)
        if (dice < 9) void use(worker)
        else if (dice < 15) {
          for (const hold of open) {
            open.delete(hold)
            void hold.release()
            break
          }
        } else if (dice === 15) worker.world.pause()
        else if (dice === 16) worker.world.resume()
        else if (dice === 17 && worker !== other)
          simulation.network.faults.partition([worker.world.host.name], [other.world.host.name])
        else if (dice === 18) simulation.network.faults.heal()
        await simulation.runFor(random.below(300))
      }
      for (const { world } of workers) world.resume()
      simulation.network.faults.heal()
      await pool.agree()
      await simulation.runFor(2000)
      const expected = rowsOf(await pool.outcome((workers[0] as Worker).node.query()))
      for (const reader of readers) expect(reader.rows).to.deep.equal(expected)
      // No state shows an exclusive holder beside another one.
      for (const { all } of readers)
        for (const { held } of all) if (held.some(({ mode }) => mode === 'exclusive')) expect(held).to.have.length(1)
    })
  }
})
