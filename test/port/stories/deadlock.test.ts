/** Deadlocks of owners on several simulated nodes: each is found, and none is claimed that was not there. */
import { expect } from 'chai'
import { seededRandom } from '../../../lib/base/random.ts'
import { memoryLocks } from '../../../lib/engines/memory/index.ts'
import type { Node } from '../../../lib/node/node.ts'
import type { Locks } from '../../../lib/port/locks.ts'
import { type SimWorld, simulatedNode, Simulation } from '../../../lib/sim/index.ts'
import { watch } from '../engine.ts'

const reentrant = { reentrant: true } as const

interface Refusal {
  readonly code?: string
  readonly message: string
  readonly cycle?: readonly string[]
}

async function cluster(seed: number): Promise<{ simulation: Simulation; worlds: SimWorld[]; nodes: Node[] }> {
  const simulation = new Simulation({ seed })
  const join = ['a:7000', 'b:7000', 'c:7000']
  const worlds = ['a', 'b', 'c'].map((host) => simulation.world(host, { port: 7000 }))
  const nodes = await simulation.outcome(Promise.all(worlds.map((world) => simulatedNode(world, { join }))))
  // After a founding across hosts no lock is granted for the length of a session.
  await simulation.runFor('10s')
  return { simulation, worlds, nodes }
}

/** Each client takes its own lock, and when all have theirs, that of the next one. */
function ring(clients: readonly Locks[]): Promise<PromiseSettledResult<string>[]> {
  let inside = 0
  let go = (): void => {}
  const all = new Promise<void>((resolve) => {
    go = resolve
  })
  return Promise.allSettled(
    clients.map((client, i) =>
      client.withLock(`lock ${i}`, reentrant, async () => {
        if (++inside === clients.length) go()
        await all
        return await client.withLock(`lock ${(i + 1) % clients.length}`, reentrant, () => 'done')
      }),
    ),
  )
}

function refusals(outcomes: readonly PromiseSettledResult<string>[]): readonly Refusal[] {
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Refusal] : []))
}

const asksOf = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, { counters }) => sum + (counters.messagesSent['query.ask'] ?? 0), 0)

describe('a deadlock of owners', () => {
  it('of three nodes is found a second after it began, by eight questions, and one request is refused', async () => {
    for (const seed of [1, 2, 3]) {
      const { simulation, nodes } = await cluster(seed)
      const beganMs = simulation.time.nowMs
      const before = asksOf(nodes)
      const outcomes = await simulation.outcome(ring(nodes))
      expect(simulation.time.nowMs - beganMs).to.be.within(1000, 1100)
      const refused = refusals(outcomes)
      expect(refused.map(({ code }) => code)).to.deep.equal(['DEADLOCK'])
      expect(refused[0]?.cycle).to.have.members([...nodes.map(({ id }) => id), 'lock 0', 'lock 1', 'lock 2'])
      expect(asksOf(nodes) - before).to.equal(8)
      expect(await simulation.outcome(Promise.all([0, 1, 2].map((i) => nodes[0]?.acquire(`lock ${i}`))))).to.have.length(3)
    }
  })

  it('costs no question while a wait is short, or its owner has no other lock', async () => {
    const { simulation, nodes } = await cluster(4)
    const [a, b] = nodes as [Node, Node]
    const before = asksOf(nodes)
    const hold = await simulation.outcome(a.acquire('door'))
    const waiting = watch(b.withLock('door', reentrant, () => 'alone'))
    await simulation.runFor('10s')
    const nested = watch(b.withLock('window', reentrant, () => b.withLock('door', reentrant, () => 'nested')))
    await simulation.runFor('900ms')
    await hold.release()
    await simulation.runUntil(() => waiting.outcome !== undefined && nested.outcome !== undefined, '10s')
    expect([waiting.outcome, nested.outcome]).to.deep.equal([{ value: 'alone' }, { value: 'nested' }])
    expect(asksOf(nodes)).to.equal(before)
  })

  it('is found among clients of the engine in memory, and inside of one owner whose siblings wait for each other', async () => {
    const clients = [memoryLocks({ cluster: 'deadlock' }), memoryLocks({ cluster: 'deadlock' })]
    const a = clients[0] as Locks
    const gates = new Map<string, () => void>()
    const opened = ['one', 'two'].map((name) => new Promise<void>((resolve) => gates.set(name, resolve)))
    const siblings = a.withLock('outer', reentrant, () =>
      Promise.allSettled([
        a.withLock('outer', reentrant, async () => {
          gates.get('one')?.()
          await opened[1]
          return await a.withLock('inner', reentrant, () => 'done')
        }),
        a.withLock('inner', reentrant, async () => {
          gates.get('two')?.()
          await opened[0]
          return await a.withLock('outer', reentrant, () => 'done')
        }),
      ]),
    )
    const [outcomes, inside] = await Promise.all([ring(clients), siblings])
    expect(refusals(outcomes).map(({ code }) => code)).to.deep.equal(['DEADLOCK'])
    expect(refusals(inside).map(({ code }) => code)).to.deep.equal(['DEADLOCK'])
    await Promise.all(clients.map((client) => client.close()))
  })

  it('is not claimed of a sibling that goes on: a hold that does not wait for the request beside it is in no cycle', async () => {
    const { simulation, nodes } = await cluster(5)
    const [a, b] = nodes as [Node, Node]
    let go = (): void => {}
    const working = new Promise<void>((resolve) => {
      go = resolve
    })
    const other = watch(b.withLock('x', reentrant, async () => await b.withLock('y', reentrant, () => 'b')))
    await simulation.runUntil(() => false, '1s')
    const held = await simulation.outcome(a.acquire('unrelated'))
    const both = watch(
      a.withLock('z', reentrant, () =>
        Promise.all([
          a.withLock('y', reentrant, async () => {
            await working
            return 'y'
          }),
          a.withLock('x', reentrant, () => 'x'),
        ]),
      ),
    )
    const again = watch(b.withLock('x', reentrant, async () => await b.withLock('y', reentrant, () => 'again')))
    await simulation.runFor('30s')
    go()
    await simulation.runUntil(() => both.outcome !== undefined && again.outcome !== undefined, '1m')
    expect([other.outcome, both.outcome, again.outcome]).to.deep.equal([
      { value: 'b' },
      { value: ['y', 'x'] },
      { value: 'again' },
    ])
    await held.release()
  })

  it('is claimed only if it was there, and does not stay, with random nested locks, partitions, pauses and a crash', async () => {
    let found = 0
    for (let seed = 1; seed <= 12; seed++) found += await storm(seed)
    expect(found).to.be.greaterThan(10)
  })
})

