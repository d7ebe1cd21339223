/** This file holds the scenarios of the bench: what the processes do, and how rows are made of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { callAll } from '../children/child.ts'
import { median, percentile, sorted, sum } from '../observe/statistics.ts'
import { type Cluster, type ClusterUsage, withCluster } from './cluster.ts'
import { contention } from './contention.ts'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import type { BenchRow } from './rows.ts'

/** A scenario's rows, and the round trips of bare `ws` measured between the same processes. */
export interface ScenarioResult {
  readonly rows: readonly BenchRow[]
  readonly wsMs: Float64Array
}

/** What is measured, on how many processes and for how long. */
export interface ScenarioSetup {
  readonly algorithm: string
  readonly processes: number
  /** For the measurement alone; forming the cluster and the warm-up come on top. */
  readonly forMs: number
}

const wsRounds = 300
const warmUpRounds = 500
const unmeasured = {
  ratioToFloor: null,
  jain: null,
  longestWaitMs: null,
  sameHolderAgain: null,
  messagesPerEntry: null,
  cpuUsPerGrant: null,
} as const

/** The node that had a lock last acquires and releases it again and again. */
export function reacquire(setup: ScenarioSetup): Promise<ScenarioResult> {
  return withCluster(setup.processes, setup.algorithm, async (cluster) => {
    const ws = new WsSamples(cluster)
    await ws.take(warmUpRounds)
    const batch = 500
    const name = 'bench/reacquire'
    await cluster.first.call('reacquire', name, setup.forMs / 4, batch)
    await ws.measure()
    const before = await cluster.usage()
    const { batchMs, wallMs } = await cluster.first.call('reacquire', name, setup.forMs, batch)
    const after = await cluster.usage()
    await ws.measure()
    const pairs = batchMs.length * batch
    const pairMs = sorted(batchMs).map((ms) => ms / batch)
    const row: BenchRow = {
      ...unmeasured,
      system: 'holdfast',
      algorithm: setup.algorithm,
      scenario: 'reacquire',
      processes: setup.processes,
      perSec: pairs / (wallMs / 1000),
      p50Ms: percentile(pairMs, 50),
      p99Ms: percentile(pairMs, 99),
      ratioToWs: percentile(pairMs, 50) / ws.medianMs,
      ...costs(before, after, pairs),
    }
    return { rows: [row], wsMs: ws.all }
  })
}

/**
 * Names that no node used before, one after the other, at one node. It alternates with the floor and bare `ws` in the same
 * processes, because on a busy machine minutes differ more than systems do.
 */
export function first(setup: ScenarioSetup): Promise<ScenarioResult> {
  return withCluster(setup.processes, setup.algorithm, async (cluster) => {
    const ws = new WsSamples(cluster)
    const { first } = cluster
    await ws.take(warmUpRounds)
    await first.call('floorRounds', warmUpRounds)
    await first.call('firstRounds', warmUpRounds, 'bench/warm-up/')
    const locks: Float64Array[] = []
    const floors: Float64Array[] = []
    let spent = { cpuUs: 0, lockMessages: 0, rssMb: 0 }
    const untilMs = sharedNowMs() + setup.forMs
    while (sharedNowMs() < untilMs) {
      floors.push(await first.call('floorRounds', 100))
      const before = await cluster.usage()
      locks.push(await first.call('firstRounds', 100, 'bench/first/'))
      spent = plus(spent, before, await cluster.usage())
      await ws.take(30, true)
    }
    const lock = rounds(locks)
    const floor = rounds(floors)
    const common = { ...unmeasured, scenario: 'first', processes: setup.processes } as const
    return {
      rows: [
        { ...common, system: 'floor', ...floor, ratioToWs: floor.p50Ms / ws.medianMs, ratioToFloor: 1, rssMb: spent.rssMb },
        {
          ...common,
          system: 'holdfast',
          algorithm: setup.algorithm,
          ...lock,
          ratioToWs: lock.p50Ms / ws.medianMs,
          ratioToFloor: lock.p50Ms / floor.p50Ms,
          ...costs({ cpuUs: 0, lockMessages: 0, rssMb: 0 }, spent, sum(locks.map((ms) => ms.length))),
        },
      ],
      wsMs: ws.all,
    }
  })
}

