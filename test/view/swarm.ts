import { Cluster, type NodeHandle } from './cluster.ts'

export interface SwarmResult {
  readonly problems: readonly string[]
  readonly views: number
  readonly takes: number
  readonly story: readonly string[]
}

const names = ['a', 'b', 'c', 'd', 'e']
const locks = ['L1', 'L2', 'L3']

/**
 * One seeded run: a safety phase in which nodes crash, pause, leave, come back and are cut apart, while locks are taken
 * and released, and then a liveness phase, in which everything heals and all must end in one view in which every lock
 * can be taken. Each seed draws which faults it has.
 */
export function swarm(seed: number, joinList: readonly string[] | undefined): SwarmResult {
  const sessionMs = 1000
  const cluster = new Cluster({
    seed,
    sessionMs,
    detectMs: 300,
    ...(joinList === undefined ? {} : { joinList }),
    latencyMs: (random) => (random.below(50) === 0 ? random.below(200) : 1 + random.below(10)),
  })
  const { random } = cluster
  const faults = {
    crash: random.below(2) === 0,
    pause: random.below(2) === 0,
    leave: random.below(2) === 0,
    cut: random.below(2) === 0,
    lose: random.below(2) === 0,
  }
  const story: string[] = []
  const current = new Map<string, NodeHandle>()
  let takes = 0
  let calm = false
  const tell = (what: string): void => void story.push(`${Math.round(cluster.time.nowMs)} ${what}`)

  const start = (name: string): void => {
    // Both extremes of the rates that the quarantine must bear, and walls a little apart.
    const node = cluster.start(name, {}, { wallOffsetMs: random.below(200), rate: [0.99, 1, 1.01][random.below(3)] as number })
    current.set(name, node)
    tell(`start ${node.id}`)
  }
  const isOver = ({ alive, outcome }: NodeHandle): boolean =>
    !alive || outcome.ended !== null || outcome.left || outcome.refused !== null

  const fault = (): void => {
    const name = names[random.below(names.length)] as string
    const node = current.get(name)
    if (node === undefined || isOver(node)) return
    const kind = random.below(6)
    if (kind === 0 && faults.crash) {
      tell(`crash ${node.id}`)
      cluster.crash(node.id)
    } else if (kind === 1 && faults.pause && !node.paused) {
      const ms = random.below(3) === 0 ? random.below(4000) : random.below(500)
      tell(`pause ${node.id} for ${ms}`)
      cluster.pause(node.id)
      cluster.time.schedule(ms, () => cluster.resume(node.id))
    } else if (kind === 2 && faults.leave && !node.paused) {
      tell(`leave ${node.id}`)
      node.host.holds.clear()
      node.views.leave()
    } else if (kind === 3 && faults.cut) {
      const live = [...current.values()].filter((other) => !isOver(other)).map((other) => other.id)
      const side = live.filter(() => random.below(2) === 0)
      tell(`cut off ${side.join(' ')}`)
      cluster.partition(
        side,
        live.filter((id) => !side.includes(id)),
      )
      cluster.time.schedule(random.below(4000), () => {
        tell('heal')
        cluster.heal()
      })
    } else if (kind === 4 && faults.lose) {
      // A link that loses what it carries is one whose peer is about to be given up: once in a while whole kinds vanish.
      const kinds = ['view.claim', 'view.activate', 'vote.promise', 'vote.accepted', 'view.newest', 'session.renewed']
      const lost = kinds[random.below(kinds.length)] as string
      tell(`${node.id} loses ${lost}`)
      cluster.drop = (from, _to, message) => from === node.id && message.type === lost
      cluster.time.schedule(random.below(1500), () => {
        cluster.drop = () => false
      })
    }
  }
  /** What is over closes itself, and comes back under a new id. */
  const tend = (restart: boolean): void => {
    for (const name of names) {
      const node = current.get(name)
      if (node !== undefined && !isOver(node)) continue
      if (node?.alive === true) {
        tell(`over ${node.id}: ${node.outcome.ended ?? node.outcome.refused ?? 'left'}`)
        cluster.close(node.id)
      }
      if (restart || random.below(20) === 0) start(name)
    }
  }
  const use = (): void => {
    for (const node of current.values()) {
      if (isOver(node) || node.paused) continue
      for (const lock of locks) {
        if (node.host.holds.has(lock)) {
          if (random.below(calm ? 10 : 40) === 0) node.host.holds.delete(lock)
        } else if (random.below(4) === 0 && node.host.take(node.views, lock)) takes++
      }
    }
  }
  const run = (untilMs: number): void => {
    while (cluster.time.nowMs < untilMs && cluster.problems.length === 0) {
      if (!cluster.time.step()) return
      for (const lock of locks) cluster.checkExclusion(lock)
    }
  }

  const every = (ms: number, what: () => void): void =>
    void cluster.time.schedule(ms, () => {
      what()
      every(ms, what)
    })
  for (const name of names) if (random.below(4) > 0) start(name)
  every(25, use)
  every(50, () => tend(calm))
  every(200, () => {
    if (!calm) fault()
  })
  run(15_000)

  calm = true
  tell('calm')
  cluster.drop = () => false
  cluster.heal()
  run(cluster.time.nowMs + 25_000)
  const live = [...current.values()].map((node) => node.id)
  if (cluster.problems.length === 0 && !cluster.isSettled(live)) cluster.problems.push(`not settled: ${cluster.describe()}`)
  const before = takes
  run(cluster.time.nowMs + 3000)
  if (cluster.problems.length === 0 && takes === before) cluster.problems.push(`no lock could be taken: ${cluster.describe()}`)
  return { problems: cluster.problems, views: cluster.decided.size, takes, story }
}