/** A time in which a worker had a lock, or waited for it. */
interface Span {
  readonly worker: number
  readonly client: string
  readonly lock: string
  readonly beganMs: number
  endedMs: number
}

async function storm(seed: number): Promise<number> {
  const { simulation, worlds, nodes } = await cluster(100 + seed)
  const random = seededRandom(seed)
  const holds: Span[] = []
  const waits: Span[] = []
  const claims: { readonly refusal: Refusal; readonly atMs: number }[] = []
  let crashed = -1
  const ended = new Set<number>()
  const workers = nodes.flatMap((node, i) => [0, 1].map((k) => ({ node, i, number: i * 2 + k })))
  const run = async ({ node, i, number }: (typeof workers)[number]): Promise<void> => {
    const nested = async (locks: readonly string[]): Promise<void> => {
      const [lock, ...rest] = locks
      if (lock === undefined) return await pause(random.below(300))
      const wait: Span = { worker: number, client: node.id, lock, beganMs: simulation.time.nowMs, endedMs: Infinity }
      waits.push(wait)
      try {
        await node.withLock(lock, reentrant, async (hold) => {
          const nowMs = (): number => simulation.time.nowMs
          wait.endedMs = nowMs()
          const span: Span = { worker: number, client: node.id, lock, beganMs: nowMs(), endedMs: Infinity }
          holds.push(span)
          const lost = (): void => {
            span.endedMs = Math.min(span.endedMs, nowMs())
          }
          hold.signal.addEventListener('abort', lost)
          try {
            await pause(random.below(100))
            await nested(rest)
          } finally {
            lost()
          }
        })
      } finally {
        wait.endedMs = Math.min(wait.endedMs, simulation.time.nowMs)
      }
    }
    for (let round = 0; round < 8 && crashed !== i; round++) {
      const locks = [0, 1, 2, 3].map((lock) => `lock ${lock}`)
      const chosen = Array.from({ length: 2 + random.below(2) }, () => locks.splice(random.below(locks.length), 1)[0] as string)
      try {
        await nested(chosen)
      } catch (error) {
        const refusal = error as Refusal
        if (refusal.code === 'DEADLOCK') claims.push({ refusal, atMs: simulation.time.nowMs })
        else if (refusal.code !== 'LOST') throw error
      }
    }
    ended.add(number)
  }
  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      simulation.time.schedule(delayMs, resolve)
    })
  for (const worker of workers) void run(worker)
  for (let fault = 0; fault < 3; fault++) {
    await simulation.runFor(2000 + random.below(3000))
    const kind = random.below(3)
    const victim = random.below(3)
    if (kind === 0)
      simulation.network.faults.partition(
        [['a', 'b', 'c'][victim] as string],
        ['a', 'b', 'c'].filter((_, j) => j !== victim),
      )
    else if (kind === 1) worlds[victim]?.pause()
    else if (crashed === -1) {
      crashed = victim
      worlds[victim]?.crash()
    }
    await simulation.runFor(500 + random.below(4000))
    simulation.network.faults.heal()
    if (kind === 1 && victim !== crashed) worlds[victim]?.resume()
  }
  const live = workers.filter(({ i }) => i !== crashed)
  const haveEnded = (): boolean => live.every(({ number }) => ended.has(number))
  expect(await simulation.runUntil(haveEnded, '10m'), `seed ${seed}: all workers end`).to.equal(true)
  for (const { refusal, atMs } of claims) expect(wasThere(refusal, atMs), `seed ${seed}: ${refusal.message}`).to.equal(true)
  return claims.length

  /** Whether there was a moment at which each step of the cycle stood, shortly before the claim. */
  function wasThere({ cycle = [] }: Refusal, atMs: number): boolean {
    const recentMs = atMs - 20_000
    const locks = cycle.filter((_, j) => j % 2 === 0)
    const clients = cycle.filter((_, j) => j % 2 === 1)
    const search = (step: number, fromMs: number, untilMs: number): boolean => {
      if (fromMs > untilMs) return false
      if (step === locks.length) return true
      const next = locks[(step + 1) % locks.length]
      return holds
        .filter(({ lock, client }) => lock === locks[step] && client === clients[step])
        .some((held) =>
          waits
            .filter(({ worker, lock }) => worker === held.worker && lock === next)
            .some((waited) =>
              search(step + 1, Math.max(fromMs, held.beganMs, waited.beganMs), Math.min(untilMs, held.endedMs, waited.endedMs)),
            ),
        )
    }
    return search(0, recentMs, atMs)
  }
}