/** Every process asks for one lock again as soon as it has released it. */
export function contended(setup: ScenarioSetup): Promise<ScenarioResult> {
  return withCluster(setup.processes, setup.algorithm, async (cluster) => {
    const ws = new WsSamples(cluster)
    const name = 'bench/contended'
    await ws.take(warmUpRounds)
    const warmUpMs = sharedNowMs() + 50
    await callAll(cluster.processes, 'contend', name, warmUpMs, warmUpMs + setup.forMs / 4)
    await ws.measure()
    const before = await cluster.usage()
    const fromMs = sharedNowMs() + 50
    const untilMs = fromMs + setup.forMs
    const logs = await callAll(cluster.processes, 'contend', name, fromMs, untilMs)
    const after = await cluster.usage()
    await ws.measure()
    const { entries, perSec, handoffP50Ms, handoffP99Ms, jain, longestWaitMs, sameHolderAgain } = contention(
      logs,
      fromMs,
      untilMs,
    )
    const row: BenchRow = {
      system: 'holdfast',
      algorithm: setup.algorithm,
      scenario: 'contended',
      processes: setup.processes,
      perSec,
      p50Ms: handoffP50Ms,
      p99Ms: handoffP99Ms,
      ratioToWs: handoffP50Ms / ws.medianMs,
      ratioToFloor: null,
      jain,
      longestWaitMs,
      sameHolderAgain,
      ...costs(before, after, entries),
    }
    return { rows: [row], wsMs: ws.all }
  })
}

const killsMax = 20

/** The holder is killed, again and again, while another process waits for its lock. Each victim joined for it. */
export function failover(setup: ScenarioSetup): Promise<ScenarioResult> {
  return withCluster(setup.processes, setup.algorithm, async (cluster) => {
    const ws = new WsSamples(cluster)
    const kills = Math.min(killsMax, Math.max(3, Math.round(setup.forMs / 150)))
    const name = 'bench/failover'
    await ws.take(warmUpRounds)
    await ws.measure()
    const ms: number[] = []
    const before = await cluster.usage()
    while (ms.length < kills) {
      const victim = await cluster.join()
      await victim.call('take', name)
      const waiting = cluster.first.call('take', name)
      // Each time at another moment of the sessions.
      await pause(20 + 37 * (ms.length % 27))
      const killedMs = sharedNowMs()
      victim.kill()
      ms.push((await waiting) - killedMs)
      await cluster.first.call('give')
    }
    const after = await cluster.usage()
    const ascending = sorted(ms)
    const row: BenchRow = {
      ...unmeasured,
      system: 'holdfast',
      algorithm: setup.algorithm,
      scenario: 'failover',
      processes: setup.processes,
      perSec: 1000 / (sum(ms) / ms.length),
      p50Ms: percentile(ascending, 50),
      p95Ms: percentile(ascending, 95),
      p99Ms: percentile(ascending, 99),
      longestWaitMs: ascending[ascending.length - 1] as number,
      ratioToWs: percentile(ascending, 50) / ws.medianMs,
      rssMb: after.rssMb,
      messagesPerEntry: (after.lockMessages - before.lockMessages) / ms.length,
    }
    return { rows: [row], wsMs: ws.all }
  })
}

/** Bare round trips between the cluster's first process and the next, taken between the other measurements. */
class WsSamples {
  private readonly cluster: Cluster
  private readonly samples: Float64Array[] = []

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /** Makes rounds, and keeps the times of those that count. */
  async take(count: number, counts = false): Promise<void> {
    const ms = await this.cluster.first.call('wsRounds', count)
    if (counts) this.samples.push(ms)
  }

  measure(): Promise<void> {
    return this.take(wsRounds, true)
  }

  get all(): Float64Array {
    return Float64Array.from(this.samples.flatMap((ms) => [...ms]))
  }

  get medianMs(): number {
    return median(this.all)
  }
}

function rounds(samples: readonly Float64Array[]): Pick<BenchRow, 'perSec' | 'p50Ms' | 'p99Ms'> {
  const ascending = sorted(samples.flatMap((ms) => [...ms]))
  return {
    perSec: ascending.length / (sum(ascending) / 1000),
    p50Ms: percentile(ascending, 50),
    p99Ms: percentile(ascending, 99),
  }
}

function plus(spent: ClusterUsage, before: ClusterUsage, after: ClusterUsage): ClusterUsage {
  return {
    cpuUs: spent.cpuUs + after.cpuUs - before.cpuUs,
    lockMessages: spent.lockMessages + after.lockMessages - before.lockMessages,
    rssMb: after.rssMb,
  }
}

function costs(
  before: ClusterUsage,
  after: ClusterUsage,
  entries: number,
): Pick<BenchRow, 'messagesPerEntry' | 'cpuUsPerGrant' | 'rssMb'> {
  return {
    messagesPerEntry: (after.lockMessages - before.lockMessages) / entries,
    cpuUsPerGrant: (after.cpuUs - before.cpuUs) / entries,
    rssMb: after.rssMb,
  }
}
